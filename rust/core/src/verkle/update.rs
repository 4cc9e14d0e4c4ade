//! Writes, and the new commitments level by level from the leaves up.
//!
//! The same steps serve the whole tree and the part of it that a proof shows: a write needs only
//! the nodes on its path.

use std::ops::Range;
use std::sync::Arc;

use alloy_primitives::B256;
use rayon::prelude::*;

use super::children::{Change, Children};
use super::commitment::{
    Pair, SMALL_LIMIT, hash_inners, hash_pairs, hash_stem_nodes, hash_values, scalar_of_hash,
};
use super::keys::{Key, Stem, Value, split};
use super::nodes::{Body, Child, Inner, Node, NodeRef, StemNode, VectorBody};
use super::wire::Commitments;
use super::writes::{StemWrites, group_by_stem, select_writes};
use crate::curve::fixed_base::{Delta, FixedBase};
use crate::curve::{Point, Scalar};
use crate::lanes::{Backend, backend};

/// Nodes of a level that one thread takes up at once.
const VISITS_TOGETHER: usize = 64;

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

/// An inner node on the path of a write: as it was, until its level is committed to.
struct Visit {
    inner: Arc<Inner>,
    /// The node above, as an index into its level, and the byte that leads here from it.
    parent: usize,
    byte: u8,
    path: Stem,
    /// The written stems below, as a range of all of them.
    stems: Range<usize>,
    /// The changed slots, ascending.
    changes: Vec<Change>,
    /// The stem that was in the slot before this node, and moves down into it.
    resident: Option<Box<Child>>,
}

/// A written stem in its place.
struct StemVisit {
    level: usize,
    parent: usize,
    byte: u8,
    before: Option<StemNode>,
    stem: usize,
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
    let stems = group_by_stem(&writes);
    if stems.is_empty() {
        return None;
    }
    let (mut levels, visits) = descend(top, &stems);
    place_stems(&mut levels, visits, &stems, base);
    let root = ascend(&mut levels, base);
    Some(Updated { root, levels })
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
        changes: Vec::new(),
        resident: None,
    }];
    while !level.is_empty() {
        let depth = levels.len();
        let below: Vec<Below> = level
            .par_chunks_mut(VISITS_TOGETHER)
            .enumerate()
            .map(|(chunk, visits)| {
                let mut below = Below::default();
                let first = chunk * VISITS_TOGETHER;
                for (index, visit) in visits.iter_mut().enumerate() {
                    visit.descend(depth, first + index, stems, &mut below);
                }
                below
            })
            .collect();
        levels.push(level);
        level = Vec::with_capacity(below.iter().map(|below| below.visits.len()).sum());
        for Below { visits, stems } in below {
            level.extend(visits);
            stem_visits.extend(stems);
        }
    }
    (levels, stem_visits)
}

/// What is one level below some nodes.
#[derive(Default)]
struct Below {
    visits: Vec<Visit>,
    stems: Vec<StemVisit>,
}

