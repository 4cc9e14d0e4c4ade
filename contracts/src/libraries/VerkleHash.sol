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

    bytes1 private constant VALUE_TAG = 0x00;
    bytes1 private constant INNER_TAG = 0x01;
    bytes1 private constant STEM_TAG = 0x02;
    bytes1 private constant VECTOR_TAG = 0x03;
    bytes1 private constant SMALL_TAG = 0x04;
    uint256 private constant SCALAR_MASK = 2 ** 254 - 1;

    /// @notice Hashes to a scalar.
    function hashToScalar(bytes memory data) internal pure returns (uint256) {
        return uint256(keccak256(data)) & SCALAR_MASK;
    }

    /// @notice The scalar of a value that is present, zero included.
    function hashValue(bytes32 value) internal pure returns (uint256) {
        return hashToScalar(abi.encodePacked(VALUE_TAG, value));
    }

    /// @notice The scalar of an inner node; for the root, the state root.
    function hashInner(bytes memory commitment) internal pure returns (uint256) {
        return hashToScalar(abi.encodePacked(INNER_TAG, commitment));
    }

    /// @notice The scalar of an inner node; for the root, the state root.
    function hashInnerCalldata(bytes calldata commitment) internal pure returns (uint256) {
        return hashToScalar(abi.encodePacked(INNER_TAG, commitment));
    }

    /// @notice The scalar of a stem.
    function hashStem(bytes31 stem, bytes32 body) internal pure returns (uint256) {
        return hashToScalar(abi.encodePacked(STEM_TAG, stem, body));
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
