//! Writes, and the new commitments level by level from the leaves up.
//!
//! The same steps serve the whole tree and the part of it that a proof shows: a write needs only
//! the nodes on its path.

use std::ops::Range;
use std::sync::Arc;

use alloy_primitives::B256;
use rayon::prelude::*;

use super::commitment::{
    Pair, SMALL_LIMIT, hash_inners, hash_pairs, hash_stem_nodes, hash_values, scalar_of_hash,
};
use super::keys::{Key, Stem, Value, split};
use super::nodes::{Body, Child, Inner, Node, StemNode, VectorBody};
use super::wire::Commitments;
use crate::curve::fixed_base::{Delta, FixedBase};
use crate::curve::{Point, Scalar};
use crate::lanes::{Backend, backend};

/// Keys whose values are looked up side by side.
const FIND_TOGETHER: usize = 1024;

/// A slot of an inner node whose scalar changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateEntry {
    /// Bytes of the path to the slot, 1 to 31.
    pub length: u8,
    /// Whether a stem is in the slot afterwards; an inner node otherwise.
    pub is_stem: bool,
    /// The stem, or the path to the inner node and zeros.
    pub path: Stem,
    /// The scalar before; zero for a slot of a node that was not there.
    pub before: B256,
    /// The scalar after.
    pub after: B256,
}

impl UpdateEntry {
    /// `u8 length ‖ u8 kind ‖ path 31 ‖ before 32 ‖ after 32`, the kind 1 for a stem.
    pub fn encode(&self) -> [u8; 97] {
        let mut bytes = [0; 97];
        bytes[0] = self.length;
        bytes[1] = u8::from(self.is_stem);
        bytes[2..33].copy_from_slice(&self.path);
        bytes[33..65].copy_from_slice(self.before.as_slice());
        bytes[65..].copy_from_slice(self.after.as_slice());
        bytes
    }
}

/// A tree after its writes, with what changed on the way.
pub(super) struct Updated {
    /// The new state root.
    pub(super) root: B256,
    levels: Vec<Vec<Visit>>,
}

/// An inner node on the path of a write.
struct Visit {
    inner: Arc<Inner>,
    /// The node above, as an index into its level, and the byte that leads here from it.
    parent: usize,
    byte: u8,
    path: Stem,
    /// The written stems below, as a range of all of them.
    stems: Range<usize>,
    /// The changed slots with their scalars before, ascending.
    changed: Vec<(u8, Scalar)>,
    /// The stem that was in the slot before this node, and moves down into it.
    resident: Option<Child>,
}

/// A written stem in its place.
struct StemVisit {
    level: usize,
    parent: usize,
    byte: u8,
    before: Option<Arc<StemNode>>,
    stem: usize,
}

/// The writes to one stem.
struct StemWrites<'a> {
    stem: Stem,
    writes: &'a [(Key, Value)],
}

/// Applies writes in any order to the tree under `top`; of a key written twice the last counts.
///
/// A write of the value that is there, absent counting as zero, is no write. `None` when nothing
/// is written.
pub(super) fn update(
    top: &Arc<Inner>,
    writes: &[(Key, Value)],
    base: &FixedBase,
) -> Option<Updated> {
    let writes = select_writes(top, writes);
    if writes.is_empty() {
        return None;
    }
    let stems: Vec<StemWrites<'_>> = writes
        .chunk_by(|left, right| left.0[..31] == right.0[..31])
        .map(|writes| StemWrites { stem: split(&writes[0].0).0, writes })
        .collect();
    let (mut levels, visits) = descend(top, &stems);
    place_stems(&mut levels, visits, &stems, base);
    let root = ascend(&mut levels, base);
    Some(Updated { root, levels })
}

/// Sorted, the last of each key, and only those that change a value.
fn select_writes(top: &Inner, writes: &[(Key, Value)]) -> Vec<(Key, Value)> {
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
fn find_all<'a>(top: &'a Inner, writes: &[(Key, Value)]) -> Vec<Option<&'a Value>> {
    let mut found = vec![None; writes.len()];
    let mut stems: Vec<(usize, &StemNode)> = Vec::with_capacity(writes.len());
    let mut inners: Vec<(usize, &Inner)> = (0..writes.len()).map(|index| (index, top)).collect();
    let mut depth = 0;
    while !inners.is_empty() {
        inners.retain_mut(|(index, inner)| {
            match inner.children.get(writes[*index].0[depth]).map(|child| &child.node) {
                Some(Node::Inner(below)) => {
                    *inner = below;
                    return true;
                }
                Some(Node::Stem(node)) => stems.push((*index, node)),
                None => {}
                Some(Node::Unloaded(_)) => unreachable!("the path of the key is loaded"),
            }
            false
        });
        depth += 1;
    }
    for (index, node) in stems {
        let (stem, suffix) = split(&writes[index].0);
        found[index] = (node.stem == stem).then(|| node.body.get(suffix)).flatten();
    }
    found
}

