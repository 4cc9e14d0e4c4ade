//! The blocks of a chain with their states: what both the embedded L1 and the L2 ledger keep.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use alloy_consensus::Header;
use alloy_eips::eip1559::{BaseFeeParams, calc_next_block_base_fee};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes, U256};

use super::block::Block;
use super::error::RpcError;
use super::history::Version;
use super::state::{StateChanges, VersionedState};
use crate::error::Error;
use crate::evm::{
    Account, AccountInfo, BlockEnvironment, Bytecode, DatabaseRef, Fork, to_bytecode,
};
use crate::store::StoredState;

/// Blob base fee of a chain without blobs, wei a gas.
pub(super) const BLOB_BASE_FEE: u64 = 1;

/// The block numbers behind the tags `safe` and `finalized`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    /// The tag `safe`.
    pub safe: u64,
    /// The tag `finalized`.
    pub finalized: u64,
}

/// Blocks, receipts and the recent states, from a genesis block on.
#[derive(Debug)]
pub struct Chain {
    chain_id: u64,
    fork: Fork,
    /// Ascending by number, without gaps, never empty.
    blocks: Vec<Block>,
    /// The state version after each block.
    versions: Vec<Version>,
    numbers: HashMap<B256, u64>,
    transactions: HashMap<B256, (u64, usize)>,
    state: VersionedState,
    history: usize,
    /// Base fee of the block after the genesis, if it does not follow from it.
    first_base_fee: Option<u64>,
    heads: RwLock<Heads>,
}

impl Chain {
    /// A chain of a genesis block on its state; the states of the last `history` blocks before
    /// the head stay readable.
    pub fn new(
        chain_id: u64,
        fork: Fork,
        genesis: Block,
        state: VersionedState,
        history: usize,
    ) -> Self {
        let number = genesis.number();
        Self {
            chain_id,
            fork,
            numbers: HashMap::from([(genesis.hash, number)]),
            versions: vec![state.newest()],
            blocks: vec![genesis],
            transactions: HashMap::new(),
            state,
            history,
            first_base_fee: None,
            heads: RwLock::new(Heads { safe: number, finalized: number }),
        }
    }

    /// A chain that goes on after a restart: its last blocks, ascending and at least one, over the
    /// state in a store, which is the head's. Only the head's state is readable.
    pub fn resume(
        chain_id: u64,
        fork: Fork,
        blocks: Vec<Block>,
        state: StoredState,
        history: usize,
    ) -> Self {
        let mut blocks = blocks.into_iter();
        let first = blocks.next().expect("at least the block of the head");
        let mut chain = Self::new(chain_id, fork, first, VersionedState::default(), history);
        for block in blocks {
            chain.index_block(&block);
            chain.versions.push(chain.versions.len() as Version);
            chain.blocks.push(block);
        }
        let head = chain.versions.len() as Version - 1;
        chain.state = VersionedState::stored(state, head);
        chain
    }

    /// The same chain, whose first block after the genesis has this base fee.
    #[must_use]
    pub fn with_first_base_fee(mut self, base_fee: u64) -> Self {
        self.first_base_fee = Some(base_fee);
        self
    }

    /// The base fee of the block after `block` (EIP-1559, elasticity 2, denominator 8).
    pub fn next_base_fee(&self, block: &Block) -> u64 {
        let first = self.first_base_fee.filter(|_| block.number() == self.genesis_number());
        first.unwrap_or_else(|| {
            let Header { gas_used, gas_limit, .. } = block.header;
            let params = BaseFeeParams::ethereum();
            calc_next_block_base_fee(gas_used, gas_limit, block.base_fee(), params)
        })
    }

    /// EIP-155 chain id.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The environment in which a block ran, or would run with this header.
    pub fn environment(&self, header: &Header) -> BlockEnvironment {
        BlockEnvironment {
            fork: self.fork,
            chain_id: self.chain_id,
            number: header.number,
            timestamp: header.timestamp,
            gas_limit: header.gas_limit,
            base_fee: header.base_fee_per_gas.unwrap_or_default(),
            coinbase: header.beneficiary,
            prev_randao: header.mix_hash,
            blob_base_fee: BLOB_BASE_FEE,
        }
    }

    /// The newest block.
    pub fn head(&self) -> &Block {
        self.blocks.last().expect("a chain has a genesis block")
    }

    /// Number of the first block that is known: the genesis, or the oldest kept after a restart.
    pub fn genesis_number(&self) -> u64 {
        self.blocks[0].number()
    }

