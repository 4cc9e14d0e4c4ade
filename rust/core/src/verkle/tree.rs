//! The whole tree: what a node that executes packets keeps, in memory or in a store.

use std::sync::{Arc, PoisonError, RwLock};

use alloy_primitives::B256;

use super::changes::TreeChanges;
use super::commitment::{hash_inner, scalar_of_hash};
use super::keys::{Key, Value, split};
use super::nodes::{Inner, NodeRef};
use super::stored::{NodeSource, Residency, load_paths, load_top};
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
///
/// A tree in a store reads a path when it is first asked for, and is the same in all else.
/// [`Tree::load`] reads many paths at once. In memory nothing fails but a wrong argument.
pub struct Tree {
    loaded: RwLock<Loaded>,
    root: B256,
    table_size: TableSize,
    source: Option<Arc<dyn NodeSource>>,
}

/// What of a tree is in memory.
#[derive(Clone)]
struct Loaded {
    top: Arc<Inner>,
    residency: Residency,
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
        Self::make(top, root, table_size, None)
    }

    /// The tree with this root in a store.
    ///
    /// # Errors
    /// If the store has another root, or does not answer.
    pub fn open(
        source: Arc<dyn NodeSource>,
        root: B256,
        table_size: TableSize,
    ) -> Result<Self, Error> {
        let top = load_top(&*source, scalar_of_hash(&root))?;
        Ok(Self::make(top, root, table_size, Some(source)))
    }

    fn make(
        top: Arc<Inner>,
        root: B256,
        table_size: TableSize,
        source: Option<Arc<dyn NodeSource>>,
    ) -> Self {
        let loaded = RwLock::new(Loaded { top, residency: Residency::default() });
        Self { loaded, root, table_size, source }
    }

    /// The state root.
    pub const fn root(&self) -> B256 {
        self.root
    }

    /// The value of a key; `None` when it was never written.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn get(&self, key: &Key) -> Result<Option<Value>, Error> {
        Ok(find(&*self.top_with(core::slice::from_ref(key))?, key).copied())
    }

    /// Reads the paths of keys into memory.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn load(&self, keys: &[Key]) -> Result<(), Error> {
        self.top_with(keys).map(drop)
    }

    /// Writes values without keeping the way back, such as those of a genesis state.
    ///
    /// As in [`Tree::apply`], a zero for an absent key is no write.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn insert_all(&mut self, values: &[(Key, Value)]) -> Result<(), Error> {
        self.update(values).map(drop)
    }

    /// Applies writes in any order; of a key written twice the last counts.
    ///
    /// A write of the value that is there, absent counting as zero, is no write.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn apply(&mut self, writes: &[(Key, Value)]) -> Result<Applied, Error> {
        let undo = Undo { top: self.top(), root: self.root };
        let updates = self.update(writes)?.map(|updated| updated.entries()).unwrap_or_default();
        Ok(Applied { post_root: self.root, updates, undo })
    }

    /// Goes back to before an [`Tree::apply`], and so before every later one.
    pub fn revert(&mut self, undo: Undo) {
        self.set_top(undo.top, undo.root);
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
        let top = self.top_with(keys)?;
        witness::prove(&top, chain_id, self.root, keys, point_size, self.base())
    }

    /// What a store has to write to come from an earlier tree to this one.
    ///
    /// # Errors
    /// If this tree does not come from that one by writes.
    pub fn changes_since(&self, before: &Self) -> Result<TreeChanges, Error> {
        TreeChanges::between(&before.top(), &self.top())
    }

    /// Reads from here on what is not in memory. All of this tree is in the source.
    pub(crate) fn set_source(&mut self, source: Arc<dyn NodeSource>) {
        self.source = Some(source);
    }

    /// Lets go of what was not needed for longest, until the rest takes at most `limit` bytes.
    ///
    /// All of this tree is in its source.
    pub(crate) fn trim(&self, limit: usize) {
        if self.source.is_some() {
            let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
            let Loaded { top, residency } = &mut *loaded;
            residency.trim(top, limit);
        }
    }

    /// Bytes of memory that the loaded nodes of a stored tree take, as of the last trim.
    pub fn loaded_bytes(&self) -> usize {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).residency.bytes()
    }

    fn update(&mut self, writes: &[(Key, Value)]) -> Result<Option<Updated>, Error> {
        let top = match self.source {
            Some(_) => self.top_with(&writes.iter().map(|(key, _)| *key).collect::<Vec<_>>())?,
            None => self.top(),
        };
        let updated = update(&top, writes, self.base());
        if let Some(updated) = &updated {
            self.set_top(updated.top(), updated.root);
        }
        Ok(updated)
    }

    fn top(&self) -> Arc<Inner> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner).top)
    }

    fn set_top(&mut self, top: Arc<Inner>, root: B256) {
        self.loaded.get_mut().unwrap_or_else(PoisonError::into_inner).top = top;
        self.root = root;
    }

    /// The top of the tree, with the paths of the keys in memory.
    fn top_with(&self, keys: &[Key]) -> Result<Arc<Inner>, Error> {
        let Some(source) = &self.source else { return Ok(self.top()) };
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        let Loaded { top, residency } = &mut *loaded;
        load_paths(top, &keys, &**source)?;
        residency.touch(&keys);
        Ok(Arc::clone(top))
    }

    fn base(&self) -> &'static FixedBase {
        FixedBase::get(self.table_size)
    }
}

impl Clone for Tree {
    fn clone(&self) -> Self {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone();
        Self {
            loaded: RwLock::new(loaded),
            root: self.root,
            table_size: self.table_size,
            source: self.source.clone(),
        }
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
        let values: Vec<_> = values.into_iter().collect();
        if let Some(updated) = update(&tree.top(), &values, tree.base()) {
            tree.set_top(updated.top(), updated.root);
        }
        tree
    }
}

/// The value of a key below a node at the top of a tree.
pub(super) fn find<'a>(top: &'a Inner, key: &Key) -> Option<&'a Value> {
    let (stem, suffix) = split(key);
    let mut inner = top;
    for byte in stem {
        match inner.children.get_node(byte)? {
            NodeRef::Inner(below) => inner = below,
            NodeRef::Stem(node) if node.stem == stem => return node.body.get(suffix),
            NodeRef::Stem(_) => return None,
            NodeRef::Unloaded(_) => unreachable!("the path of the key is loaded"),
        }
    }
    None
}
