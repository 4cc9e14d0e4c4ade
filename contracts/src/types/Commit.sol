// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Election} from "./Election.sol";
import {G1Point, G2Point} from "./Points.sol";

/// @notice The last committed packet, as far as the contract has to know it: two words.
struct Head {
    /// Number of the packet.
    uint40 number;
    /// Its timestamp, unix seconds.
    uint40 timestamp;
    /// Its L1 anchor.
    uint40 l1Number;
    /// Turns committed so far; the next one's payout takes ring slot `turns % 8192`.
    uint40 turns;
    /// Messages from L1 to L2 consumed so far.
    uint40 inboxCount;
    /// Largest number that a reset took away; packets up to it are refused if they were judged invalid.
    uint40 guardedNumber;
    /// Whether the escape is open, so that nothing is committed any more.
    bool isClosed;
    /// Hash of the packet's `Tip`.
    bytes32 tipHash;
}

/// @notice What the sender of the next packet shows of the last one.
struct Tip {
    /// Digest of the packet, or the genesis hash.
    bytes32 digest;
    /// Its post-state root.
    bytes32 stateRoot;
    /// Base fee that the next packet must have, wei a gas.
    uint64 nextBaseFee;
}

/// @notice Consecutive packets of one producer in one epoch: what is paid, and verified, as one.
struct Turn {
    /// The packet before; read of the first turn that is not committed only.
    Tip parent;
    /// The epoch of the packets.
    Election election;
    /// The producer's place in the epoch's schedule.
    ProducerProof producer;
    /// The packets, at least one.
    Packet[] packets;
    /// Sum of the signatures of all packets' signers and, for each packet, of the producer.
    G2Point signature;
}

/// @notice A packet to commit: what its header says of itself, its payload and who endorsed it.
/// @dev Every other field of the header follows from the packet before, the configuration and the L1.
struct Packet {
    /// The fields of the header that follow from nothing else.
    Statement statement;
    /// The transactions as published, codec 1; empty in blob mode.
    bytes payload;
    /// The endorsing quorum.
    Quorum quorum;
}

/// @notice The fields of a header that the contract cannot tell by itself.
struct Statement {
    /// Unix seconds.
    uint64 timestamp;
    /// Gas used by the packet.
    uint64 gasUsed;
    /// Number of the L1 anchor.
    uint64 l1Number;
    /// PREVRANDAO of the L1 anchor.
    bytes32 prevRandao;
    /// Verkle root after the packet.
    bytes32 postStateRoot;
    /// Merkle root of the encoded transactions.
    bytes32 transactionsRoot;
    /// Merkle root of the access list's leaves.
    bytes32 accessRoot;
    /// Merkle root of the changed slots of the state tree.
    bytes32 updateRoot;
    /// Merkle root of the receipts.
    bytes32 receiptsRoot;
    /// Merkle root of the messages from L2 to L1.
    bytes32 withdrawalsRoot;
    /// Messages from L1 to L2 consumed so far.
    uint64 inboxCount;
    /// keccak of the payload as published.
    bytes32 payloadHash;
    /// Blobs of a data anchor, the next ones of the transaction; else 0.
    uint64 blobCount;
    /// Endorsing fee, wei a gas.
    uint64 feeGasPrice;
    /// Largest gas that the endorsing fee counts.
    uint64 feeGasLimit;
}

/// @notice A producer's address and key, and the Merkle path of its schedule entry.
struct ProducerProof {
    /// Address of the producer.
    address operator;
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
    /// Bitmap of those that were ejected and count as absent; empty if none was.
    uint256[] ejected;
    /// Sum of the others' keys.
    G1Point key;
}

/// @notice Who endorsed one header.
/// @dev The group is one committee, or on rung 2 all of them in their order, with positions counted through.
struct Quorum {
    /// Step of the liveness ladder: 0 the assigned committee, 1 the next one, 2 all seats.
    uint8 rung;
    /// Position of the seat that earns the submitter's share, if its rank is open.
    uint32 submitter;
    /// Who signed: bit `i % 256` of word `i / 256` is the member at position `i`.
    uint256[] signers;
    /// Sum of the keys of the set to start from; ignored where that is the whole group.
    G1Point key;
    /// keccak of the members' ids of the committee; ignored where `change` has them.
    bytes32 membersHash;
    /// Empty if `signers` is the committee's last set; else the ABI-encoded `SignerChange`.
    bytes change;
}