/// Finds the inner nodes and stems on the paths of the writes, level by level from the top.
fn descend(top: &Arc<Inner>, stems: &[StemWrites<'_>]) -> (Vec<Vec<Visit>>, Vec<StemVisit>) {
    let mut stem_visits = Vec::new();
    let mut levels = Vec::new();
    let mut level = vec![Visit {
        inner: Arc::clone(top),
        parent: 0,
        byte: 0,
        path: [0; 31],
        stems: 0..stems.len(),
        changed: Vec::new(),
        resident: None,
    }];
    while !level.is_empty() {
        let depth = levels.len();
        let below: Vec<(Vec<Visit>, Vec<StemVisit>)> = level
            .par_iter_mut()
            .enumerate()
            .map(|(index, visit)| visit.descend(depth, index, stems))
            .collect();
        levels.push(level);
        level = Vec::new();
        for (visits, found) in below {
            level.extend(visits);
            stem_visits.extend(found);
        }
    }
    (levels, stem_visits)
}

impl Visit {
    /// Notes the changed slots of this node and returns what is below them.
    fn descend(
        &mut self,
        depth: usize,
        index: usize,
        stems: &[StemWrites<'_>],
    ) -> (Vec<Self>, Vec<StemVisit>) {
        let (mut visits, mut stem_visits) = (Vec::new(), Vec::new());
        let moved = self.settle_resident(depth);
        let mut start = self.stems.start;
        let own = &stems[self.stems.clone()];
        for group in own.chunk_by(|left, right| left.stem[depth] == right.stem[depth]) {
            let byte = group[0].stem[depth];
            let range = start..start + group.len();
            start = range.end;
            let child = self.inner.children.get(byte);
            let before = match child {
                Some(child) if moved != Some(byte) => child.scalar,
                _ => Scalar::ZERO,
            };
            self.changed.push((byte, before));
            let (inner, resident) = match child.map(|child| &child.node) {
                Some(Node::Inner(inner)) => (Arc::clone(inner), None),
                Some(Node::Stem(node)) if group.len() > 1 || node.stem != group[0].stem => {
                    (Arc::default(), child.cloned())
                }
                None if group.len() > 1 => (Arc::default(), None),
                Some(Node::Unloaded(_)) => unreachable!("the paths of the writes are loaded"),
                Some(Node::Stem(_)) | None => {
                    let before = child.and_then(|child| child.node.as_stem().cloned());
                    let stem = range.start;
                    stem_visits.push(StemVisit { level: depth, parent: index, byte, before, stem });
                    continue;
                }
            };
            let mut path = self.path;
            path[depth] = byte;
            let changed = Vec::new();
            visits.push(Self { inner, parent: index, byte, path, stems: range, changed, resident });
        }
        if let Some(byte) = moved
            && self.changed.iter().all(|(changed, _)| *changed != byte)
        {
            self.changed.push((byte, Scalar::ZERO));
            self.changed.sort_unstable_by_key(|(byte, _)| *byte);
        }
        (visits, stem_visits)
    }

    /// Puts the resident into its slot of this new node. Returns the slot's byte.
    fn settle_resident(&mut self, depth: usize) -> Option<u8> {
        let resident = self.resident.take()?;
        let byte = resident.node.as_stem()?.stem[depth];
        Arc::make_mut(&mut self.inner).children.set(byte, resident);
        Some(byte)
    }

    /// What changes in this node's vector.
    fn deltas(&self) -> Vec<Delta> {
        self.changed.iter().map(|(byte, before)| (*byte, self.scalar(*byte) - *before)).collect()
    }

    fn scalar(&self, byte: u8) -> Scalar {
        self.inner.children.get(byte).map(|child| child.scalar).unwrap_or_default()
    }
}

/// Writes the stems into their parents, with the commitments of those that have one.
fn place_stems(
    levels: &mut [Vec<Visit>],
    visits: Vec<StemVisit>,
    stems: &[StemWrites<'_>],
    base: &FixedBase,
) {
    let backend = backend();
    let mut written: Vec<WrittenStem> =
        visits.par_iter().map(|visit| visit.write(backend, &stems[visit.stem])).collect();
    let changes: Vec<(Point, &[Delta])> = written
        .iter()
        .filter_map(|stem| stem.node.body.as_vector().map(|body| (body, &stem.deltas)))
        .map(|(body, deltas)| (body.commitment, &deltas[..]))
        .collect();
    let commitments = base.update(&changes);
    let vectors = written.iter_mut().filter_map(|stem| stem.node.body.as_vector_mut());
    vectors.zip(commitments).for_each(|(body, commitment)| body.commitment = commitment);

    let scalars = hash_stem_nodes(backend, written.iter().map(|stem| &stem.node));
    for ((visit, stem), scalar) in visits.into_iter().zip(written).zip(scalars) {
        let node = Node::Stem(Arc::new(stem.node));
        let parent = &mut levels[visit.level][visit.parent];
        Arc::make_mut(&mut parent.inner).children.set(visit.byte, Child { scalar, node });
    }
}

/// A stem with its new values, its commitment still the one before the deltas.
struct WrittenStem {
    node: StemNode,
    deltas: Vec<Delta>,
}

impl StemVisit {
    fn write(&self, backend: Backend, stem: &StemWrites<'_>) -> WrittenStem {
        // Invariant: a hidden stem is never written, since no key of the proof has it.
        let before = self.before.as_ref().map(|node| &node.body);
        let old_pairs = before.map(Body::pairs).unwrap_or_default();
        let writes = stem.writes.iter().map(|(key, value)| (split(key).1, *value));
        let pairs = merge_pairs(old_pairs, writes.clone());
        let (commitment, deltas) = match before {
            Some(Body::Vector(vector)) => (vector.commitment, vector.deltas(backend, writes)),
            _ if pairs.len() > SMALL_LIMIT => (Point::INFINITY, hash_pairs(backend, &pairs)),
            _ => {
                let body = Body::Small(pairs.into());
                return WrittenStem {
                    node: StemNode { stem: stem.stem, body },
                    deltas: Vec::new(),
                };
            }
        };
        let body = Body::Vector(Box::new(VectorBody { commitment, pairs }));
        WrittenStem { node: StemNode { stem: stem.stem, body }, deltas }
    }
}

impl VectorBody {
    fn deltas(&self, backend: Backend, writes: impl Iterator<Item = Pair> + Clone) -> Vec<Delta> {
        let after: Vec<Value> = writes.clone().map(|(_, value)| value).collect();
        let before: Vec<Option<&Value>> =
            writes.clone().map(|(suffix, _)| self.get(suffix)).collect();
        let values = after.iter().chain(before.iter().copied().flatten());
        let mut scalars = hash_values(backend, values);
        let mut present = scalars.split_off(after.len()).into_iter();
        let before = before.iter().map(|value| value.and_then(|_| present.next()));
        let changes = scalars.into_iter().zip(before);
        writes
            .zip(changes)
            .map(|((suffix, _), (after, before))| (suffix, after - before.unwrap_or_default()))
            .collect()
    }
}

/// The old pairs and the written ones, ascending; a written one replaces the old one.
fn merge_pairs(old: &[Pair], writes: impl Iterator<Item = Pair>) -> Vec<Pair> {
    let mut pairs = old.to_vec();
    for (suffix, value) in writes {
        match pairs.binary_search_by_key(&suffix, |(suffix, _)| *suffix) {
            Ok(position) => pairs[position].1 = value,
            Err(position) => pairs.insert(position, (suffix, value)),
        }
    }
    pairs
}

/// Commits to the changed nodes, the deepest level first. Returns the state root.
fn ascend(levels: &mut [Vec<Visit>], base: &FixedBase) -> B256 {
    let mut root = B256::ZERO;
    for depth in (0..levels.len()).rev() {
        let (above, here) = levels.split_at_mut(depth);
        let level = &mut here[0];
        let deltas: Vec<Vec<Delta>> = level.par_iter().map(Visit::deltas).collect();
        let changes: Vec<(Point, &[Delta])> = level
            .iter()
            .zip(&deltas)
            .map(|(visit, deltas)| (visit.inner.commitment, &deltas[..]))
            .collect();
        let commitments = Commitments::from(base.update(&changes));
        let hashes = hash_inners(backend(), &commitments.bytes);
        for ((visit, commitment), hash) in level.iter_mut().zip(commitments.points).zip(&hashes) {
            Arc::make_mut(&mut visit.inner).commitment = commitment;
            let Some(parents) = above.last_mut() else { continue };
            let node = Node::Inner(Arc::clone(&visit.inner));
            let child = Child { scalar: scalar_of_hash(hash), node };
            let parent = &mut parents[visit.parent].inner;
            Arc::make_mut(parent).children.set(visit.byte, child);
        }
        root = hashes[0];
    }
    root
}

impl Updated {
    /// The new top of the tree.
    pub(super) fn top(&self) -> Arc<Inner> {
        Arc::clone(&self.levels[0][0].inner)
    }

    /// Every changed slot, sorted by the length of its path and then by its path.
    pub(super) fn entries(&self) -> Vec<UpdateEntry> {
        let visits = (1..=u8::MAX)
            .zip(&self.levels)
            .flat_map(|(length, level)| level.iter().map(move |visit| (length, visit)));
        visits.flat_map(|(length, visit)| visit.entries(length)).collect()
    }
}

impl Visit {
    fn entries(&self, length: u8) -> impl Iterator<Item = UpdateEntry> {
        self.changed.iter().filter_map(move |(byte, before)| {
            let child = self.inner.children.get(*byte)?;
            let mut path = self.path;
            path[usize::from(length) - 1] = *byte;
            let stem = child.node.as_stem().map(|node| node.stem);
            Some(UpdateEntry {
                length,
                is_stem: stem.is_some(),
                path: stem.unwrap_or(path),
                before: before.to_bytes().into(),
                after: child.scalar.to_bytes().into(),
            })
        })
    }
}
