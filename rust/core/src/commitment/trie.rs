//! A Merkle-Patricia trie over keys of 32 bytes, of which any part may be unknown.
//!
//! A changed node loses its reference; [`commit`] computes the missing ones level by level, many
//! hashes at a time.

use alloy_primitives::map::HashSet;
use alloy_primitives::{B256, keccak256};
use alloy_rlp::{Decodable, Encodable};
use alloy_trie::nodes::{BranchNode, ExtensionNodeRef, LeafNodeRef, RlpNode, TrieNode};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, TrieMask};

use crate::error::Error;
use crate::lanes::Backend;
use crate::lanes::keccak::hash_all;

/// Children of a branch.
const WIDTH: usize = 16;

/// A trie; empty without a root.
#[derive(Clone, Debug, Default)]
pub(super) struct Trie {
    root: Slot,
}

type Slot = Option<Link>;

/// A node as its parent sees it.
#[derive(Clone, Debug)]
struct Link {
    /// Its encoding, or the hash of it from 32 bytes on; none after a change.
    reference: Option<RlpNode>,
    /// The node; none where only the reference is known.
    node: Option<Box<Node>>,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf { path: Nibbles, value: Vec<u8> },
    Extension { path: Nibbles, child: Slot },
    Branch(Box<[Slot; WIDTH]>),
}

/// Where a trie finds the nodes that it does not know.
pub(super) trait NodeSource {
    /// The encoding of the node with this reference, which is at this path.
    fn node(&mut self, reference: &RlpNode, path: &Nibbles) -> Option<Vec<u8>>;
}

/// No nodes: for a trie that is known as a whole.
pub(super) struct WholeTrie;

impl NodeSource for WholeTrie {
    fn node(&mut self, _: &RlpNode, _: &Nibbles) -> Option<Vec<u8>> {
        None
    }
}

/// Encodings of nodes, each once.
#[derive(Debug, Default)]
pub(super) struct NodeSet {
    seen: HashSet<B256>,
    pub(super) bytes: Vec<u8>,
}

impl Trie {
    /// The trie of which only the root is known.
    pub(super) fn from_root(root: B256) -> Self {
        let hidden = Link { reference: Some(RlpNode::word_rlp(&root)), node: None };
        Self { root: (root != EMPTY_ROOT_HASH).then_some(hidden) }
    }

    /// The hash of the root, after [`commit`].
    pub(super) fn root(&self) -> B256 {
        let Some(link) = &self.root else { return EMPTY_ROOT_HASH };
        let reference = link.reference.as_ref();
        // A root is hashed, however short it is.
        reference.and_then(RlpNode::as_hash).unwrap_or_else(|| keccak256(link.encode()))
    }

    /// The value of a key.
    pub(super) fn get(
        &mut self,
        key: &Nibbles,
        source: &mut impl NodeSource,
    ) -> Result<Option<&[u8]>, Error> {
        let mut slot = &mut self.root;
        let mut depth = 0;
        while let Some(link) = slot {
            match link.known(source, &key.slice(..depth))? {
                Node::Leaf { path, value } => {
                    return Ok((key.slice(depth..) == *path).then_some(value));
                }
                Node::Extension { path, .. } if !key.slice(depth..).starts_with(path) => break,
                Node::Extension { path, child } => {
                    depth += path.len();
                    slot = child;
                }
                Node::Branch(children) => {
                    slot = &mut children[nibble(key, depth)];
                    depth += 1;
                }
            }
        }
        Ok(None)
    }

    /// Gives a key a value.
    pub(super) fn insert(
        &mut self,
        key: &Nibbles,
        value: Vec<u8>,
        source: &mut impl NodeSource,
    ) -> Result<(), Error> {
        insert(&mut self.root, key, 0, value, source)
    }

    /// Takes a key out, if it is there.
    pub(super) fn remove(
        &mut self,
        key: &Nibbles,
        source: &mut impl NodeSource,
    ) -> Result<(), Error> {
        remove(&mut self.root, key, 0, source).map(drop)
    }

