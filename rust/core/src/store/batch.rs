//! Rows to write together.

use std::collections::BTreeMap;

use super::Table;

/// Rows to write and rows to delete, all or none; of a row written twice the last counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    rows: BTreeMap<Table, BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
}

impl Batch {
    /// Writes a row.
    pub fn put(&mut self, table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.set(table, key.into(), Some(value.into()));
    }

    /// Deletes a row, if it is there.
    pub fn delete(&mut self, table: Table, key: impl Into<Vec<u8>>) {
        self.set(table, key.into(), None);
    }

    pub(super) fn set(&mut self, table: Table, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.rows.entry(table).or_default().insert(key, value);
    }

    /// The rows of a table, ascending, `None` for those to delete.
    pub fn rows(&self, table: Table) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        let rows = self.rows.get(&table).into_iter().flatten();
        rows.map(|(key, value)| (key.as_slice(), value.as_deref()))
    }

    /// The tables with rows.
    pub fn tables(&self) -> impl Iterator<Item = Table> {
        self.rows.keys().copied()
    }
}
