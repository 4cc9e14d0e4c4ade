// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Narrow} from "./Narrow.sol";

/// @title The binary keccak Merkle tree under every root of the header but the two Verkle ones
/// @notice leaf = keccak(0x20 ‖ item), node = keccak(0x21 ‖ left ‖ right), root = keccak(0x22 ‖ u64 count ‖ top),
/// root of no items = keccak(0x22 ‖ u64 0). A node splits its leaves at the largest power of two below their count.
library Merkle {
    bytes1 private constant LEAF_TAG = 0x20;
    bytes1 private constant NODE_TAG = 0x21;
    bytes1 private constant ROOT_TAG = 0x22;

    /// @notice Hashes an item.
    function hashLeaf(bytes memory item) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(LEAF_TAG, item));
    }

    /// @notice Hashes an item.
    function hashLeafCalldata(bytes calldata item) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(LEAF_TAG, item));
    }

    /// @notice Computes the root of hashed leaves. Overwrites them.
    /// @dev Pairing neighbours level by level, an odd last node rising as it is, gives the same tree as the split.
    function computeRoot(bytes32[] memory leaves) internal pure returns (bytes32) {
        uint256 count = leaves.length;
        if (count == 0) return keccak256(abi.encodePacked(ROOT_TAG, uint64(0)));
        for (uint256 width = count; width > 1; width = (width + 1) / 2) {
            for (uint256 i = 0; i < width / 2; ++i) {
                leaves[i] = _hashNode(leaves[2 * i], leaves[2 * i + 1]);
            }
            if (width % 2 == 1) leaves[width / 2] = leaves[width - 1];
        }
        return _hashRoot(count, leaves[0]);
    }

    /// @notice Decides whether a hashed leaf is at `index` of the `count` leaves under `root`.
    /// @param path Siblings from the leaf up; a level where the node has none takes none.
    function verify(
        bytes32 root,
        bytes32 leaf,
        uint256 index,
        uint256 count,
        bytes32[] calldata path
    ) internal pure returns (bool) {
        if (index >= count) return false;
        bytes32 node = leaf;
        uint256 used = 0;
        uint256 position = index;
        for (uint256 width = count; width > 1; width = (width + 1) / 2) {
            bool hasSibling = position % 2 == 1 || position + 1 < width;
            if (hasSibling) {
                if (used == path.length) return false;
                bytes32 sibling = path[used++];
                node = position % 2 == 1 ? _hashNode(sibling, node) : _hashNode(node, sibling);
            }
            position /= 2;
        }
        return used == path.length && _hashRoot(count, node) == root;
    }

    function _hashNode(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(NODE_TAG, left, right));
    }

    function _hashRoot(uint256 count, bytes32 top) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(ROOT_TAG, Narrow.toUint64(count), top));
    }
}