    /// Adds the nodes on the paths of ascending keys to a set.
    pub(super) fn gather(&self, keys: &[Nibbles], set: &mut NodeSet) {
        if let Some(link) = &self.root {
            set.insert(self.root(), || link.encode());
            gather(link, keys, 0, set);
        }
    }

    /// The encoding of the node at a path.
    pub(super) fn encoding_at(&self, path: &Nibbles) -> Option<Vec<u8>> {
        let mut link = self.root.as_ref()?;
        let mut depth = 0;
        while depth < path.len() {
            let (child, length) = match link.node.as_deref()? {
                Node::Leaf { .. } => return None,
                Node::Extension { path, child } => (child, path.len()),
                Node::Branch(children) => (&children[nibble(path, depth)], 1),
            };
            link = child.as_ref()?;
            depth += length;
        }
        (depth == path.len()).then(|| link.encode())
    }
}

impl NodeSet {
    pub(super) fn insert(&mut self, hash: B256, encode: impl FnOnce() -> Vec<u8>) {
        if self.seen.insert(hash) {
            self.bytes.extend(encode());
        }
    }
}

impl Link {
    fn changed(node: Node) -> Self {
        Self { reference: None, node: Some(Box::new(node)) }
    }

    /// The node, from the source if it is not known yet.
    fn known(&mut self, source: &mut impl NodeSource, path: &Nibbles) -> Result<&mut Node, Error> {
        if self.node.is_none()
            && let Some(reference) = &self.reference
        {
            let encoding = match reference.is_hash() {
                true => source.node(reference, path),
                false => Some(reference.as_slice().to_vec()),
            };
            self.node = encoding.as_deref().map(decode).transpose()?.map(Box::new);
        }
        self.node
            .as_deref_mut()
            .ok_or_else(|| Error::encoding("witness", format!("the node at {path:?} is missing")))
    }

    fn encode(&self) -> Vec<u8> {
        self.node.as_deref().map(Node::encode).unwrap_or_default()
    }

    /// How its parent refers to it, after [`commit`].
    fn reference(&self) -> RlpNode {
        self.reference.clone().unwrap_or_default()
    }
}

impl Node {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Leaf { path, value } => LeafNodeRef::new(path, value).encode(&mut bytes),
            Self::Extension { path, child } => {
                let child = child.as_ref().map(Link::reference).unwrap_or_default();
                ExtensionNodeRef::new(path, &child).encode(&mut bytes);
            }
            Self::Branch(children) => {
                let mut mask = TrieMask::default();
                let present = (0..).zip(children.iter()).filter_map(|(index, child)| {
                    mask.set_bit(child.as_ref().map(|_| index)?);
                    child.as_ref().map(Link::reference)
                });
                let stack = present.collect();
                BranchNode::new(stack, mask).encode(&mut bytes);
            }
        }
        bytes
    }

    /// Moves a node that is alone below a path up by that path.
    fn prepend(self, above: Nibbles, reference: Option<RlpNode>) -> Self {
        match self {
            Self::Leaf { path, value } => Self::Leaf { path: above.join(&path), value },
            Self::Extension { path, child } => Self::Extension { path: above.join(&path), child },
            branch @ Self::Branch(_) => {
                let child = Some(Link { reference, node: Some(Box::new(branch)) });
                Self::Extension { path: above, child }
            }
        }
    }
}

fn nibble(key: &Nibbles, depth: usize) -> usize {
    key.get(depth).unwrap_or_default().into()
}