    /// The blocks behind the tags.
    pub fn heads(&self) -> Heads {
        *self.heads.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the tags; they never pass the head.
    ///
    /// It waits for no other reader of the chain.
    pub fn set_heads(&self, heads: Heads) {
        let head = self.head().number();
        let heads = Heads { safe: heads.safe.min(head), finalized: heads.finalized.min(head) };
        *self.heads.write().unwrap_or_else(PoisonError::into_inner) = heads;
    }

    /// Appends a block and the state it leaves behind.
    pub fn push(&mut self, block: Block, changes: StateChanges) {
        let version = self.state.apply(changes);
        self.push_at(block, version);
    }

    /// As [`Chain::push`] of a block whose changes are in the store now, given what was there
    /// before.
    pub fn push_stored(
        &mut self,
        block: Block,
        changes: StateChanges,
        before: StateChanges,
        state: StoredState,
    ) {
        let version = self.state.apply_stored(changes, before, state);
        self.push_at(block, version);
    }

    fn push_at(&mut self, block: Block, version: Version) {
        debug_assert_eq!(block.number(), self.head().number() + 1, "blocks have no gaps");
        self.index_block(&block);
        self.versions.push(version);
        self.blocks.push(block);
        if let Some(oldest) = (self.versions.len() - 1).checked_sub(self.history) {
            self.state.prune(self.versions[oldest]);
        }
    }

    fn index_block(&mut self, block: &Block) {
        let number = block.number();
        for (index, hash) in block.hashes().enumerate() {
            self.transactions.insert(hash, (number, index));
        }
        self.numbers.insert(block.hash, number);
    }

    /// Changes the state of the head by hand, without a block.
    pub fn edit(&mut self, changes: StateChanges) {
        let version = self.state.apply(changes);
        if let Some(newest) = self.versions.last_mut() {
            *newest = version;
        }
    }

    /// Drops every block after `number` and what they wrote, and returns them, oldest first.
    ///
    /// # Errors
    /// If the state of the block is pruned, or there is no such block.
    pub fn truncate(&mut self, number: u64) -> Result<Vec<Block>, RpcError> {
        let version = self.version(number)?;
        Ok(self.truncate_to(number, version))
    }

    /// As [`Chain::truncate`], given the state in the store as it was then.
    ///
    /// # Errors
    /// As [`Chain::truncate`].
    pub fn truncate_stored(&mut self, number: u64, state: StoredState) -> Result<(), RpcError> {
        let version = self.version(number)?;
        self.truncate_to(number, version);
        self.state.truncate_stored(version, state);
        Ok(())
    }

    /// Drops every block after `number` and every edit after `version`.
    pub(crate) fn truncate_to(&mut self, number: u64, version: Version) -> Vec<Block> {
        let Some(index) = self.index(number) else { return Vec::new() };
        let dropped = self.blocks.split_off(index + 1);
        for block in &dropped {
            self.numbers.remove(&block.hash);
            for hash in block.hashes() {
                self.transactions.remove(&hash);
            }
        }
        self.versions.truncate(index + 1);
        self.versions[index] = version;
        self.state.truncate(version);
        self.set_heads(self.heads());
        dropped
    }

    fn index(&self, number: u64) -> Option<usize> {
        let index = usize::try_from(number.checked_sub(self.genesis_number())?).ok()?;
        (index < self.blocks.len()).then_some(index)
    }

    /// A block by its number.
    pub fn block(&self, number: u64) -> Option<&Block> {
        self.index(number).map(|index| &self.blocks[index])
    }

    /// A block by its hash.
    pub fn block_by_hash(&self, hash: &B256) -> Option<&Block> {
        self.numbers.get(hash).and_then(|number| self.block(*number))
    }

    /// The block of a transaction and its index there.
    pub fn find_transaction(&self, hash: &B256) -> Option<(&Block, usize)> {
        let (number, index) = self.transactions.get(hash)?;
        Some((self.block(*number)?, *index))
    }

    /// The number behind a number or tag; it need not exist.
    pub fn number(&self, tag: BlockNumberOrTag) -> u64 {
        match tag {
            BlockNumberOrTag::Number(number) => number,
            BlockNumberOrTag::Earliest => self.genesis_number(),
            BlockNumberOrTag::Latest | BlockNumberOrTag::Pending => self.head().number(),
            BlockNumberOrTag::Safe => self.heads().safe,
            BlockNumberOrTag::Finalized => self.heads().finalized,
        }
    }

    /// The block of an EIP-1898 name, or `None`.
    pub fn find_block(&self, id: BlockId) -> Option<&Block> {
        match id {
            BlockId::Number(tag) => self.block(self.number(tag)),
            BlockId::Hash(hash) => self.block_by_hash(&hash.block_hash),
        }
    }

    /// Whether the state of a version is kept.
    pub(crate) fn keeps(&self, version: Version) -> bool {
        version >= self.state.oldest()
    }

    /// The state version after a block.
    pub fn version(&self, number: u64) -> Result<Version, RpcError> {
        let index =
            self.index(number).ok_or_else(|| RpcError::unknown_block(BlockId::from(number)))?;
        let version = self.versions[index];
        if !self.keeps(version) {
            return Err(RpcError::pruned(number));
        }
        Ok(version)
    }

    /// The state after a block.
    pub fn state_at(&self, number: u64) -> Result<StateAt<'_>, RpcError> {
        Ok(StateAt { chain: self, version: self.version(number)? })
    }

    /// A code of any state by its hash.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn code(&self, hash: &B256) -> Result<Option<Bytes>, Error> {
        self.state.code(hash)
    }

    /// The state after the head.
    pub fn head_state(&self) -> StateAt<'_> {
        StateAt { chain: self, version: self.state.newest() }
    }
}

/// The state after one block of a chain.
#[derive(Clone, Copy, Debug)]
pub struct StateAt<'a> {
    chain: &'a Chain,
    version: Version,
}

impl StateAt<'_> {
    /// The version of this state.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// An account; the empty one where there is none.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn account(&self, address: &Address) -> Result<Account, Error> {
        Ok(self.chain.state.account(address, self.version)?.unwrap_or_default())
    }

    /// A storage slot.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn slot(&self, address: Address, slot: U256) -> Result<U256, Error> {
        self.chain.state.slot(address, slot, self.version)
    }

    /// The code of an account.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn code(&self, address: &Address) -> Result<Bytes, Error> {
        let hash = self.account(address)?.code_hash;
        Ok(self.chain.state.code(&hash)?.unwrap_or_default())
    }
}

impl DatabaseRef for StateAt<'_> {
    type Error = Error;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Error> {
        Ok(self.chain.state.account(&address, self.version)?.map(AccountInfo::from))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Error> {
        Ok(to_bytecode(self.chain.state.code(&hash)?.unwrap_or_default()))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Error> {
        self.slot(address, slot)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Error> {
        Ok(self.chain.block(number).map(|block| block.hash).unwrap_or_default())
    }
}
