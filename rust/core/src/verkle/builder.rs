//! A whole tree from its stems in ascending order, bottom-up, without holding it in memory.
//!
//! A node is closed when the stems have passed it. Closed nodes wait for each other, so that their
//! commitments are computed many at a time, the deepest level first.

use alloy_primitives::B256;
use rayon::prelude::*;

use super::commitment::{
    Pair, SMALL_LIMIT, hash_inners, hash_pairs, hash_stem_nodes, scalar_of_hash,
};
use super::keys::Stem;
use super::nodes::{Body, Kind, StemNode};
use super::rows::{encode_pairs, push_child, start_inner};
use super::wire::Commitments;
use crate::curve::fixed_base::{Delta, FixedBase, TableSize};
use crate::curve::{Point, Scalar};
use crate::error::Error;
use crate::lanes::backend;

/// Stems that wait at most before the commitments are computed.
const BATCH_STEMS: usize = 1 << 16;

/// Takes the rows of a tree that is being built.
pub trait RowSink {
    /// An inner node at its path.
    fn put_inner(&mut self, path: &[u8], row: Vec<u8>) -> Result<(), Error>;

    /// The values of a stem; stems come ascending.
    fn put_stem(&mut self, stem: &Stem, row: Vec<u8>) -> Result<(), Error>;

    /// Every so many stems, when what came before may be written.
    fn flush(&mut self) -> Result<(), Error>;
}

/// Builds a tree from ascending stems and hands its rows to a sink.
///
/// Memory: a batch of stems and what is open above them.
pub struct TreeBuilder<S> {
    sink: S,
    base: &'static FixedBase,
    /// The node at each depth on the path to the last stem.
    open: Vec<Children>,
    /// The last stem waits for the next one: together they decide how deep it is.
    last: Option<(Stem, usize)>,
    stems: Vec<(Stem, Vec<Pair>)>,
    closed: Vec<Closed>,
}

type Children = Vec<(u8, Kind, Slot)>;

/// The scalar of a child, or who it waits for.
#[derive(Clone, Copy)]
enum Slot {
    Known(Scalar),
    Stem(usize),
    Inner(usize),
}

/// A node whose children are all there.
struct Closed {
    path: Stem,
    depth: usize,
    children: Children,
}

impl<S: RowSink> TreeBuilder<S> {
    /// A builder of a tree without stems yet.
    pub fn new(sink: S, table_size: TableSize) -> Self {
        Self {
            sink,
            base: FixedBase::get(table_size),
            open: vec![Children::new()],
            last: None,
            stems: Vec::new(),
            closed: Vec::new(),
        }
    }

    /// Adds the next stem with its values by suffix.
    ///
    /// # Errors
    /// If the stems or the suffixes do not ascend, if there is no value, or if the sink fails.
    pub fn push(&mut self, stem: Stem, pairs: Vec<Pair>) -> Result<(), Error> {
        if pairs.is_empty() || !pairs.is_sorted_by(|(left, _), (right, _)| left < right) {
            let stem = hex::encode(stem);
            return Err(Error::Argument(format!("suffixes of stem {stem} do not ascend")));
        }
        if let Some((last, shared)) = self.last {
            let shared_next = last.iter().zip(&stem).take_while(|(left, right)| left == right);
            let shared_next = shared_next.count();
            if last >= stem {
                let (last, stem) = (hex::encode(last), hex::encode(stem));
                return Err(Error::Argument(format!("stem {stem} does not come after {last}")));
            }
            self.place(&last, shared.max(shared_next));
            self.close(&last, shared_next);
            self.last = Some((stem, shared_next));
        } else {
            self.last = Some((stem, 0));
        }
        if self.stems.len() >= BATCH_STEMS {
            self.compute()?;
        }
        self.stems.push((stem, pairs));
        Ok(())
    }

    /// Ends the tree and returns its root with the sink, which has every row.
    ///
    /// # Errors
    /// If the sink fails.
    pub fn finish(mut self) -> Result<(B256, S), Error> {
        if let Some((last, shared)) = self.last.take() {
            self.place(&last, shared);
            self.close(&last, 0);
        }
        let children = core::mem::take(&mut self.open[0]);
        self.closed.push(Closed { path: [0; 31], depth: 0, children });
        let root = self.compute()?;
        Ok((root, self.sink))
    }

