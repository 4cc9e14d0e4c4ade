//! The way back: what a batch replaces, as one row of its own.
//!
//! ```text
//! undo    the head before 72 ‖ entries
//! entry   u8 table ‖ u16 key length ‖ key ‖ u8 kind ‖ u32 length ‖ bytes
//! kind    0 the row was absent · 1 its bytes · 2 its bytes where they differ, of equal length:
//!         (u32 offset ‖ u32 length ‖ bytes)*
//! ```
//! A write to a leaf changes 32 bytes of the row of each node above it, which has up to 8 KiB.

use std::collections::BTreeMap;

use super::{Batch, StoreError, Table, View};

/// Rows as they were, `None` for those that were absent.
pub(super) type OldRows = BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>;

const ABSENT: u8 = 0;
const WHOLE: u8 = 1;
const PATCH: u8 = 2;

/// A run of equal bytes shorter than this does not end a patch: a run costs 8 bytes.
const PATCH_GAP: usize = 8;

/// Appends what the batch replaces in these tables.
pub(super) fn record(
    undo: &mut Vec<u8>,
    batch: &Batch,
    tables: &[Table],
    before: &dyn View,
) -> Result<(), StoreError> {
    for table in tables {
        for (key, value) in batch.rows(*table) {
            let old = before.get(*table, key)?;
            if old.as_deref() == value {
                continue;
            }
            let (kind, bytes) = match (old, value) {
                (None, _) => (ABSENT, Vec::new()),
                (Some(old), Some(new)) if old.len() == new.len() => (PATCH, difference(&old, new)?),
                (Some(old), _) => (WHOLE, old),
            };
            undo.push(*table as u8);
            undo.extend_from_slice(&length::<2>(key.len())?);
            undo.extend_from_slice(key);
            undo.push(kind);
            undo.extend_from_slice(&length::<4>(bytes.len())?);
            undo.extend_from_slice(&bytes);
        }
    }
    Ok(())
}

/// A length as an integer of so many bytes.
fn length<const N: usize>(length: usize) -> Result<[u8; N], StoreError> {
    let bytes = (length as u64).to_be_bytes();
    let (high, low) = bytes.split_at(8 - N);
    match (high.iter().all(|byte| *byte == 0), low.try_into()) {
        (true, Ok(low)) => Ok(low),
        _ => Err(StoreError::Mismatch(format!("a row of {length} bytes is too long to undo"))),
    }
}

/// The bytes of `old` where they differ from `new`.
fn difference(old: &[u8], new: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut patch = Vec::new();
    let mut start = 0;
    let differs = |at: usize| old[at] != new[at];
    while let Some(first) = (start..old.len()).find(|at| differs(*at)) {
        let mut last = first;
        while let Some(next) =
            (last + 1..old.len().min(last + 1 + PATCH_GAP)).find(|at| differs(*at))
        {
            last = next;
        }
        patch.extend_from_slice(&length::<4>(first)?);
        patch.extend_from_slice(&length::<4>(last + 1 - first)?);
        patch.extend_from_slice(&old[first..=last]);
        start = last + 1;
    }
    Ok(patch)
}

/// Puts the rows of an undo entry list into `rows`, which holds those of later ones; `view` has the
/// rest.
pub(super) fn collect(
    mut undo: &[u8],
    rows: &mut OldRows,
    view: &dyn View,
) -> Result<(), StoreError> {
    while !undo.is_empty() {
        let (entry, rest) = Entry::decode(undo).ok_or_else(malformed)?;
        let place = (entry.table, entry.key.to_vec());
        let old = match entry.kind {
            ABSENT if entry.bytes.is_empty() => None,
            WHOLE => Some(entry.bytes.to_vec()),
            PATCH => {
                let known = match rows.get(&place) {
                    Some(known) => known.clone(),
                    None => view.get(entry.table, entry.key)?,
                };
                Some(patched(known.ok_or_else(malformed)?, entry.bytes).ok_or_else(malformed)?)
            }
            _ => return Err(malformed()),
        };
        rows.insert(place, old);
        undo = rest;
    }
    Ok(())
}

fn malformed() -> StoreError {
    StoreError::corrupt("an undo record does not fit the rows")
}

struct Entry<'a> {
    table: Table,
    key: &'a [u8],
    kind: u8,
    bytes: &'a [u8],
}

impl<'a> Entry<'a> {
    fn decode(undo: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (table, rest) = undo.split_first()?;
        let table = *Table::ALL.get(usize::from(*table))?;
        let (length, rest) = rest.split_first_chunk()?;
        let (key, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        let (kind, rest) = rest.split_first()?;
        let (bytes, rest) = take_run(rest)?;
        Some((Self { table, key, kind: *kind, bytes }, rest))
    }
}

/// Bytes behind their length.
fn take_run(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

fn patched(mut row: Vec<u8>, mut patch: &[u8]) -> Option<Vec<u8>> {
    while !patch.is_empty() {
        let (offset, rest) = patch.split_first_chunk()?;
        let (bytes, rest) = take_run(rest)?;
        let offset = usize::try_from(u32::from_be_bytes(*offset)).ok()?;
        row.get_mut(offset..offset.checked_add(bytes.len())?)?.copy_from_slice(bytes);
        patch = rest;
    }
    Some(row)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::store::{MemoryStore, Store as _};

    proptest! {
        #[test]
        fn test_a_patch_is_the_way_back(
            old in vec(0..3_u8, 0..200), changes in vec((any::<prop::sample::Index>(), 0..3_u8), 0..9),
        ) {
            let mut new = old.clone();
            for (index, byte) in changes {
                if let Some(place) = (!new.is_empty()).then(|| index.index(new.len())) {
                    new[place] = byte;
                }
            }
            let patch = difference(&old, &new).expect("short rows");
            prop_assert_eq!(patch.is_empty(), old == new);
            prop_assert_eq!(patched(new, &patch), Some(old));
        }

        #[test]
        fn test_any_bytes_are_undone_or_refused(bytes in vec(any::<u8>(), 0..64)) {
            let view = MemoryStore::new().view().expect("a view");
            let _ = collect(&bytes, &mut OldRows::new(), &*view);
        }
    }
}
