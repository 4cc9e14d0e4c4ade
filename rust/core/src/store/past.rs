//! The rows as they were some packets ago.

use core::ops::{Bound, ControlFlow};
use std::sync::Arc;

use super::undo::OldRows;
use super::{StoreError, Table, View, Visitor};

/// A view with older rows in front of it.
pub(super) struct PastView {
    pub(super) view: Arc<dyn View>,
    pub(super) rows: OldRows,
}

impl View for PastView {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.rows.get(&(table, key.to_vec())) {
            Some(old) => Ok(old.clone()),
            None => self.view.get(table, key),
        }
    }

    fn scan(&self, table: Table, from: &[u8], visit: Visitor<'_>) -> Result<(), StoreError> {
        let from_here = (Bound::Included((table, from.to_vec())), Bound::Unbounded);
        let old = self.rows.range(from_here).take_while(|((found, _), _)| *found == table);
        let mut old = old.map(|((_, key), value)| (key, value)).peekable();
        let mut is_done = false;
        self.view.scan(table, from, &mut |key, value| {
            let mut is_old = false;
            while let Some((old_key, old_value)) = old.next_if(|(old, _)| old.as_slice() <= key) {
                is_old = old_key == key;
                let flow = old_value.as_ref().map(|old_value| visit(old_key, old_value));
                if flow == Some(ControlFlow::Break(())) {
                    is_done = true;
                    return ControlFlow::Break(());
                }
            }
            let flow = if is_old { ControlFlow::Continue(()) } else { visit(key, value) };
            is_done = flow.is_break();
            flow
        })?;
        if !is_done {
            for (key, value) in old {
                if value.as_ref().is_some_and(|value| visit(key, value).is_break()) {
                    break;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, vec};
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::store::{Batch, MemoryStore, Store as _};

    fn key() -> impl Strategy<Value = Vec<u8>> {
        vec(0..3_u8, 0..3)
    }

    proptest! {
        #[test]
        fn test_scans_see_the_old_rows_in_their_places(
            now in btree_map(key(), 0..9_u8, 0..9),
            old in btree_map(key(), option::of(10..19_u8), 0..9),
            from in key(), most in 0..6_usize,
        ) {
            let (store, mut batch) = (MemoryStore::new(), Batch::default());
            now.iter().for_each(|(key, value)| batch.put(Table::Stems, key.clone(), [*value]));
            store.commit(&batch).expect("in memory");
            let rows = old.iter().map(|(key, value)| {
                ((Table::Stems, key.clone()), value.map(|value| vec![value]))
            });
            let view = store.view().expect("a view");
            let past = PastView { view, rows: rows.collect() };

            let mut expected = now;
            for (key, value) in &old {
                match value {
                    Some(value) => expected.insert(key.clone(), *value),
                    None => expected.remove(key),
                };
            }
            let expected: Vec<_> =
                expected.range(from.clone()..).map(|(key, value)| (key.clone(), vec![*value])).collect();
            let mut found = Vec::new();
            past.scan(Table::Stems, &from, &mut |key, value| {
                found.push((key.to_vec(), value.to_vec()));
                if found.len() > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            }).expect("in memory");
            prop_assert_eq!(&found[..], &expected[..expected.len().min(most + 1)]);
            for (key, value) in expected {
                prop_assert_eq!(past.get(Table::Stems, &key), Ok(Some(value)));
            }
        }
    }
}
