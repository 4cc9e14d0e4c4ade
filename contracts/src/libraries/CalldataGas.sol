// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What data costs a transaction at least
library CalldataGas {
    uint256 private constant TRANSACTION_GAS = 21_000;
    /// @dev EIP-7623: a zero byte is one token, another one four, and a token costs at least 10.
    uint256 private constant TOKEN_FLOOR_GAS = 10;
    uint256 private constant NONZERO_TOKENS = 4;

    uint256 private constant LOW_BITS =
        0x7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f;
    uint256 private constant ONES =
        0x0101010101010101010101010101010101010101010101010101010101010101;

    /// @notice The floor of a transaction with this data: 21000 + 10 · (zero bytes + 4 · others).
    function floorOf(bytes calldata data) internal pure returns (uint256) {
        uint256 nonzero = countNonzero(data);
        uint256 tokens = data.length + (NONZERO_TOKENS - 1) * nonzero;
        return TRANSACTION_GAS + TOKEN_FLOOR_GAS * tokens;
    }

    /// @notice The number of bytes that are not zero, counted a word at a time.
    function countNonzero(bytes calldata data) internal pure returns (uint256 count) {
        unchecked {
            for (uint256 offset = 0; offset < data.length; offset += 32) {
                uint256 word;
                assembly ("memory-safe") {
                    word := calldataload(add(data.offset, offset))
                }
                uint256 left = data.length - offset;
                if (left < 32) word >>= 8 * (32 - left);
                // The top bit of each byte: set by the carry of its lower bits, or itself.
                uint256 marks = (((word & LOW_BITS) + LOW_BITS) | word) & ~LOW_BITS;
                count += ((marks >> 7) * ONES) >> 248;
            }
        }
    }
}
