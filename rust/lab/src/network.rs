//! Networks of one producer: of a mainnet block, and the native one of random packets.

use alloy_primitives::{Address, B256, Bytes};
use corollup_core::bls::SecretKey;
use corollup_core::containers::{Config, Genesis, InboxSection, Parent, compute_domain, version};
use corollup_core::error::Error;
use corollup_core::genesis::{GenesisState, leaves};
use corollup_core::producer::{Built, Request, build};
use corollup_core::replay::{MAINNET_CHAIN_ID, ReplayBlock};
use corollup_core::rules;
use corollup_core::state::MemoryState;
use corollup_core::verkle::Tree;

/// EIP-155 chain id of the native network.
pub const CHAIN_ID: u64 = 133_700;
/// Base fee of the first packet of the native network, wei a gas.
pub const GENESIS_BASE_FEE: u64 = 1_000_000_000;
/// Operator address of the producer of native packets.
const PRODUCER: Address = Address::repeat_byte(0xba);
pub(crate) const L1_CHAIN_ID: u64 = 31_337;
const STATE_CONTRACT: Address = Address::repeat_byte(0x5c);

/// A network at a packet's parent.
#[derive(Clone)]
pub struct Network {
    /// Its parameters.
    pub config: Config,
    /// Domain of its digests.
    pub domain: B256,
    /// What the next packet stands on.
    pub parent: Parent,
    /// Who produces.
    pub producer: Address,
    /// PREVRANDAO of the next packet's anchor.
    pub prev_randao: B256,
    /// The state, without the further accounts of the tree.
    pub state: MemoryState,
    /// The tree of the state.
    pub tree: Tree,
}

impl Network {
    /// The native network with these accounts.
    ///
    /// # Errors
    /// If a balance is 2^128 or more.
    pub fn native(state: &GenesisState) -> Result<Self, Error> {
        Self::native_in(state, Tree::new())
    }

    /// The same with accounts beside these in its tree, which no packet touches.
    ///
    /// # Errors
    /// If a balance is 2^128 or more.
    pub fn native_in(state: &GenesisState, further: Tree) -> Result<Self, Error> {
        Self::new(native_config(), state, further, PRODUCER, B256::repeat_byte(0x33))
    }

    /// The network whose first packet is a mainnet block.
    ///
    /// The state is what the block touches; `further` holds accounts beside them.
    ///
    /// # Errors
    /// If a balance is 2^128 or more.
    pub fn of_block(
        block: &ReplayBlock,
        state: &GenesisState,
        further: Tree,
    ) -> Result<Self, Error> {
        let config = Config {
            l2_chain_id: MAINNET_CHAIN_ID,
            version: version::REPLAY + block.fork as u32,
            genesis_number: block.number - 1,
            genesis_time: block.timestamp,
            genesis_base_fee: block.base_fee,
            gas_limit: block.gas_limit,
            blob_base_fee: block.blob_base_fee,
            ..native_config()
        };
        Self::new(config, state, further, block.beneficiary, block.prev_randao)
    }

    fn new(
        config: Config,
        state: &GenesisState,
        mut tree: Tree,
        producer: Address,
        prev_randao: B256,
    ) -> Result<Self, Error> {
        tree.insert_all(&leaves(state)?)?;
        let genesis = Genesis {
            config_hash: config.hash(),
            state_root: tree.root(),
            l1_number: 5,
            l1_parent_hash: B256::repeat_byte(0x11),
        };
        let domain =
            compute_domain(L1_CHAIN_ID, config.l2_chain_id, STATE_CONTRACT, genesis.hash());
        let parent = Parent::Genesis { config: config.clone(), genesis };
        let state = MemoryState::from(state);
        Ok(Self { config, domain, parent, producer, prev_randao, state, tree })
    }

    /// The request of a packet with these candidates.
    pub fn request(&self, transactions: Vec<Bytes>) -> Request {
        let step = u64::from(matches!(self.parent, Parent::Header(_)));
        Request {
            domain: self.domain,
            config: self.config.clone(),
            parent: self.parent.clone(),
            producer: self.producer,
            producer_key: producer_key().public_key().to_bytes(),
            timestamp: rules::timestamp_of(&self.parent) + step,
            l1_number: rules::l1_number_of(&self.parent) + 1,
            l1_hash: B256::repeat_byte(0x22),
            prev_randao: self.prev_randao,
            fee_gas_price: 1,
            fee_gas_limit: self.config.gas_limit,
            inbox: InboxSection::default(),
            transactions,
        }
    }

    /// Builds and signs a packet.
    ///
    /// # Errors
    /// As [`build`].
    pub fn build(&self, request: &Request) -> Result<Built, Error> {
        let mut built = build(&self.state, &self.tree, request)?;
        built.sign(&producer_key());
        Ok(built)
    }

    /// Goes on to after a packet.
    pub fn advance(&mut self, built: Built) {
        self.state.apply_access_list(&built.access_list, &built.created_codes);
        self.tree = built.tree;
        self.parent = Parent::Header(built.result.header);
    }
}

/// The BLS key of every producer here: anyone knows it.
pub(crate) fn producer_key() -> SecretKey {
    const SEED: [u8; 32] = [7; 32];
    SecretKey::derive_master(&SEED).unwrap_or_else(|_| unreachable!("the seed is long enough"))
}

fn native_config() -> Config {
    Config {
        l2_chain_id: CHAIN_ID,
        version: version::NATIVE,
        genesis_number: 0,
        genesis_time: 1_700_000_000,
        genesis_base_fee: GENESIS_BASE_FEE,
        gas_limit: 30_000_000,
        blob_base_fee: 1,
        max_payload_bytes: 512 << 10,
        data_anchor_interval: 0,
        view_seconds: 4,
        t1_seconds: 6,
        t2_seconds: 30,
        epoch_blocks: 60,
        seed_delay: 4,
        activation_delay: 1,
        anchor_depth: 1,
        anchor_max_age: 64,
        appeal_window: 4,
        evidence_window: 60,
        exit_delay: 120,
        fee_withdrawal_delay: 60,
        committees: 2,
        committee_size: 4,
        seat_price: 10_u128.pow(18),
        producer_stake: 10_u128.pow(18),
        displacement_margin_bps: 1000,
        submitter_share_bps: 1000,
        rank_window: 1,
        min_fee_gas_price: 1,
        refund_gas_price_cap: 100,
        fast_door_bps: 2500,
        forced_inclusion_delay: 20,
        escape_seconds: 604_800,
        message_gas_price: 1_000_000_000,
    }
}
