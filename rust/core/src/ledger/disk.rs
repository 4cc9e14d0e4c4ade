//! A ledger whose state is in a store: opened after a restart, packets forward and back.

use std::collections::VecDeque;
use std::sync::RwLock;

use alloy_primitives::Bytes;

use super::block::Block;
use super::chain::Chain;
use super::packets::{Execution, KEPT_RESULTS, Ledger, PacketHeads};
use super::record::{self, PacketRecord};
use super::state::StateChanges;
use crate::containers::{Genesis, Header, version};
use crate::curve::fixed_base::TableSize;
use crate::endorser::Network;
use crate::error::Error;
use crate::genesis::{self, GenesisState};
use crate::store::{
    DEFAULT_CACHE_BYTES, Head, PacketRows, StateLoader, StateStore, Store, StoreError, StoredState,
    Table,
};
use crate::verkle::Tree;
use std::sync::Arc;

/// Bytes of nodes of the tree that stay in memory, if nothing else is said.
pub const DEFAULT_TREE_CACHE_BYTES: usize = 256 << 20;

/// How a ledger keeps its state in a store.
#[derive(Clone, Copy, Debug)]
pub struct DiskOptions {
    /// Packets that can be reverted.
    pub history: u64,
    /// Bytes of nodes of the tree that stay in memory.
    pub tree_cache_bytes: usize,
    /// Bytes of pages of the file that stay in memory, where the store is a file.
    pub file_cache_bytes: usize,
    /// The tables of the known points.
    pub table_size: TableSize,
}

impl Default for DiskOptions {
    fn default() -> Self {
        Self {
            history: crate::store::DEFAULT_HISTORY,
            tree_cache_bytes: DEFAULT_TREE_CACHE_BYTES,
            file_cache_bytes: DEFAULT_CACHE_BYTES,
            table_size: TableSize::default(),
        }
    }
}

/// The store of a ledger.
pub(super) struct Disk {
    state: StateStore,
    options: DiskOptions,
}

/// Puts a genesis state into an empty store.
///
/// # Errors
/// If the store is not empty, or the state is not the genesis's.
pub fn create_state(
    store: Arc<dyn Store>,
    network: &Network,
    genesis: &Genesis,
    state: &GenesisState,
    options: &DiskOptions,
) -> Result<StateStore, Error> {
    let mut leaves = genesis::leaves(state)?;
    leaves.sort_unstable();
    let mut loader = StateLoader::new(store, options.table_size)?;
    for (key, value) in &leaves {
        loader.push(key, *value)?;
    }
    loader.add_codes(state.values().map(|account| &account.code))?;
    let number = network.config.genesis_number;
    let head = Head { number, digest: genesis.hash(), root: genesis.state_root };
    loader.finish(&network.domain, head, options.history)
}

impl Disk {
    fn tree(&self) -> Result<Tree, Error> {
        self.state.tree(self.options.table_size)
    }

    pub(super) fn past_tree(&self, number: u64) -> Result<Tree, Error> {
        self.state.past_tree(number, self.options.table_size)
    }

    pub(super) fn stored_state(&self) -> Result<StoredState, Error> {
        Ok(StoredState::new(self.state.view()?))
    }

    /// Writes a packet, and readies its tree for the next one.
    pub(super) fn commit(&mut self, before: &Tree, execution: &mut Execution) -> Result<(), Error> {
        let codes = execution.changes.codes.iter();
        let rows = PacketRows {
            tree: execution.tree.changes_since(before)?,
            codes: codes.map(|(hash, code)| (*hash, code.clone())).collect(),
            packet: record::encode(
                &execution.encoded,
                &execution.inbox,
                &execution.transactions,
                &execution.receipts,
            )?,
        };
        let Execution { header, digest, tree, .. } = execution;
        let head = Head { number: header.number, digest: *digest, root: tree.root() };
        self.state.commit(head, rows)?;
        self.state.settle(tree, self.options.tree_cache_bytes)
    }
}

