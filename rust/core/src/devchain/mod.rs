//! The embedded L1: an Ethereum of one process, for set-ups without a node.
//!
//! Blocks, receipts, logs and fees follow Osaka's rules, so contracts use the same gas as on any
//! node. Time and randomness are given from outside: the same calls make the same chain.

mod mining;
mod pool;
mod rpc;
mod snapshot;
#[cfg(test)]
mod tests;

use alloy_consensus::Header;
use alloy_consensus::constants::{EMPTY_OMMER_ROOT_HASH, EMPTY_WITHDRAWALS};
use alloy_eips::eip7685::EMPTY_REQUESTS_HASH;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

use crate::error::Error;
use crate::evm::{Account, Fork};
use crate::genesis::{GenesisAccount, GenesisState, add_history};
use crate::ledger::ethereum_roots::compute_ethereum_roots;
use crate::ledger::{Block, Chain, Heads, RpcError, StateChanges, VersionedState};

pub use pool::{MAX_POOL_TRANSACTIONS, MAX_TRANSACTION_BYTES, Pool, Pooled};
pub use rpc::MAX_MINED_BLOCKS;
use snapshot::Snapshot;

/// How an embedded L1 starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevConfig {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Timestamp of the genesis block, unix seconds.
    pub genesis_time: u64,
    /// Where the randomness of every block comes from.
    pub seed: B256,
    /// Gas limit of every block.
    pub gas_limit: u64,
    /// Base fee of the genesis block, wei a gas.
    pub base_fee: u64,
    /// Blocks between the head and the tag `finalized`; `safe` is half as deep.
    pub finality_depth: u64,
    /// States before the head that stay readable.
    pub history: usize,
}

impl Default for DevConfig {
    fn default() -> Self {
        Self {
            chain_id: 31337,
            genesis_time: 0,
            seed: B256::ZERO,
            gas_limit: 60_000_000,
            base_fee: 1_000_000_000,
            finality_depth: 2,
            history: 1024,
        }
    }
}

/// What the next block gets from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct NextBlock {
    /// Seconds that the chain's clock is ahead of the caller's.
    time_offset: u64,
    /// Timestamp of the next block, if it is set.
    timestamp: Option<u64>,
    /// Randomness of the next block, if it is set.
    prev_randao: Option<B256>,
    /// Counts rollbacks, so that a block mined again differs.
    branch: u64,
}

/// An Ethereum chain that mines when it is told to.
#[derive(Debug)]
pub struct DevChain {
    config: DevConfig,
    chain: Chain,
    pool: Pool,
    next: NextBlock,
    /// Accounts that send without a signature.
    unlocked: Vec<Address>,
    /// Whether every transaction gets its block at once.
    automine: bool,
    snapshots: Vec<Snapshot>,
}

impl DevChain {
    /// A chain of a genesis block with these accounts and balances, which need no signature, and
    /// the history contract of EIP-2935.
    pub fn new(config: DevConfig, accounts: &[(Address, U256)]) -> Self {
        let unlocked = accounts.iter().map(|(address, _)| *address).collect();
        let funded = |balance| GenesisAccount { balance, ..GenesisAccount::default() };
        let mut state: GenesisState =
            accounts.iter().map(|(address, balance)| (*address, funded(*balance))).collect();
        add_history(&mut state);
        let state = VersionedState::new(&state);
        let genesis = seal(Header {
            number: 0,
            timestamp: config.genesis_time,
            gas_limit: config.gas_limit,
            base_fee_per_gas: Some(config.base_fee),
            mix_hash: config.seed,
            ..empty_header()
        });
        let chain = Chain::new(config.chain_id, Fork::Osaka, genesis, state, config.history);
        Self {
            config,
            chain,
            pool: Pool::default(),
            next: NextBlock::default(),
            unlocked,
            automine: false,
            snapshots: Vec::new(),
        }
    }

    /// The blocks and their states.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The transactions that wait for a block.
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Adds a signed transaction to the pool and returns its hash.
    pub fn submit(&mut self, raw: &[u8]) -> Result<B256, RpcError> {
        self.pool.add(&self.chain, pool::decode(raw, self.config.chain_id)?)
    }

