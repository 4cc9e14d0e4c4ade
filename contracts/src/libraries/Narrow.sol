// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Conversions to narrower integers that never truncate
library Narrow {
    /// @notice The value does not fit.
    error ValueTooLarge(uint256 value);

    /// @notice The value in 32 bits.
    function toUint32(uint256 value) internal pure returns (uint32) {
        if (value > type(uint32).max) revert ValueTooLarge(value);
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32(value);
    }

    /// @notice The value in 40 bits.
    function toUint40(uint256 value) internal pure returns (uint40) {
        if (value > type(uint40).max) revert ValueTooLarge(value);
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint40(value);
    }

    /// @notice The value in 48 bits.
    function toUint48(uint256 value) internal pure returns (uint48) {
        if (value > type(uint48).max) revert ValueTooLarge(value);
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint48(value);
    }

    /// @notice The value in 64 bits.
    function toUint64(uint256 value) internal pure returns (uint64) {
        if (value > type(uint64).max) revert ValueTooLarge(value);
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(value);
    }

    /// @notice The value in 88 bits.
    function toUint88(uint256 value) internal pure returns (uint88) {
        if (value > type(uint88).max) revert ValueTooLarge(value);
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint88(value);
    }

    /// @notice The value in 96 bits.
    function toUint96(uint256 value) internal pure returns (uint96) {
        if (value > type(uint96).max) revert ValueTooLarge(value);
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint96(value);
    }

    /// @notice The value in 128 bits.
    function toUint128(uint256 value) internal pure returns (uint128) {
        if (value > type(uint128).max) revert ValueTooLarge(value);
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint128(value);
    }
}