fn decode(encoding: &[u8]) -> Result<Node, Error> {
    let malformed = |why: String| Error::encoding("node of a trie", why);
    let hidden = |reference: RlpNode| Some(Link { reference: Some(reference), node: None });
    let mut rest = encoding;
    let node = TrieNode::decode(&mut rest).map_err(|error| malformed(error.to_string()))?;
    match node {
        _ if !rest.is_empty() => Err(malformed("bytes after the end".into())),
        TrieNode::EmptyRoot => Err(malformed("empty".into())),
        TrieNode::Leaf(leaf) => Ok(Node::Leaf { path: leaf.key, value: leaf.value }),
        TrieNode::Extension(extension) if extension.key.is_empty() => {
            Err(malformed("an extension without a path".into()))
        }
        TrieNode::Extension(extension) => {
            Ok(Node::Extension { path: extension.key, child: hidden(extension.child) })
        }
        TrieNode::Branch(branch) => {
            let mut children = [const { None }; WIDTH];
            for (index, child) in branch.as_ref().children() {
                children[usize::from(index)] = child.cloned().and_then(hidden);
            }
            Ok(Node::Branch(Box::new(children)))
        }
    }
}

fn insert(
    slot: &mut Slot,
    key: &Nibbles,
    depth: usize,
    value: Vec<u8>,
    source: &mut impl NodeSource,
) -> Result<(), Error> {
    let rest = key.slice(depth..);
    let Some(link) = slot else {
        *slot = Some(Link::changed(Node::Leaf { path: rest, value }));
        return Ok(());
    };
    match link.known(source, &key.slice(..depth))? {
        Node::Branch(children) => {
            insert(&mut children[nibble(key, depth)], key, depth + 1, value, source)?;
        }
        Node::Extension { path, child } if rest.starts_with(path) => {
            insert(child, key, depth + path.len(), value, source)?;
        }
        Node::Leaf { path, value: old } if *path == rest => *old = value,
        node @ (Node::Leaf { .. } | Node::Extension { .. }) => split(node, &rest, value),
    }
    link.reference = None;
    Ok(())
}

/// Puts a branch where the path of a leaf or an extension leaves that of a new key.
fn split(node: &mut Node, rest: &Nibbles, value: Vec<u8>) {
    let mut children = [const { None }; WIDTH];
    let (Node::Leaf { path, .. } | Node::Extension { path, .. }) = &*node else { return };
    let common = path.common_prefix_length(rest);
    let (old_index, below) = (nibble(path, common), path.slice(common + 1..));
    let new_leaf = Node::Leaf { path: rest.slice(common + 1..), value };
    children[nibble(rest, common)] = Some(Link::changed(new_leaf));
    children[old_index] = match node {
        Node::Leaf { value, .. } => {
            Some(Link::changed(Node::Leaf { path: below, value: core::mem::take(value) }))
        }
        Node::Extension { child, .. } if below.is_empty() => child.take(),
        Node::Extension { child, .. } => {
            Some(Link::changed(Node::Extension { path: below, child: child.take() }))
        }
        Node::Branch(_) => None,
    };
    let branch = Node::Branch(Box::new(children));
    *node = match common {
        0 => branch,
        _ => Node::Extension { path: rest.slice(..common), child: Some(Link::changed(branch)) },
    };
}

/// Whether the key was there.
fn remove(
    slot: &mut Slot,
    key: &Nibbles,
    depth: usize,
    source: &mut impl NodeSource,
) -> Result<bool, Error> {
    let Some(link) = slot else { return Ok(false) };
    let rest = key.slice(depth..);
    let is_removed = match link.known(source, &key.slice(..depth))? {
        Node::Leaf { path, .. } => {
            let is_removed = *path == rest;
            if is_removed {
                *slot = None;
            }
            return Ok(is_removed);
        }
        Node::Extension { path, child } => {
            rest.starts_with(path) && remove(child, key, depth + path.len(), source)?
        }
        Node::Branch(children) => {
            remove(&mut children[nibble(key, depth)], key, depth + 1, source)?
        }
    };
    if is_removed {
        link.reference = None;
        link.merge_single_child(&key.slice(..depth), source)?;
    }
    Ok(is_removed)
}

