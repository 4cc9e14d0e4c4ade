//! The state of a ledger in a store: its tree, its codes, its head and the way back.

use core::ops::ControlFlow;
use std::sync::Arc;

use alloy_primitives::{B256, Bytes};

use super::past::PastView;
use super::undo::{self, OldRows};
use super::{Batch, Store, StoreError, Table, View};
use crate::curve::fixed_base::TableSize;
use crate::error::Error;
use crate::verkle::{NodeSource, Stem, Tree, TreeChanges};

/// Version of the layout of the rows (docs/decisions/0140).
pub const LAYOUT: u32 = 1;
/// Packets that can be reverted, if nothing else is said.
pub const DEFAULT_HISTORY: u64 = 128;

const LAYOUT_KEY: &[u8] = b"layout";
const HEAD_KEY: &[u8] = b"head";
const HEAD_BYTES: usize = 72;
/// What a packet replaces in them can be put back. Codes only come, under the hash of what they are.
const UNDONE_TABLES: [Table; 2] = [Table::Nodes, Table::Stems];

/// The packet that a state is the result of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of the packet, or of the genesis.
    pub number: u64,
    /// Digest of the packet, or the genesis hash.
    pub digest: B256,
    /// Verkle root after it.
    pub root: B256,
}

/// What a packet writes.
#[derive(Clone, Debug, Default)]
pub struct PacketRows {
    /// Nodes of the tree.
    pub tree: TreeChanges,
    /// New codes with their hashes.
    pub codes: Vec<(B256, Bytes)>,
    /// What the ledger keeps of the packet.
    pub packet: Vec<u8>,
}

/// A state on disk that is always the result of one packet, never something between two.
pub struct StateStore {
    store: Arc<dyn Store>,
    history: u64,
    head: Head,
}

impl StateStore {
    /// Opens the state of a network; `None` when the store has none yet. The last `history` packets
    /// can be reverted.
    ///
    /// # Errors
    /// If the state is of another layout or another network.
    pub fn open(
        store: Arc<dyn Store>,
        domain: &B256,
        history: u64,
    ) -> Result<Option<Self>, StoreError> {
        let Some(found) = Self::domain(&*store)? else { return Ok(None) };
        if found != *domain {
            let why = format!("the store is of network {found}, expected {domain}");
            return Err(StoreError::Mismatch(why));
        }
        let view = store.view()?;
        let head = view.get(Table::Meta, HEAD_KEY)?;
        let head = head.and_then(|bytes| Head::decode(bytes.first_chunk()?));
        let head = head.ok_or_else(|| StoreError::corrupt("no head"))?;
        Ok(Some(Self { store, history, head }))
    }

    /// The network whose state a store has; `None` when it has none.
    ///
    /// # Errors
    /// If the state is of another layout.
    pub fn domain(store: &dyn Store) -> Result<Option<B256>, StoreError> {
        let Some(layout) = store.view()?.get(Table::Meta, LAYOUT_KEY)? else { return Ok(None) };
        let (version, domain) =
            layout.split_first_chunk().ok_or_else(|| StoreError::corrupt("no layout"))?;
        let found = u32::from_be_bytes(*version);
        if found != LAYOUT {
            return Err(StoreError::Layout { found, expected: LAYOUT });
        }
        let domain = B256::try_from(domain).map_err(|_| StoreError::corrupt("no network"))?;
        Ok(Some(domain))
    }

    /// Makes the rows in a store the state of a network, with this head and what a ledger keeps of
    /// its packet.
    pub(super) fn create(
        store: Arc<dyn Store>,
        domain: &B256,
        head: Head,
        history: u64,
        packet: Option<Vec<u8>>,
    ) -> Result<Self, StoreError> {
        if store.view()?.get(Table::Meta, LAYOUT_KEY)?.is_some() {
            return Err(StoreError::Mismatch("the store has a state already".into()));
        }
        let mut batch = Batch::default();
        let layout = [&LAYOUT.to_be_bytes()[..], domain.as_slice()].concat();
        batch.put(Table::Meta, LAYOUT_KEY, layout);
        batch.put(Table::Meta, HEAD_KEY, head.encode());
        if let Some(packet) = packet {
            batch.put(Table::Packets, head.number.to_be_bytes(), packet);
        }
        store.commit(&batch)?;
        Ok(Self { store, history, head })
    }

