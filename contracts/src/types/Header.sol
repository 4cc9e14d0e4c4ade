// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice The signed fields of an execution result: 26 static ABI words.
struct Header {
    /// Fork rules and payload codec.
    uint32 version;
    /// Packet number.
    uint64 number;
    /// Digest of the parent header, or the genesis hash.
    bytes32 parentHash;
    /// Turn of the producer schedule; `view` elsewhere, which Solidity reserves.
    uint64 viewNumber;
    /// Operator address of the producer; the coinbase of the packet.
    address producer;
    /// Unix seconds.
    uint64 timestamp;
    /// Gas limit of the packet.
    uint64 gasLimit;
    /// Gas used by the packet.
    uint64 gasUsed;
    /// EIP-1559 base fee, wei a gas.
    uint64 baseFee;
    /// Number of the L1 anchor.
    uint64 l1Number;
    /// Hash of the L1 anchor.
    bytes32 l1Hash;
    /// PREVRANDAO of the L1 anchor.
    bytes32 prevRandao;
    /// Verkle root before the packet.
    bytes32 preStateRoot;
    /// Verkle root after the packet.
    bytes32 postStateRoot;
    /// Merkle root of the encoded transactions.
    bytes32 transactionsRoot;
    /// Merkle root of the access list's leaves.
    bytes32 accessRoot;
    /// Merkle root of the changed slots of the state tree.
    bytes32 updateRoot;
    /// Reserved for execution checkpoints; zero.
    bytes32 traceRoot;
    /// Merkle root of the receipts.
    bytes32 receiptsRoot;
    /// Merkle root of the messages from L2 to L1.
    bytes32 withdrawalsRoot;
    /// Messages from L1 to L2 consumed so far.
    uint64 inboxCount;
    /// Hash chain of the messages consumed so far.
    bytes32 inboxHash;
    /// keccak of the payload as published.
    bytes32 payloadHash;
    /// Hash over the blobs of a data anchor; zero in calldata mode.
    bytes32 dataHash;
    /// Endorsing fee, wei a gas.
    uint64 feeGasPrice;
    /// Largest gas that the endorsing fee counts.
    uint64 feeGasLimit;
}
