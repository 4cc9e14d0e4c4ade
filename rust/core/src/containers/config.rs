//! A network's configuration and its genesis.

use alloy_primitives::{B256, keccak256};

use super::words::abi_words;

abi_words! {
    /// Every parameter of a network. Both contracts are built from it, and its hash is in the domain.
    pub struct Config {
        /// EIP-155 chain id of the L2.
        pub l2_chain_id: u64,
        /// Version of every header ([`super::version`]).
        pub version: u32,
        /// Number of the genesis; the first packet has the next one.
        pub genesis_number: u64,
        /// Start of view 0, unix seconds.
        pub genesis_time: u64,
        /// Base fee of the first packet, wei a gas.
        pub genesis_base_fee: u64,
        /// Gas limit of every packet.
        pub gas_limit: u64,
        /// Blob base fee that the BLOBBASEFEE opcode and blob transactions see, wei; 1 on the L2.
        pub blob_base_fee: u64,
        /// Largest payload of a packet, bytes.
        pub max_payload_bytes: u64,
        /// Every packet whose number is a multiple carries the blobs; 0 in calldata mode.
        pub data_anchor_interval: u64,
        /// Length of a view, seconds.
        pub view_seconds: u64,
        /// Age of a packet at which the next committee may endorse it, seconds.
        pub t1_seconds: u64,
        /// Age of a packet at which all seats may endorse it, seconds.
        pub t2_seconds: u64,
        /// Length of an epoch, L1 blocks.
        pub epoch_blocks: u64,
        /// L1 blocks between the freeze of the seat table and the block of the seed.
        pub seed_delay: u64,
        /// L1 blocks between the opening of an epoch and its first anchor.
        pub activation_delay: u64,
        /// Least depth of an L1 anchor, blocks.
        pub anchor_depth: u64,
        /// Largest age of an L1 anchor, seconds before the packet's timestamp.
        pub anchor_max_age: u64,
        /// Window in which a committed packet can be appealed, L1 blocks.
        pub appeal_window: u64,
        /// Window in which an offence can be proven, L1 blocks.
        pub evidence_window: u64,
        /// Delay of an exit from a seat, L1 blocks; longer than the evidence window.
        pub exit_delay: u64,
        /// Delay of a withdrawal from a producer's fee account, L1 blocks.
        pub fee_withdrawal_delay: u64,
        /// Committees an epoch, M.
        pub committees: u64,
        /// Seats a committee, n.
        pub committee_size: u64,
        /// Least stake of a seat and what a slashed seat loses, wei.
        pub seat_price: u128,
        /// Stake of a producer, at least, wei.
        pub producer_stake: u128,
        /// What an entrant's stake must exceed the displaced seat's by, basis points.
        pub displacement_margin_bps: u64,
        /// Submitter's part of the endorsing pot, basis points.
        pub submitter_share_bps: u64,
        /// Time after which the next submitter rank opens, seconds.
        pub rank_window: u64,
        /// Least endorsing fee, wei a gas.
        pub min_fee_gas_price: u64,
        /// Largest price at which the submitter's L1 gas is refunded, wei a gas.
        pub refund_gas_price_cap: u64,
        /// Part of a quorum's slashable stake that fast payouts may reach, basis points.
        pub fast_door_bps: u64,
        /// L1 blocks after which a message to the L2 must be consumed.
        pub forced_inclusion_delay: u64,
        /// Silence after which anyone may open the escape, seconds.
        pub escape_seconds: u64,
        /// Price of a message's L2 gas, at least, wei a gas.
        pub message_gas_price: u64,
    }
}

impl Config {
    /// keccak of the encoded configuration.
    pub fn hash(&self) -> B256 {
        keccak256(self.encode())
    }
}

abi_words! {
    /// The start of a network, as the State Contract's constructor fixes it.
    pub struct Genesis {
        /// Hash of the [`Config`].
        pub config_hash: B256,
        /// Verkle root of the genesis state.
        pub state_root: B256,
        /// L1 block of the deployment.
        pub l1_number: u64,
        /// Hash of the L1 block before it.
        pub l1_parent_hash: B256,
    }
}

impl Genesis {
    /// The genesis hash, which is the parent hash of the first packet.
    pub fn hash(&self) -> B256 {
        keccak256(self.encode())
    }
}