    /// Puts the last stem into the node at a depth on its path.
    fn place(&mut self, stem: &Stem, depth: usize) {
        while self.open.len() <= depth {
            self.open.push(Children::new());
        }
        let slot = Slot::Stem(self.stems.len() - 1);
        self.open[depth].push((stem[depth], Kind::Stem, slot));
    }

    /// Closes the nodes on the path to a stem that are below a depth.
    fn close(&mut self, stem: &Stem, depth: usize) {
        while self.open.len() > depth + 1 {
            let Some(children) = self.open.pop() else { return };
            let depth = self.open.len();
            let mut path = [0; 31];
            path[..depth].copy_from_slice(&stem[..depth]);
            let slot = Slot::Inner(self.closed.len());
            self.closed.push(Closed { path, depth, children });
            self.open[depth - 1].push((stem[depth - 1], Kind::Inner, slot));
        }
    }

    /// Computes everything that waits, and returns the hash of the last node of the top level.
    fn compute(&mut self) -> Result<B256, Error> {
        let stem_scalars = self.compute_stems()?;
        let mut scalars = vec![Scalar::ZERO; self.closed.len()];
        let mut hash = B256::ZERO;
        let mut order: Vec<usize> = (0..self.closed.len()).collect();
        order.sort_by_key(|index| core::cmp::Reverse(self.closed[*index].depth));
        for level in order.chunk_by(|a, b| self.closed[*a].depth == self.closed[*b].depth) {
            let resolve = |slot: &Slot| match *slot {
                Slot::Known(scalar) => scalar,
                Slot::Stem(index) => stem_scalars[index],
                Slot::Inner(index) => scalars[index],
            };
            let deltas: Vec<Vec<Delta>> = level
                .par_iter()
                .map(|index| {
                    let children = &self.closed[*index].children;
                    children.iter().map(|(byte, _, slot)| (*byte, resolve(slot))).collect()
                })
                .collect();
            let changes: Vec<(Point, &[Delta])> =
                deltas.iter().map(|deltas| (Point::INFINITY, &deltas[..])).collect();
            let commitments = Commitments::from(self.base.update(&changes));
            let hashes = hash_inners(backend(), &commitments.bytes);
            let points = commitments.points.iter();
            for ((index, commitment), deltas) in level.iter().zip(points).zip(&deltas) {
                let Closed { path, depth, children } = &self.closed[*index];
                let mut row = start_inner(commitment, children.len());
                for ((byte, kind, _), (_, scalar)) in children.iter().zip(deltas) {
                    push_child(&mut row, *byte, *kind, *scalar);
                }
                self.sink.put_inner(&path[..*depth], row)?;
            }
            for (index, found) in level.iter().zip(hashes) {
                scalars[*index] = scalar_of_hash(&found);
                hash = found;
            }
        }
        for slot in self.open.iter_mut().flatten().map(|(_, _, slot)| slot) {
            *slot = match *slot {
                Slot::Known(scalar) => Slot::Known(scalar),
                Slot::Stem(index) => Slot::Known(stem_scalars[index]),
                Slot::Inner(index) => Slot::Known(scalars[index]),
            };
        }
        self.closed.clear();
        self.sink.flush()?;
        Ok(hash)
    }

    fn compute_stems(&mut self) -> Result<Vec<Scalar>, Error> {
        let stems = core::mem::take(&mut self.stems);
        let backend = backend();
        let deltas: Vec<Vec<Delta>> = stems
            .par_iter()
            .filter(|(_, pairs)| pairs.len() > SMALL_LIMIT)
            .map(|(_, pairs)| hash_pairs(backend, pairs))
            .collect();
        let changes: Vec<(Point, &[Delta])> =
            deltas.iter().map(|deltas| (Point::INFINITY, &deltas[..])).collect();
        let mut commitments = self.base.update(&changes).into_iter();
        let mut make_body = |pairs: Vec<Pair>| match pairs.len() {
            0..=SMALL_LIMIT => Body::small(&pairs),
            _ => Body::vector(commitments.next().unwrap_or_default(), pairs),
        };
        let nodes: Vec<StemNode> = stems
            .into_iter()
            .map(|(stem, pairs)| StemNode { stem, body: make_body(pairs) })
            .collect();
        let scalars = hash_stem_nodes(backend, nodes.iter());
        for StemNode { stem, body } in &nodes {
            let point = body.as_vector().map(|vector| &vector.commitment);
            self.sink.put_stem(stem, encode_pairs(point, body.pairs()))?;
        }
        Ok(scalars)
    }
}