impl Ledger {
    /// A ledger that goes on from the state in a store.
    ///
    /// # Errors
    /// If the configuration is not that of the genesis, or the rows are not those of the network.
    pub fn open(
        network: Network,
        genesis: Genesis,
        state: StateStore,
        history: usize,
        options: DiskOptions,
    ) -> Result<Self, Error> {
        Self::require_config(&network, &genesis)?;
        let mut ledger = Self {
            chain: Chain::resume(
                network.config.l2_chain_id,
                Self::fork(&network)?,
                vec![Block::of_genesis(&network.config, &genesis)],
                StoredState::new(state.view()?),
                history,
            ),
            network,
            genesis,
            headers: Vec::new(),
            results: VecDeque::new(),
            trees: VecDeque::new(),
            history,
            heads: RwLock::new(PacketHeads { endorsed: 0, committed: 0, finalized: 0 }),
            disk: Some(Disk { state, options }),
        };
        ledger.reload()?;
        Ok(ledger)
    }

    /// Reads blocks, headers and results of the last packets from the store.
    fn reload(&mut self) -> Result<(), Error> {
        let Some(disk) = &self.disk else { return Ok(()) };
        let head = *disk.state.head();
        let genesis_number = self.network.config.genesis_number;
        let (mut headers, mut blocks) = (Vec::<Header>::new(), Vec::new());
        let mut results = VecDeque::<Bytes>::new();
        for (_, row) in disk.state.view()?.all_with(Table::Packets, &[])? {
            let PacketRecord { header, block, encoded } =
                record::decode(&self.network.domain, &row)?;
            headers.push(header);
            blocks.push(block);
            match encoded {
                Some(encoded) => results.push_back(encoded),
                None => results.clear(),
            }
        }
        if blocks.first().is_none_or(|first: &Block| first.number() == genesis_number + 1) {
            blocks.insert(0, Block::of_genesis(&self.network.config, &self.genesis));
        }
        let is_chain = blocks.is_sorted_by(|parent, block| {
            block.number() == parent.number() + 1 && block.header.parent_hash == parent.hash
        });
        let last = blocks.last().map(|block| (block.number(), block.hash, block.header.state_root));
        if !is_chain || last != Some((head.number, head.digest, head.root)) {
            let why = format!("the packets do not lead to the head, {}", head.number);
            return Err(StoreError::Corrupt(why).into());
        }
        while results.len() > KEPT_RESULTS {
            results.pop_front();
        }
        let (oldest, first) = (blocks[0].number(), self.network.config.genesis_base_fee);
        let fork = Self::fork(&self.network)?;
        let chain_id = self.network.config.l2_chain_id;
        let chain = Chain::resume(chain_id, fork, blocks, disk.stored_state()?, self.history);
        self.chain =
            if oldest == genesis_number { chain.with_first_base_fee(first) } else { chain };
        self.trees = VecDeque::from([disk.tree()?]);
        (self.headers, self.results) = (headers, results);
        self.heads =
            RwLock::new(PacketHeads { endorsed: oldest, committed: oldest, finalized: oldest });
        Ok(())
    }

    /// Goes back in the store and in memory; every packet that the store still knows is in reach.
    pub(super) fn revert_on_disk(&mut self, number: u64) -> Result<(), Error> {
        let Some(disk) = &mut self.disk else { return Ok(()) };
        disk.state.revert(number)?;
        let dropped = self.chain.head().number() - number;
        let dropped = usize::try_from(dropped).unwrap_or(usize::MAX);
        if self.chain.version(number).is_err() {
            return self.reload();
        }
        self.chain
            .truncate_stored(number, disk.stored_state()?)
            .map_err(|error| Error::State(error.to_string()))?;
        self.headers.truncate(self.headers.len().saturating_sub(dropped));
        self.results.truncate(self.results.len().saturating_sub(dropped));
        self.trees = VecDeque::from([disk.tree()?]);
        Ok(())
    }

    fn fork(network: &Network) -> Result<crate::evm::Fork, Error> {
        let version = network.config.version;
        version::fork(version).ok_or_else(|| Error::Argument(format!("unknown version {version}")))
    }
}

/// What the changes change, as it was before: what a state over a store has to remember.
pub(super) fn collect_before(list: &crate::access_list::AccessList) -> StateChanges {
    let mut before = StateChanges::default();
    for access in &list.accounts {
        if access.basic_data.before != access.basic_data.after()
            || access.code_hash.before != access.code_hash.after()
        {
            let leaves = crate::access_list::HeaderLeaves {
                basic_data: access.basic_data.before,
                code_hash: access.code_hash.before,
            };
            before.accounts.insert(access.address, leaves.unpack().unwrap_or_default());
        }
        for slot in access.slots.iter().filter(|slot| slot.value.before != slot.value.after()) {
            before.slots.insert((access.address, slot.slot), slot.value.before.into());
        }
    }
    before
}