impl Visit {
    /// Notes the changed slots of this node and what is below them.
    fn descend(
        &mut self,
        depth: usize,
        parent: usize,
        stems: &[StemWrites<'_>],
        below: &mut Below,
    ) {
        let moved = self.settle_resident(depth);
        let mut start = self.stems.start;
        let own = &stems[self.stems.clone()];
        let groups = || own.chunk_by(|left, right| left.stem[depth] == right.stem[depth]);
        self.changes.reserve_exact(groups().count() + usize::from(moved.is_some()));
        for group in groups() {
            let byte = group[0].stem[depth];
            let range = start..start + group.len();
            start = range.end;
            let child = self.inner.children.get(byte);
            let before = match child {
                Some(child) if moved != Some(byte) => child.scalar,
                _ => Scalar::ZERO,
            };
            self.changes.push(Change { byte, before, after: None });
            let (inner, resident) = match child.map(|child| child.node) {
                Some(NodeRef::Inner(inner)) => (Arc::clone(inner), None),
                Some(NodeRef::Stem(node)) if group.len() > 1 || node.stem != group[0].stem => {
                    (Arc::default(), child.map(|child| Box::new(child.cloned())))
                }
                None if group.len() > 1 => (Arc::default(), None),
                Some(NodeRef::Unloaded(_)) => unreachable!("the paths of the writes are loaded"),
                Some(NodeRef::Stem(_)) | None => {
                    let before = child.and_then(|child| child.node.as_stem().cloned());
                    let stem = range.start;
                    below.stems.push(StemVisit { level: depth, parent, byte, before, stem });
                    continue;
                }
            };
            let mut path = self.path;
            path[depth] = byte;
            let changes = Vec::new();
            below.visits.push(Self { inner, parent, byte, path, stems: range, changes, resident });
        }
        if let Some(byte) = moved
            && let Err(place) = self.changes.binary_search_by_key(&byte, |change| change.byte)
        {
            self.changes.insert(place, Change { byte, before: Scalar::ZERO, after: None });
        }
    }

    /// Puts the resident into its slot of this new node. Returns the slot's byte.
    fn settle_resident(&mut self, depth: usize) -> Option<u8> {
        let resident = self.resident.take()?;
        let Node::Stem(StemNode { stem, .. }) = &resident.node else { return None };
        let byte = stem[depth];
        let children = Children::from_ascending(core::iter::once((byte, *resident)));
        self.inner = Arc::new(Inner { children, ..Inner::default() });
        Some(byte)
    }

    /// Puts what a slot holds after the writes.
    fn put(&mut self, byte: u8, child: Child) {
        if let Ok(place) = self.changes.binary_search_by_key(&byte, |change| change.byte) {
            self.changes[place].after = Some(child);
        }
    }

    /// What changes in this node's vector.
    fn deltas(&self) -> impl Iterator<Item = Delta> {
        self.changes.iter().map(|Change { byte, before, after }| {
            let after = match after {
                Some(child) => child.scalar,
                None => self.inner.children.scalar(*byte),
            };
            (*byte, after - *before)
        })
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
        let child = Child { scalar, node: Node::Stem(stem.node) };
        levels[visit.level][visit.parent].put(visit.byte, child);
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
                let node = StemNode { stem: stem.stem, body: Body::small(&pairs) };
                return WrittenStem { node, deltas: Vec::new() };
            }
        };
        let body = Body::vector(commitment, pairs);
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
        let deltas: Vec<Delta> = level.iter().flat_map(Visit::deltas).collect();
        let mut rest = &deltas[..];
        let changes: Vec<(Point, &[Delta])> = level
            .iter()
            .map(|visit| {
                let (own, others) = rest.split_at(visit.changes.len());
                rest = others;
                (visit.inner.commitment, own)
            })
            .collect();
        let commitments = Commitments::from(base.update(&changes));
        let hashes = hash_inners(backend(), &commitments.bytes);
        let renew = |(visits, commitments): (&mut [Visit], &[Point])| {
            let warm = |visit: &Visit| visit.inner.children.warm(visit.changes[0].byte);
            core::hint::black_box(visits.iter().map(warm).fold(0, usize::wrapping_add));
            for (visit, commitment) in visits.iter_mut().zip(commitments) {
                let children = visit.inner.children.with(&mut visit.changes);
                visit.inner = Arc::new(Inner { commitment: *commitment, children });
            }
        };
        let commitments = commitments.points.par_chunks(VISITS_TOGETHER);
        level.par_chunks_mut(VISITS_TOGETHER).zip(commitments).for_each(renew);
        if let Some(parents) = above.last_mut() {
            for (visit, hash) in level.iter().zip(&hashes) {
                let node = Node::Inner(Arc::clone(&visit.inner));
                let child = Child { scalar: scalar_of_hash(hash), node };
                parents[visit.parent].put(visit.byte, child);
            }
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
        self.changes.iter().filter_map(move |Change { byte, before, .. }| {
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
