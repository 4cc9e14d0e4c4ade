// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Lists in memory that turn out shorter than they were allocated for
library Memory {
    /// @notice Cuts a list off after `count` elements, of which it has at least as many.
    function shorten(uint32[] memory list, uint256 count) internal pure {
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    /// @notice Cuts a list off after `count` elements, of which it has at least as many.
    function shorten(bytes32[] memory list, uint256 count) internal pure {
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    /// @notice Cuts bytes off after `count`, of which there are at least as many.
    function shorten(bytes memory list, uint256 count) internal pure {
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    /// @notice The word at an offset, which must be inside.
    function wordAt(bytes memory data, uint256 offset) internal pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 32), offset))
        }
    }
}
