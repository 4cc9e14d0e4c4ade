//! Where a node keeps its state: ordered tables of rows, written in atomic, durable batches.
//!
//! ```text
//! state        head, tree and codes; packets forward and back
//! undo, past   what a packet replaced, and the rows as they were before it
//! loader       a whole state, from its sorted leaves
//! read         accounts, slots and codes from the leaves of the tree
//! batch        rows to write together       error      what goes wrong below
//! memory       tables in memory, for tests  disk       tables in one file, by redb
//! checksum     what guards a row on disk
//! ```

mod batch;
mod checksum;
mod disk;
mod error;
mod loader;
mod memory;
mod past;
mod read;
mod state;
mod undo;

use core::ops::ControlFlow;
use std::sync::Arc;

pub use batch::Batch;
pub use disk::{DEFAULT_CACHE_BYTES, RedbStore};
pub use error::StoreError;
pub use loader::StateLoader;
pub use memory::MemoryStore;
pub use read::StoredState;
pub use state::{DEFAULT_HISTORY, Head, LAYOUT, PacketRows, StateStore};

/// What a row is about. Each table is sorted by its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// The layout's version, the network and the head.
    Meta,
    /// Inner nodes of the state tree, by path.
    Nodes,
    /// The values of each stem, by stem.
    Stems,
    /// Codes of contracts, by hash.
    Codes,
    /// What each of the last packets replaced, by number.
    Undo,
    /// What a ledger keeps of each packet, by number.
    Packets,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 6] =
        [Self::Meta, Self::Nodes, Self::Stems, Self::Codes, Self::Undo, Self::Packets];

    /// The table's name on disk.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Nodes => "nodes",
            Self::Stems => "stems",
            Self::Codes => "codes",
            Self::Undo => "undo",
            Self::Packets => "packets",
        }
    }
}

/// Tables of rows that survive a crash: after it they are as some [`Store::commit`] left them.
pub trait Store: Send + Sync {
    /// The rows as they are now; later commits do not change what it shows.
    fn view(&self) -> Result<Arc<dyn View>, StoreError>;

    /// Writes a batch: all of it, durably, or nothing.
    ///
    /// # Errors
    /// After an error the rows are those before, and a later commit may succeed.
    fn commit(&self, batch: &Batch) -> Result<(), StoreError>;
}

/// The rows of a store at one moment.
pub trait View: Send + Sync {
    /// A row's value.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits the rows from a key on, ascending, until the visitor breaks.
    fn scan(&self, table: Table, from: &[u8], visit: Visitor<'_>) -> Result<(), StoreError>;
}

/// Sees a key and a value, and says whether it wants more.
pub type Visitor<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

impl dyn View {
    /// The first row whose key begins with `prefix`.
    pub fn first_with(&self, table: Table, prefix: &[u8]) -> Result<Option<Row>, StoreError> {
        let mut found = None;
        self.scan(table, prefix, &mut |key, value| {
            if key.starts_with(prefix) {
                found = Some((key.to_vec(), value.to_vec()));
            }
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Every row whose key begins with `prefix`, ascending.
    pub fn all_with(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        let mut found = Vec::new();
        self.scan(table, prefix, &mut |key, value| {
            if !key.starts_with(prefix) {
                return ControlFlow::Break(());
            }
            found.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "numbers of tests are small")]
mod history_tests;
#[cfg(test)]
mod tests;
