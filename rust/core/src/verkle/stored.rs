//! A tree whose nodes are in a store: paths come into memory when they are needed and leave it when
//! they were not needed for long.
//!
//! Whatever is loaded is checked against the scalar that its parent holds, so a tree never works on
//! a node of another version.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::commitment::{hash_inner, hash_stem_node, scalar_of_hash};
use super::keys::{Key, Stem};
use super::nodes::{Body, Child, Inner, Kind, Node, StemNode};
use super::rows::{decode_body, decode_inner};
use crate::curve::Scalar;
use crate::error::Error;
use crate::store::StoreError;

/// Where a tree finds the nodes that are not in memory: the rows of one version.
pub trait NodeSource: Send + Sync {
    /// The row of the inner node at a path.
    fn inner(&self, path: &[u8]) -> Result<Option<Vec<u8>>, Error>;

    /// The first stem that begins with a path, and its row.
    fn stem(&self, path: &[u8]) -> Result<Option<(Stem, Vec<u8>)>, Error>;
}

/// Nodes leave memory by whole subtrees at paths of this length.
const UNIT_DEPTH: usize = 2;
type Unit = [u8; UNIT_DEPTH];

/// Which parts of a tree were needed when, and the memory that they take.
#[derive(Clone, Debug, Default)]
pub(super) struct Residency {
    units: HashMap<Unit, Use>,
    bytes: usize,
    now: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Use {
    bytes: usize,
    last: u64,
}

/// Loads the top of a tree with this root.
pub(super) fn load_top(source: &dyn NodeSource, root: Scalar) -> Result<Arc<Inner>, Error> {
    load_inner(source, &[], root)
}

/// Loads what is missing on the paths of ascending keys.
pub(super) fn load_paths(
    top: &mut Arc<Inner>,
    keys: &[Key],
    source: &dyn NodeSource,
) -> Result<(), Error> {
    let is_missing = |keys: &&[Key]| {
        let child = top.children.get(keys[0][0]);
        child.is_some_and(|child| !is_loaded(child, 1, keys))
    };
    let missing: Vec<&[Key]> =
        keys.par_chunk_by(|left, right| left[0] == right[0]).filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut children = Arc::make_mut(top).children.iter_mut();
    let mut work: Vec<(&mut Child, &[Key])> = Vec::with_capacity(missing.len());
    for keys in missing {
        let child = children.find(|(byte, _)| *byte == keys[0][0]);
        work.extend(child.map(|(_, child)| (child, keys)));
    }
    work.into_par_iter().try_for_each(|(child, keys)| load_below(child, 1, keys, source))
}

/// Whether everything on the paths of the keys, which lead to this child, is in memory.
fn is_loaded(child: &Child, depth: usize, keys: &[Key]) -> bool {
    match &child.node {
        Node::Unloaded(_) => false,
        Node::Stem(_) => true,
        Node::Inner(inner) => {
            keys.chunk_by(|left, right| left[depth] == right[depth]).all(|keys| {
                let child = inner.children.get(keys[0][depth]);
                child.is_none_or(|child| is_loaded(child, depth + 1, keys))
            })
        }
    }
}

/// Loads a child at the first `depth` bytes of the keys, and what is below it on their paths.
fn load_below(
    child: &mut Child,
    depth: usize,
    keys: &[Key],
    source: &dyn NodeSource,
) -> Result<(), Error> {
    let path = &keys[0][..depth];
    match &child.node {
        Node::Unloaded(Kind::Stem) => child.node = load_stem(source, path, child.scalar)?,
        Node::Unloaded(Kind::Inner) => {
            child.node = Node::Inner(load_inner(source, path, child.scalar)?);
        }
        Node::Inner(_) | Node::Stem(_) => {}
    }
    let Node::Inner(inner) = &mut child.node else { return Ok(()) };
    for keys in keys.chunk_by(|left, right| left[depth] == right[depth]) {
        let byte = keys[0][depth];
        let below = inner.children.get(byte);
        if below.is_some_and(|below| !is_loaded(below, depth + 1, keys)) {
            let below = Arc::make_mut(inner).children.get_mut(byte).ok_or_else(gone)?;
            load_below(below, depth + 1, keys, source)?;
        }
    }
    Ok(())
}

fn load_inner(source: &dyn NodeSource, path: &[u8], scalar: Scalar) -> Result<Arc<Inner>, Error> {
    let inner = match source.inner(path)? {
        Some(row) => decode_inner(&row)?,
        None if path.is_empty() => Inner::default(),
        None => return Err(corrupt(path, "is missing")),
    };
    if scalar_of_hash(&hash_inner(&inner.commitment)) != scalar {
        return Err(corrupt(path, "is not the node that its parent commits to"));
    }
    Ok(Arc::new(inner))
}

fn load_stem(source: &dyn NodeSource, path: &[u8], scalar: Scalar) -> Result<Node, Error> {
    let (stem, row) = source.stem(path)?.ok_or_else(|| corrupt(path, "is missing"))?;
    let node = StemNode { stem, body: decode_body(&row)? };
    if hash_stem_node(&node) != scalar {
        return Err(corrupt(path, "is not the stem that its parent commits to"));
    }
    Ok(Node::Stem(Arc::new(node)))
}

fn corrupt(path: &[u8], what: &str) -> Error {
    StoreError::corrupt(format!("the node at {} {what}", hex::encode(path))).into()
}

/// A child that was there a moment ago.
fn gone() -> Error {
    Error::State("a node left the tree while it was loaded".into())
}

impl Residency {
    /// Notes that the paths of these keys are in use.
    pub(super) fn touch(&mut self, keys: &[Key]) {
        for key in keys {
            self.units.entry([key[0], key[1]]).or_default().last = self.now;
        }
    }

