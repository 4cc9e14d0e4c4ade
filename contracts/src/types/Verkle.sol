// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice What is in the slot that a stem leads to.
enum Status {
    /// The stem, with one to four values.
    Small,
    /// The stem, with a commitment to its values.
    Vector,
    /// Another stem.
    Other,
    /// Nothing.
    Nothing
}

/// @notice What some keys of one stem are said to be under a state root.
struct StemClaim {
    /// The first 31 bytes of the keys.
    bytes31 stem;
    /// Their last bytes, strictly ascending, at least one.
    bytes suffixes;
    /// Their values; zero for an absent key.
    bytes32[] values;
}

/// @notice The proof of a `StemClaim`: the protocol's proof for these keys, as the L1 takes it.
struct StemProof {
    /// Depth of the slot, and its status from bit 5 on.
    uint8 finding;
    /// Bit `i`: key `i` of a stem that is present has a value.
    uint256 presence;
    /// The pairs of a small stem that are not claimed: (suffix ‖ value)*, 33 bytes each, ascending.
    bytes travelling;
    /// The stem in the slot if it is another one; else zero.
    bytes31 otherStem;
    /// The hash of what is under that other stem; else zero.
    bytes32 otherBody;
    /// The commitments from the root down, then -D: affine points, 96 bytes each.
    bytes points;
    /// The proof of the final opening, compressed: 48 bytes.
    bytes opening;
    /// 1 / (t - root of unity) for each opening in order.
    uint256[] inverses;
}

/// @notice What a verified `StemProof` shows beside the values.
struct Shown {
    /// Bytes of the path to the slot.
    uint256 depth;
    /// What is in it.
    Status status;
    /// Its scalar.
    uint256 scalar;
}