/// @notice How the signers differ from the set that their key is counted from.
struct SignerChange {
    /// The group: one committee, or on rung 2 all of them.
    Committee[] committees;
    /// Signers of the committee's last commit; empty for the whole group.
    uint256[] base;
    /// Keys of the members that are in exactly one of the signers and the set to start from, ascending.
    G1Point[] keys;
}

/// @notice Fees of one turn that are not all claimed; a ring slot keeps its hash.
struct PayoutRecord {
    /// Who sent the transaction.
    address submitter;
    /// Refund of its gas; 0 once it is claimed, wei.
    uint96 refund;
    /// Hashes of the turn's parts (`Payouts.hashPart`), one a packet.
    bytes32[] parts;
}

/// @notice Fees of one packet of a turn.
struct PayoutPart {
    /// Digest of the packet.
    bytes32 digest;
    /// Root of its messages from L2 to L1; zero in the part of a charge.
    bytes32 withdrawalsRoot;
    /// Ids of the group's members, a committee an element, as in `PackedIds`.
    uint256[][] members;
    /// Who signed, as in `Quorum`.
    uint256[] signers;
    /// Which of them have claimed; empty if nobody has.
    uint256[] claimed;
    /// Part of each signer, wei.
    uint96 share;
    /// Position of the seat that earns the submitter's share; `NO_SEAT` if none does, or it was claimed.
    uint32 submitter;
}

/// @notice Shows what was committed under a number.
struct CommittedProof {
    /// Ring slot of the turn.
    uint256 slot;
    /// What the slot keeps the hash of.
    PayoutRecord record;
    /// Place of the packet in the turn.
    uint256 index;
    /// The packet's part.
    PayoutPart part;
}

/// @notice Shows the messages from L2 to L1 of a committed packet: of its part as little as they need.
struct WithdrawalsProof {
    /// Ring slot of the turn.
    uint256 slot;
    /// What the slot keeps the hash of.
    PayoutRecord record;
    /// Place of the packet in the turn.
    uint256 index;
    /// Digest of the packet.
    bytes32 digest;
    /// Root of its messages.
    bytes32 withdrawalsRoot;
    /// Hash of the rest of the packet's part (`Payouts.hashFees`).
    bytes32 feesHash;
}

/// @notice A ring slot of payouts.
struct Payout {
    /// First 22 bytes of the hash of the `PayoutRecord` (`Payouts.hashRecord`).
    bytes22 recordHash;
    /// Number of the turn's first packet.
    uint40 number;
    /// L1 block of the commit.
    uint40 l1Number;
    /// Who paid, and gets back what nobody claims.
    address producer;
    /// What is left, wei.
    uint96 unclaimed;
}

/// @notice A producer's fee account.
struct FeeAccount {
    /// Funds, wei.
    uint88 balance;
    /// Part of the funds that waits for its withdrawal and covers no further packet, wei.
    uint88 withdrawing;
    /// L1 block from which that part can be withdrawn.
    uint40 withdrawalBlock;
    /// Epoch in which the producer is suspended; 0 if never suspended.
    uint40 suspendedEpoch;
}

/// @notice A packet that its producer pays for though it is not committed.
struct Charge {
    /// Who pays.
    address producer;
    /// Packet number.
    uint64 number;
    /// Its view.
    uint64 viewNumber;
    /// Epoch of its committee.
    uint64 epoch;
    /// Digest of its header.
    bytes32 digest;
    /// 0: it contradicts itself; 1: another one took its place.
    uint8 status;
    /// Step of the liveness ladder.
    uint8 rung;
    /// Position of the seat that earns the submitter's share, or `NO_SEAT`.
    uint32 submitter;
    /// Who signed, as in `Quorum`, and how many they are.
    uint256[] signers;
    uint256 count;
    /// `Payouts.hashGroup` of the members of the group.
    bytes32 groupHash;
    /// Endorsing pot, wei.
    uint256 pot;
    /// Who sent the transaction, and what its gas cost, wei.
    address sender;
    uint256 refund;
}

/// @notice The last packet that a producer was charged for.
struct LastCharge {
    /// Its view.
    uint64 viewNumber;
    /// Its number.
    uint64 number;
}
