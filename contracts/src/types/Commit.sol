// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {G1Point, G2Point} from "./Points.sol";

/// @notice The last committed packet, as far as the next one's checks need it.
struct Head {
    /// Number of the packet.
    uint64 number;
    /// Its timestamp, unix seconds.
    uint64 timestamp;
    /// Its L1 anchor.
    uint64 l1Number;
    /// Base fee that the next packet must have, wei a gas.
    uint64 nextBaseFee;
    /// Its digest, or the genesis hash.
    bytes32 digest;
    /// Its post-state root.
    bytes32 stateRoot;
}

/// @notice A packet to commit: the signed header, its payload and what proves both.
struct Packet {
    /// The signed header: the 26 words of a `Header`, which are hashed as they come.
    bytes header;
    /// The transactions as published, codec 1.
    bytes payload;
    /// The producer's place in the schedule.
    ProducerProof producer;
    /// The endorsing quorum.
    Quorum quorum;
}

/// @notice A producer's key and the Merkle path of its schedule entry.
struct ProducerProof {
    /// Key of the producer.
    G1Point key;
    /// Sum of the stakes before its own, wei.
    uint128 start;
    /// `start` plus its own stake, wei.
    uint128 end;
    /// Place of the entry in the schedule.
    uint64 index;
    /// Entries of the schedule.
    uint64 count;
    /// Siblings from the leaf up.
    bytes32[] path;
}

/// @notice An opened committee.
struct Committee {
    /// Ids of its members in seed order, as in `PackedIds`.
    uint256[] members;
    /// Sum of their keys.
    G1Point key;
}

/// @notice Some members of a group and the sum of their keys.
struct SignerSet {
    /// Bit `i % 256` of word `i / 256` is the member at position `i`.
    uint256[] bitmap;
    /// Sum of the keys of the set bits.
    G1Point key;
}

/// @notice The signatures of a quorum over one header.
/// @dev The group is one committee, or on rung 2 all of them in their order, with positions counted through.
struct Quorum {
    /// Step of the liveness ladder: 0 the assigned committee, 1 the next one, 2 all seats.
    uint8 rung;
    /// The group: one committee, or on rung 2 all of them.
    Committee[] committees;
    /// Who signed, as in `SignerSet`.
    uint256[] signers;
    /// Signer set to start from: the committee's last one, or an empty bitmap for the whole group.
    SignerSet known;
    /// Keys of the members that are in exactly one of `signers` and the set to start from, ascending.
    G1Point[] keys;
    /// Position for which the sender claims the submitter's share.
    uint32 submitter;
    /// Sum of the signers' signatures and the producer's.
    G2Point signature;
}

/// @notice Fees of one packet that its signers have not all claimed; a ring slot keeps its hash.
struct PayoutRecord {
    /// Digest of the packet.
    bytes32 digest;
    /// Ids of the group's members, a committee an element, as in `PackedIds`.
    uint256[][] members;
    /// Who signed, as in `SignerSet`.
    uint256[] signers;
    /// Which of them have claimed.
    uint256[] claimed;
    /// Part of each signer, wei.
    uint96 share;
}

/// @notice A ring slot of payouts.
struct Payout {
    /// First 28 bytes of the hash of the `PayoutRecord` (`Payouts.hashRecord`).
    bytes28 recordHash;
    /// L1 block of the commit.
    uint32 l1Number;
    /// Who paid, and gets back what nobody claims.
    address producer;
    /// What is left, wei.
    uint96 unclaimed;
}

/// @notice A fee account.
struct FeeAccount {
    /// Funds, wei.
    uint96 balance;
    /// Part of the funds that waits for its withdrawal and covers no further packet, wei.
    uint96 withdrawing;
    /// L1 block from which that part can be withdrawn.
    uint64 withdrawalBlock;
}

/// @notice What a producer was charged for outside of commits.
struct ProducerRecord {
    /// View of the last charge.
    uint64 chargedView;
    /// Packet number of the last charge.
    uint64 chargedNumber;
    /// Epoch of the suspension; 0 if never suspended.
    uint64 suspendedEpoch;
    /// View of the packet with status 0; later views of that epoch are suspended.
    uint64 suspendedView;
}
