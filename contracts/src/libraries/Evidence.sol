// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessLeaf, UpdateEntry} from "../types/Evidence.sol";

/// @title Items of the access list and of the update list
library Evidence {
    /// @notice The item has not the form of its list, which is a fault of its own.
    error MalformedItem();

    uint256 private constant ACCESS_SIZE = 68;
    uint256 private constant UPDATE_SIZE = 97;
    uint256 private constant MAX_LENGTH = 31;
    uint256 private constant PATH_BITS = 248;
    uint256 private constant NEXT_LENGTH = 2 ** PATH_BITS;
    uint8 private constant STEM_KIND = 1;

    /// @notice Decides whether an item is a leaf of an access list.
    function isAccessLeaf(bytes calldata item) internal pure returns (bool) {
        return item.length == ACCESS_SIZE;
    }

    /// @notice Reads a leaf of the access list.
    function readAccessLeaf(bytes calldata item) internal pure returns (AccessLeaf memory) {
        if (!isAccessLeaf(item)) revert MalformedItem();
        return AccessLeaf(bytes32(item[:32]), uint32(bytes4(item[32:36])), bytes32(item[36:]));
    }

    /// @notice Decides whether an item is an entry of an update list: its size, path, kind and padding, and that it
    /// is a change.
    function isUpdateEntry(bytes calldata item) internal pure returns (bool) {
        if (item.length != UPDATE_SIZE) return false;
        uint256 length = uint8(item[0]);
        uint256 kind = uint8(item[1]);
        if (length == 0 || length > MAX_LENGTH || kind > STEM_KIND) return false;
        bytes31 path = bytes31(item[2:33]);
        // Stems that share 31 bytes are one stem, so no inner node is as deep.
        bool isNode = kind != STEM_KIND;
        if (isNode && (length == MAX_LENGTH || path != cut(path, length))) return false;
        return bytes32(item[33:65]) != bytes32(item[65:]);
    }

    /// @notice Reads an entry of the update list.
    function readUpdateEntry(bytes calldata item) internal pure returns (UpdateEntry memory) {
        if (!isUpdateEntry(item)) revert MalformedItem();
        return UpdateEntry({
            length: uint8(item[0]),
            isStem: uint8(item[1]) == STEM_KIND,
            path: bytes31(item[2:33]),
            before: uint256(bytes32(item[33:65])),
            afterwards: uint256(bytes32(item[65:]))
        });
    }

    /// @notice The first `length` bytes of a path, zero-padded.
    function cut(bytes31 path, uint256 length) internal pure returns (bytes31) {
        return bytes31(bytes32(path) & ~bytes32(type(uint256).max >> (8 * length)));
    }

    /// @notice The number by which the entries of an update list ascend: length ‖ path.
    function orderOf(uint256 length, bytes31 path) internal pure returns (uint256) {
        return (length << PATH_BITS) | uint248(cut(path, length));
    }

    /// @notice `orderOf` an entry.
    function orderOf(UpdateEntry memory entry) internal pure returns (uint256) {
        return orderOf(entry.length, entry.path);
    }

    /// @notice The least and the greatest order that a slot of the node at a path can have.
    function orderOfKids(uint256 length, bytes31 path)
        internal
        pure
        returns (uint256 least, uint256 greatest)
    {
        least = orderOf(length, path) + NEXT_LENGTH;
        greatest = least + 0xff * 2 ** (PATH_BITS - 8 * (length + 1));
    }
}
