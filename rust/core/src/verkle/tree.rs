//! The whole tree: what a node that executes packets keeps.

use std::sync::Arc;

use alloy_primitives::B256;

use super::commitment::hash_inner;
use super::keys::{Key, Value, split};
use super::nodes::{Inner, Node};
use super::update::{UpdateEntry, Updated, update};
use super::wire::PointSize;
use super::witness;
use crate::curve::fixed_base::{FixedBase, TableSize};
use crate::error::Error;

/// A Verkle tree of keys and values, with its commitments.
///
/// Versions share their nodes: a clone costs nothing, and what an [`Undo`] keeps is what the
/// writes replaced. Nothing is ever deleted, so the tree is a function of what was written last to
/// every key, in any order.
#[derive(Clone)]
pub struct Tree {
    top: Arc<Inner>,
    root: B256,
    table_size: TableSize,
}

/// What a list of writes did to a tree.
pub struct Applied {
    /// The state root after the writes.
    pub post_root: B256,
    /// The changed slots, the shortest paths first.
    pub updates: Vec<UpdateEntry>,
    /// The way back.
    pub undo: Undo,
}

/// The tree before an [`Tree::apply`].
pub struct Undo {
    top: Arc<Inner>,
    root: B256,
}

impl Tree {
    /// The empty tree.
    pub fn new() -> Self {
        Self::with_tables(TableSize::default())
    }

    /// The empty tree, with the tables of the known points in this size.
    pub fn with_tables(table_size: TableSize) -> Self {
        let top = Arc::<Inner>::default();
        let root = hash_inner(&top.commitment);
        Self { top, root, table_size }
    }

    /// The state root.
    pub fn root(&self) -> B256 {
        self.root
    }

    /// The value of a key; `None` when it was never written.
    pub fn get(&self, key: &Key) -> Option<Value> {
        find(&self.top, key).copied()
    }

    /// Writes values without keeping the way back, such as those of a genesis state.
    ///
    /// As in [`Tree::apply`], a zero for an absent key is no write.
    pub fn insert_all(&mut self, values: &[(Key, Value)]) {
        self.update(values);
    }

    /// Applies writes in any order; of a key written twice the last counts.
    ///
    /// A write of the value that is there, absent counting as zero, is no write.
    pub fn apply(&mut self, writes: &[(Key, Value)]) -> Applied {
        let undo = Undo { top: Arc::clone(&self.top), root: self.root };
        let updates = self.update(writes).map(|updated| updated.entries()).unwrap_or_default();
        Applied { post_root: self.root, updates, undo }
    }

    /// Goes back to before an [`Tree::apply`], and so before every later one.
    pub fn revert(&mut self, undo: Undo) {
        self.top = undo.top;
        self.root = undo.root;
    }

    /// Proves the values and absences of keys under the root, with points of 96 bytes.
    ///
    /// The keys are at least one, and strictly ascending.
    pub fn prove(&self, chain_id: u64, keys: &[Key]) -> Result<Vec<u8>, Error> {
        self.prove_with(chain_id, keys, PointSize::Affine)
    }

    /// As [`Tree::prove`], with points of a chosen size.
    pub fn prove_with(
        &self,
        chain_id: u64,
        keys: &[Key],
        point_size: PointSize,
    ) -> Result<Vec<u8>, Error> {
        witness::prove(&self.top, chain_id, self.root, keys, point_size, self.base())
    }

    fn update(&mut self, writes: &[(Key, Value)]) -> Option<Updated> {
        let updated = update(&self.top, writes, self.base())?;
        self.top = updated.top();
        self.root = updated.root;
        Some(updated)
    }

    fn base(&self) -> &'static FixedBase {
        FixedBase::get(self.table_size)
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

impl FromIterator<(Key, Value)> for Tree {
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(values: I) -> Self {
        let mut tree = Self::new();
        tree.insert_all(&values.into_iter().collect::<Vec<_>>());
        tree
    }
}

/// The value of a key below a node at the top of a tree.
pub(super) fn find<'a>(top: &'a Inner, key: &Key) -> Option<&'a Value> {
    let (stem, suffix) = split(key);
    let mut inner = top;
    for byte in stem {
        match &inner.children.get(byte)?.node {
            Node::Inner(below) => inner = below,
            Node::Stem(node) if node.stem == stem => return node.body.get(suffix),
            Node::Stem(_) => return None,
        }
    }
    None
}
