// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Hashes and headers of recent L1 blocks
library L1Headers {
    /// @notice EIP-2935 does not serve the block.
    error BlockNotServed(uint256 number);
    /// @notice The header is no RLP list with a mix hash.
    error MalformedHeader();

    /// @notice Blocks before the current one whose hashes EIP-2935 serves.
    uint256 internal constant SERVED_BLOCKS = 8191;

    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 private constant HISTORY_GAS = 10_000;
    /// @dev Place of the mix hash, which is PREVRANDAO since the Merge, among the fields of a header.
    uint256 private constant MIX_HASH_INDEX = 13;

    /// @notice Reads the hash of an earlier block: of the last 256 by the opcode, else from the contract of EIP-2935.
    function hashOf(uint256 number) internal view returns (bytes32) {
        bytes32 recent = blockhash(number);
        if (recent != 0) return recent;
        (bool success, bytes memory output) =
            HISTORY.staticcall{gas: HISTORY_GAS}(abi.encode(number));
        if (!success || output.length != 32) revert BlockNotServed(number);
        bytes32 blockHash = abi.decode(output, (bytes32));
        if (blockHash == 0) revert BlockNotServed(number);
        return blockHash;
    }

    /// @notice Reads PREVRANDAO out of a header whose hash was checked.
    function readPrevRandao(bytes calldata headerRlp) internal pure returns (bytes32) {
        (uint256 offset,) = _readPrefix(headerRlp, 0);
        for (uint256 i = 0; i < MIX_HASH_INDEX; ++i) {
            (uint256 start, uint256 size) = _readPrefix(headerRlp, offset);
            offset = start + size;
        }
        (uint256 begin, uint256 length) = _readPrefix(headerRlp, offset);
        if (length != 32 || begin + 32 > headerRlp.length) revert MalformedHeader();
        return bytes32(headerRlp[begin:begin + 32]);
    }

    /// @dev Start and size of the content of the RLP item at `offset`.
    function _readPrefix(bytes calldata rlp, uint256 offset)
        private
        pure
        returns (uint256 start, uint256 size)
    {
        if (offset >= rlp.length) revert MalformedHeader();
        uint256 prefix = uint8(rlp[offset]);
        if (prefix < 0x80) return (offset, 1);
        bool isList = prefix >= 0xc0;
        uint256 short = prefix - (isList ? 0xc0 : 0x80);
        if (short <= 55) return (offset + 1, short);

        uint256 sizeBytes = short - 55;
        start = offset + 1 + sizeBytes;
        if (start > rlp.length) revert MalformedHeader();
        for (uint256 i = offset + 1; i < start; ++i) {
            size = (size << 8) | uint8(rlp[i]);
        }
    }
}
