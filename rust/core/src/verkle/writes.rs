//! Those of a list of writes that change something, by stem.

use std::sync::Arc;

use rayon::prelude::*;

use super::keys::{Key, Stem, Value, split};
use super::nodes::{Inner, NodeRef, StemNode};

/// Keys whose values are looked up side by side.
const FIND_TOGETHER: usize = 1024;

/// The writes to one stem.
pub(super) struct StemWrites<'a> {
    pub(super) stem: Stem,
    pub(super) writes: &'a [(Key, Value)],
}

/// Ascending writes by the stem of their keys.
pub(super) fn group_by_stem(writes: &[(Key, Value)]) -> Vec<StemWrites<'_>> {
    writes
        .chunk_by(|left, right| left.0[..31] == right.0[..31])
        .map(|writes| StemWrites { stem: split(&writes[0].0).0, writes })
        .collect()
}

/// Sorted, the last of each key, and only those that change a value.
pub(super) fn select_writes(top: &Arc<Inner>, writes: &[(Key, Value)]) -> Vec<(Key, Value)> {
    let mut writes = writes.to_vec();
    if !writes.is_sorted_by_key(|(key, _)| *key) {
        writes.par_sort_by_key(|(key, _)| *key);
    }
    let next_keys = writes.iter().skip(1).map(|(key, _)| Some(key)).chain([None]);
    let is_last: Vec<bool> =
        writes.iter().zip(next_keys).map(|((key, _), next)| next != Some(key)).collect();
    let changes: Vec<bool> = writes
        .par_chunks(FIND_TOGETHER)
        .flat_map_iter(|writes| {
            let before = find_all(top, writes).into_iter();
            before
                .zip(writes)
                .map(|(before, (_, after))| before.copied().unwrap_or_default() != *after)
        })
        .collect();
    let mut selected = is_last.into_iter().zip(changes).map(|(last, changes)| last && changes);
    writes.retain(|_| selected.next().unwrap_or_default());
    writes
}

/// The values before writes to ascending keys.
///
/// All keys go down one level before any goes down the next, so that their reads of memory overlap.
fn find_all<'a>(top: &'a Arc<Inner>, writes: &[(Key, Value)]) -> Vec<Option<&'a Value>> {
    let mut found = vec![None; writes.len()];
    let mut stems: Vec<(usize, &StemNode)> = Vec::with_capacity(writes.len());
    let mut inners: Vec<(usize, &Arc<Inner>)> =
        (0..writes.len()).map(|index| (index, top)).collect();
    let mut depth = 0;
    while !inners.is_empty() {
        // Reads that do not wait for each other, ahead of those that would.
        let warm = |(index, inner): &(usize, &Arc<Inner>)| {
            Arc::strong_count(inner) ^ inner.children.warm(writes[*index].0[depth])
        };
        core::hint::black_box(inners.iter().map(warm).fold(0, usize::wrapping_add));
        inners.retain_mut(|(index, inner)| {
            match inner.children.get_node(writes[*index].0[depth]) {
                Some(NodeRef::Inner(below)) => {
                    *inner = below;
                    return true;
                }
                Some(NodeRef::Stem(node)) => stems.push((*index, node)),
                None => {}
                Some(NodeRef::Unloaded(_)) => unreachable!("the path of the key is loaded"),
            }
            false
        });
        depth += 1;
    }
    let firsts = stems.iter().map(|(_, node)| usize::from(node.stem[0]));
    core::hint::black_box(firsts.fold(0, usize::wrapping_add));
    for (index, node) in stems {
        let (stem, suffix) = split(&writes[index].0);
        found[index] = (node.stem == stem).then(|| node.body.get(suffix)).flatten();
    }
    found
}
