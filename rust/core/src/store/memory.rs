//! Tables in memory, for tests and short-lived networks.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use super::{Batch, Store, StoreError, Table, View, Visitor};

type Tables = HashMap<Table, BTreeMap<Vec<u8>, Vec<u8>>>;

/// A store that ends with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: RwLock<Arc<Tables>>,
}

impl MemoryStore {
    /// A store without rows.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemoryStore {
    fn view(&self) -> Result<Arc<dyn View>, StoreError> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::new(MemoryView(Arc::clone(&tables))))
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        let tables = Arc::make_mut(&mut tables);
        for table in batch.tables() {
            let rows = tables.entry(table).or_default();
            for (key, value) in batch.rows(table) {
                match value {
                    Some(value) => rows.insert(key.to_vec(), value.to_vec()),
                    None => rows.remove(key),
                };
            }
        }
        Ok(())
    }
}

struct MemoryView(Arc<Tables>);

impl View for MemoryView {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(&table).and_then(|rows| rows.get(key)).cloned())
    }

    fn scan(&self, table: Table, from: &[u8], visit: Visitor<'_>) -> Result<(), StoreError> {
        let rows = self.0.get(&table).into_iter().flat_map(|rows| rows.range(from.to_vec()..));
        for (key, value) in rows {
            if visit(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }
}
