//! A tree whose nodes are in a store: paths come into memory when they are needed and leave it when
//! they were not needed for long.
//!
//! Whatever is loaded is checked against the scalar that its parent holds, so a tree never works on
//! a node of another version.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::children::ChildRef;
use super::commitment::{hash_inner, hash_stem_node, scalar_of_hash};
use super::keys::{Key, Stem};
use super::nodes::{Body, Inner, Kind, Node, NodeRef, StemNode, VectorBody};
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
    load_below(top, 0, keys, source)
}

/// Loads what is missing below a node at the first `depth` bytes of the keys, on their paths.
fn load_below(
    inner: &mut Arc<Inner>,
    depth: usize,
    keys: &[Key],
    source: &dyn NodeSource,
) -> Result<(), Error> {
    let byte_of = |keys: &[Key]| keys[0][depth];
    let is_missing = |keys: &&[Key]| {
        let child = inner.children.get(byte_of(keys));
        child.is_some_and(|child| !is_loaded(child.node, depth + 1, keys))
    };
    let missing: Vec<&[Key]> =
        keys.par_chunk_by(|left, right| left[depth] == right[depth]).filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let load = |keys: &&[Key]| {
        let ChildRef { scalar, node } = inner.children.get(byte_of(keys))?;
        let path = &keys[0][..=depth];
        let loaded = match node {
            NodeRef::Unloaded(Kind::Stem) => load_stem(source, path, scalar),
            NodeRef::Unloaded(Kind::Inner) => load_inner(source, path, scalar).map(Node::Inner),
            NodeRef::Inner(_) | NodeRef::Stem(_) => return None,
        };
        Some(loaded.map(|node| (byte_of(keys), node)))
    };
    let loaded: Vec<(u8, Node)> = missing.par_iter().filter_map(load).collect::<Result<_, _>>()?;
    let children = &mut Arc::make_mut(inner).children;
    loaded.into_iter().for_each(|(byte, node)| children.load(byte, node));
    let below: Vec<(&mut Arc<Inner>, &[Key])> = children
        .inners_mut()
        .filter_map(|(byte, inner)| {
            let place = missing.binary_search_by_key(&byte, |keys| byte_of(keys)).ok()?;
            Some((inner, missing[place]))
        })
        .collect();
    below.into_par_iter().try_for_each(|(inner, keys)| load_below(inner, depth + 1, keys, source))
}

/// Whether everything on the paths of the keys, which lead to this node, is in memory.
fn is_loaded(node: NodeRef<'_>, depth: usize, keys: &[Key]) -> bool {
    match node {
        NodeRef::Unloaded(_) => false,
        NodeRef::Stem(_) => true,
        NodeRef::Inner(inner) => {
            keys.chunk_by(|left, right| left[depth] == right[depth]).all(|keys| {
                let child = inner.children.get(keys[0][depth]);
                child.is_none_or(|child| is_loaded(child.node, depth + 1, keys))
            })
        }
    }
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
    Ok(Node::Stem(node))
}

fn corrupt(path: &[u8], what: &str) -> Error {
    StoreError::corrupt(format!("the node at {} {what}", hex::encode(path))).into()
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

fn find_unit<'a>(top: &'a Inner, unit: &Unit) -> Option<NodeRef<'a>> {
    match top.children.get(unit[0])?.node {
        NodeRef::Inner(inner) => inner.children.get(unit[1]).map(|child| child.node),
        NodeRef::Stem(_) | NodeRef::Unloaded(_) => None,
    }
}

fn unload_unit(top: &mut Arc<Inner>, unit: &Unit) {
    if find_unit(top, unit).is_none() {
        return;
    }
    let mut inners = Arc::make_mut(top).children.inners_mut();
    if let Some((_, inner)) = inners.find(|(byte, _)| *byte == unit[0]) {
        Arc::make_mut(inner).children.unload(unit[1]);
    }
}

/// The memory of a node and what is loaded below it.
fn measure(node: NodeRef<'_>) -> usize {
    const COUNTS: usize = 2 * size_of::<usize>();
    match node {
        NodeRef::Unloaded(_) => 0,
        NodeRef::Inner(inner) => {
            let scalars = size_of::<Scalar>() * inner.children.len();
            let below = inner.children.iter().map(|(_, child)| measure(child.node));
            COUNTS + size_of::<Inner>() + scalars + below.sum::<usize>()
        }
        NodeRef::Stem(stem) => {
            let elsewhere = match &stem.body {
                Body::Single(_) | Body::Hidden(_) => 0,
                Body::Small(pairs) => COUNTS + size_of_val(&pairs[..]),
                Body::Vector(vector) => {
                    COUNTS + size_of::<VectorBody>() + size_of_val(&vector.pairs[..])
                }
            };
            size_of::<StemNode>() + elsewhere
        }
    }
}