    /// Unloads what was not needed for longest, until the loaded subtrees take at most `limit`
    /// bytes. All of them are in the store.
    pub(super) fn trim(&mut self, top: &mut Arc<Inner>, limit: usize) {
        for (unit, used) in self.units.iter_mut().filter(|(_, used)| used.last == self.now) {
            let bytes = find_unit(top, unit).map_or(0, measure);
            self.bytes = self.bytes + bytes - used.bytes;
            used.bytes = bytes;
        }
        self.now += 1;
        if self.bytes <= limit {
            return;
        }
        let mut oldest: Vec<(u64, Unit)> =
            self.units.iter().map(|(unit, used)| (used.last, *unit)).collect();
        oldest.sort_unstable();
        // A quarter of room, so that the next packets do not come back here each.
        let goal = limit - limit / 4;
        for (_, unit) in oldest {
            if self.bytes <= goal {
                break;
            }
            unload_unit(top, &unit);
            self.bytes -= self.units.remove(&unit).map_or(0, |used| used.bytes);
        }
    }

    /// Bytes of memory of the loaded subtrees.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }
}

fn find_unit<'a>(top: &'a Inner, unit: &Unit) -> Option<&'a Child> {
    match &top.children.get(unit[0])?.node {
        Node::Inner(inner) => inner.children.get(unit[1]),
        Node::Stem(_) | Node::Unloaded(_) => None,
    }
}

fn unload_unit(top: &mut Arc<Inner>, unit: &Unit) {
    if find_unit(top, unit).is_none() {
        return;
    }
    let Some(child) = Arc::make_mut(top).children.get_mut(unit[0]) else { return };
    let Node::Inner(inner) = &mut child.node else { return };
    let Some(child) = Arc::make_mut(inner).children.get_mut(unit[1]) else { return };
    child.node = Node::Unloaded(child.node.kind());
}

/// The memory of a child and what is loaded below it.
fn measure(child: &Child) -> usize {
    const COUNTS: usize = 2 * size_of::<usize>();
    match &child.node {
        Node::Unloaded(_) => 0,
        Node::Inner(inner) => {
            let below = inner.children.iter().map(|(_, child)| measure(child));
            COUNTS
                + size_of::<Inner>()
                + size_of::<Child>() * inner.children.len()
                + below.sum::<usize>()
        }
        Node::Stem(stem) => {
            let pairs = size_of_val(stem.body.pairs());
            let point = if matches!(stem.body, Body::Vector(_)) { 128 } else { 0 };
            COUNTS + size_of::<StemNode>() + pairs + point
        }
    }
}
