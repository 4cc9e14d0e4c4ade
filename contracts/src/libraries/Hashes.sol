// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title keccak of a few words, without the copy that `abi.encode` makes
library Hashes {
    /// @notice keccak of three words.
    function ofThree(bytes32 a, bytes32 b, bytes32 c) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            let position := mload(0x40)
            mstore(position, a)
            mstore(add(position, 32), b)
            mstore(add(position, 64), c)
            result := keccak256(position, 96)
        }
    }

    /// @notice keccak of five words.
    function ofFive(bytes32 a, bytes32 b, bytes32 c, bytes32 d, bytes32 e)
        internal
        pure
        returns (bytes32 result)
    {
        assembly ("memory-safe") {
            let position := mload(0x40)
            mstore(position, a)
            mstore(add(position, 32), b)
            mstore(add(position, 64), c)
            mstore(add(position, 96), d)
            mstore(add(position, 128), e)
            result := keccak256(position, 160)
        }
    }
}
