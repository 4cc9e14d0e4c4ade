//! Tables in one file, by redb: a B-tree of pages that are never overwritten, two commit slots.
//!
//! Every commit is durable when it returns, and leaves the allocator's state with it: opening after
//! a crash reads two pages instead of the whole file.

use core::fmt;
use core::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use redb::{
    Builder, CommitError, Database, DatabaseError, ReadOnlyTable, ReadableDatabase, StorageBackend,
    StorageError, TableDefinition, TableError, TransactionError,
};

use super::{Batch, Store, StoreError, Table, View, Visitor, checksum};

type Bytes = &'static [u8];

/// Bytes of pages that an open file keeps in memory, if nothing else is said.
pub const DEFAULT_CACHE_BYTES: usize = 128 << 20;

/// A store in one file.
///
/// After an error of a commit the file is as before, and has to be opened again: what the device
/// holds of the failed writes is unknown.
pub struct RedbStore {
    database: Database,
}

impl RedbStore {
    /// Opens a file, or makes it; `cache_bytes` of its pages stay in memory.
    ///
    /// # Errors
    /// If another process has it open, if it is no such file, or if the device fails.
    pub fn open(path: &Path, cache_bytes: usize) -> Result<Self, StoreError> {
        Self::make(|| Builder::new().set_cache_size(cache_bytes).create(path))
    }

    /// As [`RedbStore::open`], on a device of the caller's, such as one that fails on purpose.
    ///
    /// # Errors
    /// As [`RedbStore::open`].
    pub fn open_on(device: impl StorageBackend, cache_bytes: usize) -> Result<Self, StoreError> {
        Self::make(|| Builder::new().set_cache_size(cache_bytes).create_with_backend(device))
    }

    fn make(open: impl FnOnce() -> Result<Database, DatabaseError>) -> Result<Self, StoreError> {
        guard(|| {
            let store = Self { database: open()? };
            let tables = store.database.begin_read()?.list_tables()?.count();
            if tables < Table::ALL.len() {
                // So that a view finds every table.
                store.write(&Batch::default())?;
            }
            Ok(store)
        })
    }

    fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_quick_repair(true);
        for table in Table::ALL {
            let mut rows = transaction.open_table(definition(table))?;
            for (key, value) in batch.rows(table) {
                match value {
                    Some(value) => rows.insert(key, &*checksum::seal(key, value))?,
                    None => rows.remove(key)?,
                };
            }
        }
        Ok(transaction.commit()?)
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore").finish_non_exhaustive()
    }
}

impl Store for RedbStore {
    fn view(&self) -> Result<Arc<dyn View>, StoreError> {
        guard(|| {
            let transaction = self.database.begin_read()?;
            let open = |table| transaction.open_table(definition(table));
            let tables = Table::ALL.map(open).into_iter().collect::<Result<Vec<_>, _>>()?;
            Ok(Arc::new(RedbView { tables }) as Arc<dyn View>)
        })
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        guard(|| self.write(batch))
    }
}

/// The rows at one moment; the file keeps their pages as long as this lives.
struct RedbView {
    tables: Vec<ReadOnlyTable<Bytes, Bytes>>,
}

impl RedbView {
    fn table(&self, table: Table) -> &ReadOnlyTable<Bytes, Bytes> {
        &self.tables[table as usize]
    }
}

impl View for RedbView {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        guard(|| {
            let found = self.table(table).get(key)?;
            found.map(|sealed| Ok(checksum::open(key, sealed.value())?.to_vec())).transpose()
        })
    }

    fn scan(&self, table: Table, from: &[u8], visit: Visitor<'_>) -> Result<(), StoreError> {
        guard(|| {
            for row in self.table(table).range(from..)? {
                let (key, sealed) = row?;
                let flow = visit(key.value(), checksum::open(key.value(), sealed.value())?);
                if flow == ControlFlow::Break(()) {
                    break;
                }
            }
            Ok(())
        })
    }
}

const fn definition(table: Table) -> TableDefinition<'static, Bytes, Bytes> {
    TableDefinition::new(table.name())
}

/// A file that somebody changed can make redb panic: that is an error as any other.
fn guard<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(StoreError::corrupt("its pages contradict each other")))
}

impl From<StorageError> for StoreError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Io(error) => error.into(),
            StorageError::Corrupted(why) => Self::Corrupt(why),
            error => Self::Io(error.to_string()),
        }
    }
}

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::DatabaseAlreadyOpen => Self::InUse,
            DatabaseError::Storage(error) => error.into(),
            error => Self::Corrupt(error.to_string()),
        }
    }
}

impl From<TransactionError> for StoreError {
    fn from(error: TransactionError) -> Self {
        match error {
            TransactionError::Storage(error) => error.into(),
            error => Self::Io(error.to_string()),
        }
    }
}

impl From<TableError> for StoreError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Storage(error) => error.into(),
            error => Self::Corrupt(error.to_string()),
        }
    }
}

impl From<CommitError> for StoreError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Storage(error) => error.into(),
            error => Self::Io(error.to_string()),
        }
    }
}
