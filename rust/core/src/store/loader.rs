//! A state into an empty store, from its leaves in ascending order.

use std::sync::Arc;

use alloy_primitives::{B256, Bytes, keccak256};

use super::state::{Head, StateStore};
use super::{Batch, Store, StoreError, Table};
use crate::curve::fixed_base::TableSize;
use crate::error::Error;
use crate::verkle::keys::split;
use crate::verkle::{Key, RowSink, Stem, TreeBuilder, Value};

/// Fills a store that has no state yet; it has one when [`StateLoader::finish`] is through.
///
/// A store in which a loader did not come to its end is to be thrown away.
pub struct StateLoader {
    store: Arc<dyn Store>,
    builder: TreeBuilder<StoreSink>,
    /// The last stem's leaves, which may not be all of them yet.
    stem: Option<(Stem, Vec<(u8, Value)>)>,
    leaves: u64,
}

struct StoreSink {
    store: Arc<dyn Store>,
    batch: Batch,
}

impl StateLoader {
    /// A loader into an empty store.
    ///
    /// # Errors
    /// If there is anything in it.
    pub fn new(store: Arc<dyn Store>, table_size: TableSize) -> Result<Self, Error> {
        let view = store.view()?;
        for table in Table::ALL {
            if (*view).first_with(table, &[])?.is_some() {
                let why = format!("the store has {} already", table.name());
                return Err(StoreError::Mismatch(why).into());
            }
        }
        let sink = StoreSink { store: Arc::clone(&store), batch: Batch::default() };
        let builder = TreeBuilder::new(sink, table_size);
        Ok(Self { store, builder, stem: None, leaves: 0 })
    }

    /// Adds the next leaf.
    ///
    /// # Errors
    /// If the keys do not ascend, or the store does not write.
    pub fn push(&mut self, key: &Key, value: Value) -> Result<(), Error> {
        let (stem, suffix) = split(key);
        self.leaves += 1;
        match &mut self.stem {
            Some((last, pairs)) if *last == stem => pairs.push((suffix, value)),
            _ => {
                let next = Some((stem, vec![(suffix, value)]));
                if let Some((last, pairs)) = core::mem::replace(&mut self.stem, next) {
                    self.builder.push(last, pairs)?;
                }
            }
        }
        Ok(())
    }

    /// Leaves so far.
    pub const fn leaves(&self) -> u64 {
        self.leaves
    }

    /// Adds codes, a batch of them at a time.
    ///
    /// # Errors
    /// If the store does not write.
    pub fn add_codes<'a>(&self, codes: impl IntoIterator<Item = &'a Bytes>) -> Result<(), Error> {
        let mut batch = Batch::default();
        for code in codes {
            batch.put(Table::Codes, keccak256(code).as_slice(), code.as_ref());
        }
        Ok(self.store.commit(&batch)?)
    }

    /// Ends the state and makes it that of a network after a packet.
    ///
    /// # Errors
    /// If the root is not the expected one, or the store does not write.
    pub fn finish(self, domain: &B256, head: Head, history: u64) -> Result<StateStore, Error> {
        self.finish_with(domain, head, history, None)
    }

    /// As [`StateLoader::finish`], of a new network, whose root is that of the leaves.
    ///
    /// # Errors
    /// If the store does not write.
    pub fn finish_new(
        self,
        domain: &B256,
        number: u64,
        digest: B256,
        history: u64,
    ) -> Result<StateStore, Error> {
        let (root, store) = self.finish_tree()?;
        Ok(StateStore::create(store, domain, Head { number, digest, root }, history, None)?)
    }

    /// As [`StateLoader::finish`], with what a ledger keeps of the packet.
    pub(crate) fn finish_with(
        self,
        domain: &B256,
        head: Head,
        history: u64,
        packet: Option<Vec<u8>>,
    ) -> Result<StateStore, Error> {
        let (root, store) = self.finish_tree()?;
        if root != head.root {
            let why = format!("the leaves have root {root}, expected {}", head.root);
            return Err(StoreError::Mismatch(why).into());
        }
        Ok(StateStore::create(store, domain, head, history, packet)?)
    }

    fn finish_tree(mut self) -> Result<(B256, Arc<dyn Store>), Error> {
        if let Some((last, pairs)) = self.stem.take() {
            self.builder.push(last, pairs)?;
        }
        let (root, _) = self.builder.finish()?;
        Ok((root, self.store))
    }
}

impl RowSink for StoreSink {
    fn put_inner(&mut self, path: &[u8], row: Vec<u8>) -> Result<(), Error> {
        self.batch.put(Table::Nodes, path, row);
        Ok(())
    }

    fn put_stem(&mut self, stem: &Stem, row: Vec<u8>) -> Result<(), Error> {
        self.batch.put(Table::Stems, stem, row);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.store.commit(&core::mem::take(&mut self.batch))?;
        Ok(())
    }
}
