//! The network and the packet of an entry.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

use super::file::{Entry, StateTest, to_u64};
use crate::bls::SecretKey;
use crate::containers::{Config, Genesis, InboxSection, KeyBytes, Parent, compute_domain, version};
use crate::error::Error;
use crate::evm::history::{self, HISTORY_STORAGE_ADDRESS};
use crate::evm::{
    AccountInfo, BlockEnvironment, Bytecode, DatabaseRef, Fork, Transaction, execute_transaction,
};
use crate::genesis::leaves;
use crate::producer::{Request, build};
use crate::replay::MAINNET_CHAIN_ID;
use crate::state::MemoryState;
use crate::verkle::Tree;

/// Blocks that the BLOCKHASH opcode reaches back.
const BLOCK_HASH_WINDOW: u64 = 256;

/// An entry's packet.
pub(super) struct Packet {
    /// The encoded execution result.
    pub(super) encoded: Vec<u8>,
    /// The state before it.
    pub(super) state: MemoryState,
    /// Why the producer left the transaction out.
    pub(super) refusal: Option<String>,
}

/// The key with which every test's producer signs, and its public key.
static PRODUCER: LazyLock<(SecretKey, KeyBytes)> = LazyLock::new(|| {
    let key = SecretKey::derive_master(&[1; 32]).expect("32 bytes of seed");
    let public_key = key.public_key().to_bytes();
    (key, public_key)
});

/// Builds, signs and encodes the packet of an entry.
pub(super) fn build_packet(test: &StateTest, entry: &Entry<'_>) -> Result<Packet, Error> {
    let fork = Fork::from_name(entry.fork)
        .ok_or_else(|| Error::Argument(format!("unknown fork {}", entry.fork)))?;
    let config = replay_config(test, fork, entry.fork)?;
    let transaction = test.transaction(entry.post, config.l2_chain_id)?;

    let mut genesis_state = test.pre.clone();
    let hashes = find_block_hashes(test, &config, fork, &transaction);
    if !hashes.is_empty() {
        genesis_state.entry(HISTORY_STORAGE_ADDRESS).or_default().storage.extend(hashes);
    }
    let tree: Tree = leaves(&genesis_state)?.into_iter().collect();
    let genesis = Genesis {
        config_hash: config.hash(),
        state_root: tree.root(),
        l1_number: 0,
        l1_parent_hash: B256::ZERO,
    };
    let domain = compute_domain(0, config.l2_chain_id, Address::ZERO, genesis.hash());
    let (key, public_key) = &*PRODUCER;
    let request = Request {
        domain,
        producer: test.env.current_coinbase,
        producer_key: *public_key,
        timestamp: config.genesis_time,
        l1_number: 0,
        l1_hash: B256::ZERO,
        prev_randao: test.env.current_random,
        fee_gas_price: 0,
        fee_gas_limit: 0,
        inbox: InboxSection::default(),
        transactions: vec![transaction],
        parent: Parent::Genesis { config: config.clone(), genesis },
        config,
    };
    let mut built = build(&MemoryState::from(&genesis_state), &tree, &request)?;
    built.sign(key);
    Ok(Packet {
        encoded: built.result.encode(),
        state: MemoryState::from(&test.pre),
        refusal: built.refused.first().map(|refused| refused.refusal.to_string()),
    })
}

fn replay_config(test: &StateTest, fork: Fork, fork_name: &str) -> Result<Config, Error> {
    let number = to_u64("number", test.env.current_number)?;
    let genesis_number =
        number.checked_sub(1).ok_or_else(|| Error::Argument("block 0 has no parent".into()))?;
    Ok(Config {
        l2_chain_id: MAINNET_CHAIN_ID,
        version: version::REPLAY + fork as u32,
        genesis_number,
        genesis_time: to_u64("timestamp", test.env.current_timestamp)?,
        genesis_base_fee: to_u64("base fee", test.env.current_base_fee)?,
        gas_limit: to_u64("gas limit", test.env.current_gas_limit)?,
        blob_base_fee: test.blob_base_fee(fork, fork_name)?,
        max_payload_bytes: 4 << 20,
        data_anchor_interval: 0,
        view_seconds: 1,
        t1_seconds: 0,
        t2_seconds: 0,
        epoch_blocks: 0,
        seed_delay: 0,
        activation_delay: 0,
        anchor_depth: 0,
        anchor_max_age: 0,
        appeal_window: 0,
        evidence_window: 0,
        exit_delay: 0,
        fee_withdrawal_delay: 0,
        committees: 1,
        committee_size: 1,
        seat_price: 0,
        producer_stake: 0,
        displacement_margin_bps: 0,
        submitter_share_bps: 0,
        rank_window: 0,
        min_fee_gas_price: 0,
        refund_gas_price_cap: 0,
        fast_door_bps: 0,
        forced_inclusion_delay: 0,
        escape_seconds: 0,
        message_gas_price: 0,
    })
}

/// The slots of those block hashes that the transaction asks for, found by running it.
///
/// In the state tests the hash of block n is keccak of n in decimal digits.
fn find_block_hashes(
    test: &StateTest,
    config: &Config,
    fork: Fork,
    transaction: &Bytes,
) -> BTreeMap<U256, U256> {
    let number = config.genesis_number + 1;
    let environment = BlockEnvironment {
        fork,
        chain_id: config.l2_chain_id,
        number,
        timestamp: config.genesis_time,
        gas_limit: config.gas_limit,
        base_fee: config.genesis_base_fee,
        coinbase: test.env.current_coinbase,
        prev_randao: test.env.current_random,
        blob_base_fee: config.blob_base_fee,
    };
    let asked =
        HashesAsked { state: MemoryState::from(&test.pre), number, found: Mutex::default() };
    if let Ok(transaction) = Transaction::decode(transaction, fork) {
        // A transaction that fails asked for what it needed as well.
        let _ = execute_transaction(&asked, &environment, &transaction);
    }
    asked.found.into_inner().unwrap_or_default()
}

/// A state that answers for the history contract and notes which of its slots are read.
struct HashesAsked {
    state: MemoryState,
    number: u64,
    found: Mutex<BTreeMap<U256, U256>>,
}

impl DatabaseRef for HashesAsked {
    type Error = Error;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Error> {
        self.state.basic_ref(address)
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Error> {
        self.state.code_by_hash_ref(code_hash)
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Error> {
        let mut window = self.number.saturating_sub(BLOCK_HASH_WINDOW)..self.number;
        let block = window.find(|block| history::slot(*block) == slot);
        match block.filter(|_| address == HISTORY_STORAGE_ADDRESS) {
            Some(block) => {
                let hash = keccak256(block.to_string()).into();
                let mut found = self.found.lock().map_err(|_| Error::State("a panic".into()))?;
                found.insert(slot, hash);
                Ok(hash)
            }
            None => self.state.storage_ref(address, slot),
        }
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Error> {
        self.state.block_hash_ref(number)
    }
}
