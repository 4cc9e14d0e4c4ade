// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice Every parameter of a network; both contracts are built from it and its hash is in the domain.
struct Config {
    /// EIP-155 chain id of the L2.
    uint64 l2ChainId;
    /// Version of every header.
    uint32 version;
    /// Number of the genesis; the first packet has the next one.
    uint64 genesisNumber;
    /// Start of view 0, unix seconds.
    uint64 genesisTime;
    /// Base fee of the first packet, wei a gas.
    uint64 genesisBaseFee;
    /// Gas limit of every packet.
    uint64 gasLimit;
    /// Blob base fee that the BLOBBASEFEE opcode and blob transactions see, wei; 1 on the L2.
    uint64 blobBaseFee;
    /// Largest payload of a packet, bytes.
    uint64 maxPayloadBytes;
    /// Every packet whose number is a multiple carries the blobs; 0 in calldata mode.
    uint64 dataAnchorInterval;
    /// Length of a view, seconds.
    uint64 viewSeconds;
    /// Age of a packet at which the next committee may endorse it, seconds.
    uint64 t1Seconds;
    /// Age of a packet at which all seats may endorse it, seconds.
    uint64 t2Seconds;
    /// Length of an epoch, L1 blocks.
    uint64 epochBlocks;
    /// L1 blocks between the freeze of the seat table and the block of the seed.
    uint64 seedDelay;
    /// L1 blocks between the opening of an epoch and its first anchor.
    uint64 activationDelay;
    /// Least depth of an L1 anchor, blocks.
    uint64 anchorDepth;
    /// Largest age of an L1 anchor, seconds before the packet's timestamp.
    uint64 anchorMaxAge;
    /// Window in which a committed packet can be appealed, L1 blocks.
    uint64 appealWindow;
    /// Window in which an offence can be proven, L1 blocks.
    uint64 evidenceWindow;
    /// Delay of an exit from a seat, L1 blocks; longer than the evidence window.
    uint64 exitDelay;
    /// Delay of a withdrawal from a producer's fee account, L1 blocks.
    uint64 feeWithdrawalDelay;
    /// Committees an epoch, M.
    uint64 committees;
    /// Seats a committee, n.
    uint64 committeeSize;
    /// Least stake of a seat and what a slashed seat loses, wei.
    uint128 seatPrice;
    /// Stake of a producer, at least, wei.
    uint128 producerStake;
    /// What an entrant's stake must exceed the displaced seat's by, basis points.
    uint64 displacementMarginBps;
    /// Submitter's part of the endorsing pot, basis points.
    uint64 submitterShareBps;
    /// Time after which the next submitter rank opens, seconds.
    uint64 rankWindow;
    /// Least endorsing fee, wei a gas.
    uint64 minFeeGasPrice;
    /// Largest price at which the submitter's L1 gas is refunded, wei a gas.
    uint64 refundGasPriceCap;
    /// Part of a quorum's slashable stake that fast payouts may reach, basis points.
    uint64 fastDoorBps;
    /// L1 blocks after which a message to the L2 must be consumed.
    uint64 forcedInclusionDelay;
    /// Silence after which anyone may open the escape, seconds.
    uint64 escapeSeconds;
    /// Price of a message's L2 gas, at least, wei a gas.
    uint64 messageGasPrice;
}
