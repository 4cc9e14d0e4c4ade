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
            return isEmpty && root == keccak256(abi.encodePacked(ROOT_TAG, uint64(0)));
        }
        if (range.first + size > count) return false;
        bytes32[] memory nodes = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            nodes[i] = Merkle.hashLeafCalldata(range.items[i]);
        }
        (bytes32 top, bool isWhole) = _climb(nodes, range.first, count, range.path);
        return isWhole && root == keccak256(abi.encodePacked(ROOT_TAG, Narrow.toUint64(count), top));
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
                nodes[written++] = _hashNode(path[used++], nodes[read++]);
            }
            for (; read + 1 < size; read += 2) {
                nodes[written++] = _hashNode(nodes[read], nodes[read + 1]);
            }
            if (read < size) {
                if (last + 1 < width) {
                    if (used == path.length) return (0, false);
                    nodes[written++] = _hashNode(nodes[read], path[used++]);
                } else {
                    nodes[written++] = nodes[read];
                }
            }
            first /= 2;
            size = written;
        }
        return (nodes[0], used == path.length);
    }

    function _hashNode(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(NODE_TAG, left, right));
    }
}