impl Link {
    /// Puts a branch with one child, or an extension to no branch, together with what is below.
    fn merge_single_child(
        &mut self,
        path: &Nibbles,
        source: &mut impl NodeSource,
    ) -> Result<(), Error> {
        let Some(node) = self.node.as_deref_mut() else { return Ok(()) };
        let (above, child) = match node {
            Node::Leaf { .. } => return Ok(()),
            Node::Extension { path, child } => (*path, child),
            Node::Branch(children) => {
                let mut present =
                    (0..).zip(children.iter_mut()).filter(|(_, child)| child.is_some());
                let Some((index, child)) = present.next() else { return Ok(()) };
                if present.next().is_some() {
                    return Ok(());
                }
                (Nibbles::from_nibbles([index]), child)
            }
        };
        let Some(mut child) = child.take() else { return Ok(()) };
        child.known(source, &path.join(&above))?;
        self.node = child.node.map(|below| Box::new((*below).prepend(above, child.reference)));
        Ok(())
    }
}

fn gather(link: &Link, keys: &[Nibbles], depth: usize, set: &mut NodeSet) {
    if let Some(hash) = link.reference.as_ref().and_then(RlpNode::as_hash) {
        set.insert(hash, || link.encode());
    }
    match link.node.as_deref() {
        None | Some(Node::Leaf { .. }) => {}
        Some(Node::Extension { path, child }) => {
            let leads_here = |key: &&Nibbles| key.slice(depth..).starts_with(path);
            let keys: Vec<Nibbles> = keys.iter().filter(leads_here).copied().collect();
            if let Some(child) = child.as_ref().filter(|_| !keys.is_empty()) {
                gather(child, &keys, depth + path.len(), set);
            }
        }
        Some(Node::Branch(children)) => {
            for keys in keys.chunk_by(|left, right| left.get(depth) == right.get(depth)) {
                if let Some(child) = &children[nibble(&keys[0], depth)] {
                    gather(child, keys, depth + 1, set);
                }
            }
        }
    }
}

/// Computes the references that changes took away, in all tries at once.
pub(super) fn commit(backend: Backend, tries: &mut [&mut Trie]) {
    let levels = tries.iter().map(|trie| count_levels(&trie.root)).max().unwrap_or(0);
    for level in (0..levels).rev() {
        let mut encodings = Vec::new();
        for trie in tries.iter_mut() {
            visit_changed(&mut trie.root, level, &mut |link| encodings.push(link.encode()));
        }
        let hashes = hash_all(backend, &encodings);
        let mut references =
            encodings.iter().zip(&hashes).map(|(encoding, hash)| match encoding.len() {
                0..32 => RlpNode::from_rlp(encoding),
                _ => RlpNode::word_rlp(hash),
            });
        for trie in tries.iter_mut() {
            visit_changed(&mut trie.root, level, &mut |link| link.reference = references.next());
        }
    }
}

fn count_levels(slot: &Slot) -> usize {
    let Some(link) = slot.as_ref().filter(|link| link.reference.is_none()) else { return 0 };
    let below = match link.node.as_deref() {
        None | Some(Node::Leaf { .. }) => 0,
        Some(Node::Extension { child, .. }) => count_levels(child),
        Some(Node::Branch(children)) => children.iter().map(count_levels).max().unwrap_or(0),
    };
    1 + below
}

/// Visits the changed nodes that are so many levels down, in their order.
fn visit_changed(slot: &mut Slot, level: usize, visit: &mut impl FnMut(&mut Link)) {
    let Some(link) = slot.as_mut().filter(|link| link.reference.is_none()) else { return };
    let Some(level) = level.checked_sub(1) else { return visit(link) };
    match link.node.as_deref_mut() {
        None | Some(Node::Leaf { .. }) => {}
        Some(Node::Extension { child, .. }) => visit_changed(child, level, visit),
        Some(Node::Branch(children)) => {
            children.iter_mut().for_each(|child| visit_changed(child, level, visit));
        }
    }
}