    /// The last packet.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The rows as the last packet left them.
    pub fn view(&self) -> Result<Arc<dyn View>, StoreError> {
        self.store.view()
    }

    /// The tree after the last packet.
    pub fn tree(&self, table_size: TableSize) -> Result<Tree, Error> {
        Tree::open(self.source()?, self.head.root, table_size)
    }

    /// Where the tree after the last packet finds its nodes.
    pub fn source(&self) -> Result<Arc<dyn NodeSource>, Error> {
        Ok(Arc::new(Rows(self.view()?)))
    }

    /// Makes the tree that was just written the one to go on with: from here on it reads from the
    /// store, and keeps at most `cache_bytes` of what it read.
    ///
    /// # Errors
    /// If it is not the tree after the last packet, or the store does not answer.
    pub fn settle(&self, tree: &mut Tree, cache_bytes: usize) -> Result<(), Error> {
        let (found, expected) = (tree.root(), self.head.root);
        if found != expected {
            let why = format!("the tree has root {found}, the store {expected}");
            return Err(StoreError::Mismatch(why).into());
        }
        tree.set_source(self.source()?);
        tree.trim(cache_bytes);
        Ok(())
    }

    /// The rows after an earlier packet, and its head.
    ///
    /// # Errors
    /// If the way back to it is pruned.
    pub fn past(&self, number: u64) -> Result<(Head, Arc<dyn View>), StoreError> {
        let view = self.view()?;
        let (head, rows) = self.collect_undo(number, &view)?;
        Ok((head, Arc::new(PastView { view, rows })))
    }

    /// The tree after an earlier packet.
    ///
    /// # Errors
    /// If the way back to it is pruned.
    pub fn past_tree(&self, number: u64, table_size: TableSize) -> Result<Tree, Error> {
        let (head, view) = self.past(number)?;
        Tree::open(Arc::new(Rows(view)), head.root, table_size)
    }

    /// The oldest packet that [`StateStore::revert`] reaches.
    pub fn oldest(&self) -> Result<u64, StoreError> {
        let first = (*self.view()?).first_with(Table::Undo, &[])?;
        match first.map(|(key, _)| key.try_into().map(u64::from_be_bytes)) {
            Some(Ok(number)) => Ok(number.saturating_sub(1)),
            Some(Err(_)) => Err(StoreError::corrupt("an undo record has no number")),
            None => Ok(self.head.number),
        }
    }

    /// Writes a packet: everything or nothing, durably.
    ///
    /// # Errors
    /// If it is not the packet after the head. If the device fails, nothing is written.
    pub fn commit(&mut self, head: Head, rows: PacketRows) -> Result<(), StoreError> {
        let Head { number, .. } = self.head;
        if head.number != number + 1 {
            let why = format!("packet {} does not follow {number}", head.number);
            return Err(StoreError::Mismatch(why));
        }
        let before = self.view()?;
        let mut batch = Batch::default();
        for (path, row) in rows.tree.inner {
            batch.put(Table::Nodes, path, row);
        }
        for (stem, row) in rows.tree.stems {
            batch.put(Table::Stems, stem, row);
        }
        let mut undo = self.head.encode().to_vec();
        undo::record(&mut undo, &batch, &UNDONE_TABLES, &*before)?;
        let key = head.number.to_be_bytes();
        batch.put(Table::Undo, key, undo);
        batch.put(Table::Packets, key, rows.packet);
        for (hash, code) in rows.codes {
            batch.put(Table::Codes, hash.as_slice(), code);
        }
        batch.put(Table::Meta, HEAD_KEY, head.encode());
        self.prune(&mut batch, head.number, &*before)?;
        self.store.commit(&batch)?;
        self.head = head;
        Ok(())
    }

