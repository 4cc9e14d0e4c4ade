// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice Consecutive items of a list under a Merkle root.
struct Range {
    /// The items; none only of the empty list.
    bytes[] items;
    /// Index of the first one.
    uint64 first;
    /// Items of the whole list.
    uint64 count;
    /// Siblings from the leaves up, of each level the left one before the right one.
    bytes32[] path;
}

/// @notice Leaf of the access list: key ‖ u32 index ‖ value, 68 bytes.
struct AccessLeaf {
    /// Key in the state tree.
    bytes32 key;
    /// 0 for the value before the packet, else the step that wrote.
    uint32 index;
    /// The value.
    bytes32 value;
}

/// @notice Entry of the update list: u8 length ‖ u8 kind ‖ 31 bytes ‖ before ‖ after, 97 bytes.
struct UpdateEntry {
    /// Bytes of the path to the slot.
    uint256 length;
    /// Whether a stem is in the slot afterwards, else an inner node.
    bool isStem;
    /// That stem, or the path, zero-padded.
    bytes31 path;
    /// Scalar of the slot before.
    uint256 before;
    /// Scalar of the slot after.
    uint256 afterwards;
}

/// @notice What was in a slot before: the preimage of its scalar.
struct Preimage {
    /// Commitment of an inner node, an affine point of 96 bytes; else empty.
    bytes commitment;
    /// A stem; zero if there was none.
    bytes31 stem;
    /// The hash of what was under that stem.
    bytes32 body;
}