    /// Adds a transaction of an impersonated account to the pool and returns its hash.
    pub fn submit_unsigned(
        &mut self,
        request: alloy_rpc_types_eth::TransactionRequest,
    ) -> Result<B256, RpcError> {
        let from = request.from.unwrap_or_default();
        if !self.unlocked.contains(&from) {
            return Err(RpcError::invalid_input(format!("account {from} is not impersonated")));
        }
        let nonce = self.pool.next_nonce(&self.chain, &from)?;
        let tx = pool::impersonate(&self.chain, request, nonce)?;
        self.pool.add(&self.chain, tx)
    }

    /// Lets an account send transactions without its signature.
    pub fn impersonate(&mut self, address: Address) {
        if !self.unlocked.contains(&address) {
            self.unlocked.push(address);
        }
    }

    /// Ends [`Self::impersonate`].
    pub fn stop_impersonating(&mut self, address: &Address) {
        self.unlocked.retain(|unlocked| unlocked != address);
    }

    /// Moves the chain's clock ahead of the caller's.
    pub fn increase_time(&mut self, seconds: u64) {
        self.next.time_offset = self.next.time_offset.saturating_add(seconds);
    }

    /// Sets the timestamp of the next block; the blocks after it go on from there.
    pub fn set_next_timestamp(&mut self, timestamp: u64) -> Result<(), RpcError> {
        let parent = self.chain.head().header.timestamp;
        if timestamp <= parent {
            return Err(RpcError::invalid_input(format!(
                "timestamp {timestamp} is not after the head's, {parent}"
            )));
        }
        self.next.timestamp = Some(timestamp);
        Ok(())
    }

    /// Sets the randomness of the next block.
    pub fn set_next_prev_randao(&mut self, prev_randao: B256) {
        self.next.prev_randao = Some(prev_randao);
    }

    /// Sets a balance in the state of the head.
    pub fn set_balance(&mut self, address: Address, balance: U256) -> Result<(), Error> {
        self.edit_account(address, |account| account.balance = balance)
    }

    /// Sets a nonce in the state of the head.
    pub fn set_nonce(&mut self, address: Address, nonce: u64) -> Result<(), Error> {
        self.edit_account(address, |account| account.nonce = nonce)
    }

    /// Sets the code of an account in the state of the head.
    pub fn set_code(&mut self, address: Address, code: Bytes) -> Result<(), Error> {
        let hash = keccak256(&code);
        self.edit_account(address, |account| account.code_hash = hash)?;
        self.chain.edit(StateChanges { codes: [(hash, code)].into(), ..StateChanges::default() });
        Ok(())
    }

    /// Sets a storage slot in the state of the head.
    pub fn set_storage(&mut self, address: Address, slot: U256, value: U256) {
        let slots = [((address, slot), value)].into();
        self.chain.edit(StateChanges { slots, ..StateChanges::default() });
    }

    fn edit_account(
        &mut self,
        address: Address,
        edit: impl FnOnce(&mut Account),
    ) -> Result<(), Error> {
        let mut account = self.chain.head_state().account(&address)?;
        edit(&mut account);
        let accounts = [(address, account)].into();
        self.chain.edit(StateChanges { accounts, ..StateChanges::default() });
        Ok(())
    }

    fn update_heads(&mut self) {
        let head = self.chain.head().number();
        let depth = self.config.finality_depth;
        self.chain.set_heads(Heads {
            safe: head.saturating_sub(depth.div_ceil(2)),
            finalized: head.saturating_sub(depth),
        });
    }
}

/// The fields that every block of this chain has in common.
fn empty_header() -> Header {
    let roots = compute_ethereum_roots(&[], &[]);
    Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        transactions_root: roots.transactions_root,
        receipts_root: roots.receipts_root,
        withdrawals_root: Some(EMPTY_WITHDRAWALS),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: Some(EMPTY_REQUESTS_HASH),
        ..Header::default()
    }
}

fn seal(header: Header) -> Block {
    let hash = header.hash_slow();
    let (messages, transactions, receipts) = (Vec::new(), Vec::new(), Vec::new());
    Block { hash, header, messages, transactions, receipts }
}