    /// Deletes what no revert needs after this packet: the way back to where it ends, and the packets
    /// before that.
    fn prune(&self, batch: &mut Batch, number: u64, view: &dyn View) -> Result<(), StoreError> {
        let end = number.saturating_sub(self.history);
        for (table, first_kept) in [(Table::Undo, end + 1), (Table::Packets, end)] {
            view.scan(table, &[], &mut |key, _| {
                if *key >= first_kept.to_be_bytes()[..] {
                    return ControlFlow::Break(());
                }
                batch.delete(table, key);
                ControlFlow::Continue(())
            })?;
        }
        Ok(())
    }

    /// Goes back to a packet, durably: everything or nothing.
    ///
    /// # Errors
    /// If it is above the head, or the way back to it is pruned.
    pub fn revert(&mut self, number: u64) -> Result<(), StoreError> {
        let view = self.view()?;
        let (head, rows) = self.collect_undo(number, &view)?;
        let mut batch = Batch::default();
        for ((table, key), value) in rows {
            batch.set(table, key, value);
        }
        for dropped in number + 1..=self.head.number {
            batch.delete(Table::Undo, dropped.to_be_bytes());
            batch.delete(Table::Packets, dropped.to_be_bytes());
        }
        batch.put(Table::Meta, HEAD_KEY, head.encode());
        self.store.commit(&batch)?;
        self.head = head;
        Ok(())
    }

    fn collect_undo(
        &self,
        number: u64,
        view: &Arc<dyn View>,
    ) -> Result<(Head, OldRows), StoreError> {
        if number > self.head.number {
            let why = format!("packet {number} is above the head, {}", self.head.number);
            return Err(StoreError::Mismatch(why));
        }
        let (mut head, mut rows) = (self.head, OldRows::new());
        while head.number > number {
            let Some(undo) = view.get(Table::Undo, &head.number.to_be_bytes())? else {
                return Err(StoreError::Pruned { number, oldest: self.oldest()? });
            };
            let (before, entries) = undo
                .split_first_chunk()
                .and_then(|(before, entries)| Some((Head::decode(before)?, entries)))
                .filter(|(before, _)| before.number + 1 == head.number)
                .ok_or_else(|| StoreError::corrupt("an undo record has no head before it"))?;
            undo::collect(entries, &mut rows, &**view)?;
            head = before;
        }
        Ok((head, rows))
    }
}

impl Head {
    /// `u64 number ‖ digest ‖ root`.
    fn encode(&self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        bytes[..8].copy_from_slice(&self.number.to_be_bytes());
        bytes[8..40].copy_from_slice(self.digest.as_slice());
        bytes[40..].copy_from_slice(self.root.as_slice());
        bytes
    }

    fn decode(bytes: &[u8; HEAD_BYTES]) -> Option<Self> {
        let (number, rest) = bytes.split_first_chunk()?;
        let (digest, root) = rest.split_at(32);
        let number = u64::from_be_bytes(*number);
        Some(Self { number, digest: B256::from_slice(digest), root: B256::from_slice(root) })
    }
}

/// The nodes of a tree in the rows of a view.
pub(super) struct Rows(pub(super) Arc<dyn View>);

impl NodeSource for Rows {
    fn inner(&self, path: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.get(Table::Nodes, path)?)
    }

    fn stem(&self, path: &[u8]) -> Result<Option<(Stem, Vec<u8>)>, Error> {
        let Some((key, row)) = self.0.first_with(Table::Stems, path)? else { return Ok(None) };
        let stem = key.try_into().map_err(|_| StoreError::corrupt("a stem of no 31 bytes"))?;
        Ok(Some((stem, row)))
    }
}
