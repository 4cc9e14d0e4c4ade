// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Range} from "../types/Evidence.sol";
import {Merkle} from "./Merkle.sol";
import {Narrow} from "./Narrow.sol";

/// @title Proofs of consecutive items under a root of `Merkle`
library MerkleRanges {
    bytes1 private constant NODE_TAG = 0x21;
    bytes1 private constant ROOT_TAG = 0x22;

    /// @notice Decides whether a range is in the list under `root`. A range without items shows the empty list.
    function verify(bytes32 root, Range calldata range) internal pure returns (bool) {
        uint256 size = range.items.length;
        uint256 count = range.count;
        if (size == 0) {
            bool isEmpty = count == 0 && range.first == 0 && range.path.length == 0;
            return isEmpty && root == _hashEmpty();
        }
        if (range.first + size > count) return false;
        bytes32[] memory nodes = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            nodes[i] = Merkle.hashLeafCalldata(range.items[i]);
        }
        (bytes32 top, bool isWhole) = _climb(nodes, range.first, count, range.path);
        return isWhole && root == _hashRoot(count, top);
    }

    /// @notice Decides whether a node is at `index` of a level of `width` nodes, in a list of `count` under `root`.
    /// @param path Siblings from the node up.
    function verifyNode(
        bytes32 root,
        bytes32 node,
        uint256 index,
        uint256 width,
        uint256 count,
        bytes32[] calldata path
    ) internal pure returns (bool) {
        bytes32[] memory nodes = new bytes32[](1);
        nodes[0] = node;
        (bytes32 top, bool isWhole) = _climb(nodes, index, width, path);
        return isWhole && root == _hashRoot(count, top);
    }

    /// @notice Decides whether the list under `root` has `count` items, given its top node, or nothing for no items.
    function isRoot(bytes32 root, uint256 count, bytes32[] calldata top)
        internal
        pure
        returns (bool)
    {
        if (count == 0) return top.length == 0 && root == _hashEmpty();
        return top.length == 1 && root == _hashRoot(count, top[0]);
    }

    /// @notice Hashes two children.
    function hashNode(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(NODE_TAG, left, right));
    }

    /// @dev Pairs the nodes level by level; only the first and the last can lack their sibling. An odd last node of
    /// the whole level rises as it is.
    function _climb(bytes32[] memory nodes, uint256 first, uint256 width, bytes32[] calldata path)
        private
        pure
        returns (bytes32 top, bool isWhole)
    {
        uint256 size = nodes.length;
        uint256 used = 0;
        for (; width > 1; width = (width + 1) / 2) {
            uint256 last = first + size - 1;
            uint256 read = 0;
            uint256 written = 0;
            if (first % 2 == 1) {
                if (used == path.length) return (0, false);
                nodes[written++] = hashNode(path[used++], nodes[read++]);
            }
            for (; read + 1 < size; read += 2) {
                nodes[written++] = hashNode(nodes[read], nodes[read + 1]);
            }
            if (read < size) {
                if (last + 1 < width) {
                    if (used == path.length) return (0, false);
                    nodes[written++] = hashNode(nodes[read], path[used++]);
                } else {
                    nodes[written++] = nodes[read];
                }
            }
            first /= 2;
            size = written;
        }
        return (nodes[0], used == path.length);
    }

    function _hashRoot(uint256 count, bytes32 top) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(ROOT_TAG, Narrow.toUint64(count), top));
    }

    function _hashEmpty() private pure returns (bytes32) {
        return keccak256(abi.encodePacked(ROOT_TAG, uint64(0)));
    }
}
