// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What a node of the state tree sees of its child: one scalar, the hash of the child under a tag
/// @notice value h(00 ‖ value); inner node h(01 ‖ C); stem h(02 ‖ stem ‖ body), body = keccak(03 ‖ C), or
/// keccak(04 ‖ (suffix ‖ value)*) of one to four values; nothing 0. `h` is keccak with the top two bits cleared,
/// `C` an affine point.
library VerkleHash {
    /// @notice A stem with more values than this has a commitment.
    uint256 internal constant SMALL_LIMIT = 4;
    /// @notice Size of a suffix and its value.
    uint256 internal constant PAIR_SIZE = 33;

    uint256 private constant INNER_TAG = 0x01;
    uint256 private constant STEM_TAG = 0x02 << 248;
    bytes1 private constant VECTOR_TAG = 0x03;
    bytes1 private constant SMALL_TAG = 0x04;
    uint256 private constant AFFINE_SIZE = 96;
    uint256 private constant SCALAR_MASK = 2 ** 254 - 1;

    /// @notice Hashes to a scalar.
    function hashToScalar(bytes memory data) internal pure returns (uint256) {
        return uint256(keccak256(data)) & SCALAR_MASK;
    }

    /// @notice The scalar of a value that is present, zero included.
    function hashValue(bytes32 value) internal pure returns (uint256 scalar) {
        assembly ("memory-safe") {
            // The tag is a zero byte.
            mstore(0, 0)
            mstore(1, value)
            scalar := and(keccak256(0, 33), SCALAR_MASK)
        }
    }

    /// @notice The scalar of an inner node; for the root, the state root.
    function hashInner(bytes memory commitment) internal pure returns (uint256) {
        // The tag is one byte.
        // forge-lint: disable-next-line(unsafe-typecast)
        return hashToScalar(abi.encodePacked(bytes1(uint8(INNER_TAG)), commitment));
    }

    /// @notice The scalar of the inner node with commitment `index` of a list of affine points, 96 bytes each.
    function hashInner(bytes calldata points, uint256 index)
        internal
        pure
        returns (uint256 scalar)
    {
        assembly ("memory-safe") {
            let preimage := mload(0x40)
            mstore8(preimage, INNER_TAG)
            let point := add(points.offset, mul(index, AFFINE_SIZE))
            calldatacopy(add(preimage, 1), point, AFFINE_SIZE)
            scalar := and(keccak256(preimage, 97), SCALAR_MASK)
        }
    }

    /// @notice The scalar of a stem.
    function hashStem(bytes31 stem, bytes32 body) internal pure returns (uint256 scalar) {
        assembly ("memory-safe") {
            mstore(0, or(STEM_TAG, shr(8, stem)))
            mstore(32, body)
            scalar := and(keccak256(0, 64), SCALAR_MASK)
        }
    }

    /// @notice The body of a stem with a commitment.
    function hashVectorBody(bytes memory commitment) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(VECTOR_TAG, commitment));
    }

    /// @notice The body of a stem with one to four values.
    function hashSmallBody(bytes memory pairs) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(SMALL_TAG, pairs));
    }
}
