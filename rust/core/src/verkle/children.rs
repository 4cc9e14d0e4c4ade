//! The children of an inner node.
//!
//! Their scalars are side by side, for the sums that run over all of them, and so are the nodes of
//! either kind. A node that is in the store alone takes no room but its scalar's.

use std::sync::Arc;

use super::byte_set::ByteSet;
use super::nodes::{Child, Inner, Kind, Node, NodeRef, StemNode};
use super::stems::Stems;
use crate::curve::Scalar;

/// Children by their byte.
#[derive(Debug, Default)]
pub(super) struct Children {
    present: ByteSet,
    /// Those that are inner nodes.
    inner: ByteSet,
    /// Those that are inner nodes in memory.
    loaded: ByteSet,
    scalars: Vec<Scalar>,
    inners: Vec<Arc<Inner>>,
    /// Those that are stems in memory, and some that were.
    stems: Stems,
}

/// A child as it is seen in its parent.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChildRef<'a> {
    pub(super) scalar: Scalar,
    pub(super) node: NodeRef<'a>,
}

/// A slot whose child changes.
pub(super) struct Change {
    pub(super) byte: u8,
    /// The scalar before; zero for a slot of a node that was not there.
    pub(super) before: Scalar,
    /// The child afterwards, as soon as it is known.
    pub(super) after: Option<Child>,
}

impl Clone for Children {
    fn clone(&self) -> Self {
        self.with(&mut [])
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.warm_counts();
    }
}

impl Children {
    /// Reads the reference counts of the children, which no read waits for, before each is changed,
    /// which waits for memory one by one.
    fn warm_counts(&self) {
        let counts = self.inners.iter().map(Arc::strong_count);
        core::hint::black_box(counts.fold(0, usize::wrapping_add));
    }

    /// Reads what a walk to a child and a new version read first; the result is of no account.
    ///
    /// Done for many nodes before any is walked, for then no read waits for another.
    #[inline]
    pub(super) fn warm(&self, byte: u8) -> usize {
        usize::from(self.scalar(byte).is_zero()) ^ self.stems.warm()
    }

    #[inline]
    pub(super) fn get(&self, byte: u8) -> Option<ChildRef<'_>> {
        let node = self.get_node(byte)?;
        Some(ChildRef { scalar: self.scalars[self.present.rank(byte)], node })
    }

    /// The node of a child, without a look at its scalar.
    #[inline]
    pub(super) fn get_node(&self, byte: u8) -> Option<NodeRef<'_>> {
        self.present.contains(byte).then(|| self.node(byte))
    }

    /// The scalar of a child; zero for one that is not there.
    #[inline]
    pub(super) fn scalar(&self, byte: u8) -> Scalar {
        match self.present.contains(byte) {
            true => self.scalars[self.present.rank(byte)],
            false => Scalar::ZERO,
        }
    }

    /// The node of a child that is there.
    #[inline]
    fn node(&self, byte: u8) -> NodeRef<'_> {
        if self.loaded.contains(byte) {
            NodeRef::Inner(&self.inners[self.loaded.rank(byte)])
        } else if self.inner.contains(byte) {
            NodeRef::Unloaded(Kind::Inner)
        } else {
            self.stems.get(byte).map_or(NodeRef::Unloaded(Kind::Stem), NodeRef::Stem)
        }
    }

    /// The children with their bytes, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u8, ChildRef<'_>)> {
        let scalars = self.present.iter().zip(&self.scalars);
        scalars.map(|(byte, scalar)| (byte, ChildRef { scalar: *scalar, node: self.node(byte) }))
    }

    /// The scalars with their bytes, ascending.
    #[inline]
    pub(super) fn scalars(&self) -> impl Iterator<Item = (u8, &Scalar)> {
        self.present.iter().zip(&self.scalars)
    }

    /// The inner nodes in memory with their bytes, ascending, to change them.
    pub(super) fn inners_mut(&mut self) -> impl Iterator<Item = (u8, &mut Arc<Inner>)> {
        self.loaded.iter().zip(&mut self.inners)
    }

    pub(super) fn len(&self) -> usize {
        self.scalars.len()
    }

    /// The children with these bytes, which ascend.
    pub(super) fn from_ascending(children: impl Iterator<Item = (u8, Child)>) -> Self {
        let mut all = Self::default();
        let mut stems = Vec::new();
        for (byte, child) in children {
            stems.extend(all.set(byte, child).map(|stem| (byte, stem)));
        }
        all.stems = Stems::from_ascending(stems);
        all
    }

    /// These children with those of the changes in their slots, in no more memory than they need.
    pub(super) fn with(&self, changes: &mut [Change]) -> Self {
        let mut children = self.clone_inners_with_room(changes);
        let mut set = |change: &mut Change| {
            let stem = children.set(change.byte, change.after.take()?)?;
            Some((change.byte, stem))
        };
        let stems: Vec<(u8, StemNode)> = changes.iter_mut().filter_map(&mut set).collect();
        children.stems = self.stems.with(stems.into_iter());
        children
    }

    /// These children without the stems, with room for those of the changes.
    fn clone_inners_with_room(&self, changes: &[Change]) -> Self {
        let (mut all, mut inners) = (0, 0);
        for Change { byte, after, .. } in changes {
            all += usize::from(!self.present.contains(*byte));
            if after.as_ref().is_some_and(|child| matches!(child.node, Node::Inner(_))) {
                inners += usize::from(!self.loaded.contains(*byte));
            }
        }
        self.warm_counts();
        Self {
            present: self.present,
            inner: self.inner,
            loaded: self.loaded,
            scalars: clone_with_room(&self.scalars, all),
            inners: clone_with_room(&self.inners, inners),
            stems: Stems::default(),
        }
    }

    /// Puts a child in its slot, over the one that was there; but gives back a stem.
    fn set(&mut self, byte: u8, child: Child) -> Option<StemNode> {
        let rank = self.present.rank(byte);
        if self.present.contains(byte) {
            self.scalars[rank] = child.scalar;
        } else {
            self.scalars.insert(rank, child.scalar);
            self.present.insert(byte);
        }
        match child.node {
            Node::Stem(stem) => return Some(stem),
            Node::Inner(inner) if self.loaded.contains(byte) => {
                let rank = self.loaded.rank(byte);
                self.inners[rank] = inner;
            }
            Node::Inner(inner) => {
                self.inner.insert(byte);
                self.loaded.insert(byte);
                self.inners.insert(self.loaded.rank(byte), inner);
            }
            Node::Unloaded(Kind::Inner) => self.inner.insert(byte),
            Node::Unloaded(Kind::Stem) => {}
        }
        None
    }

    /// Puts the node of a child, which is of its kind, into memory.
    pub(super) fn load(&mut self, byte: u8, node: Node) {
        match node {
            Node::Inner(inner) => {
                self.loaded.insert(byte);
                self.inners.insert(self.loaded.rank(byte), inner);
            }
            Node::Stem(stem) => self.stems.put(byte, stem),
            Node::Unloaded(_) => {}
        }
    }

    /// Lets the node of a child, which is in the store, go from memory.
    pub(super) fn unload(&mut self, byte: u8) {
        if self.loaded.contains(byte) {
            self.inners.remove(self.loaded.rank(byte));
            self.loaded.remove(byte);
        }
        self.stems.remove(byte);
    }
}

impl ChildRef<'_> {
    /// The child, whose inner node is shared.
    pub(super) fn cloned(self) -> Child {
        let node = match self.node {
            NodeRef::Inner(inner) => Node::Inner(Arc::clone(inner)),
            NodeRef::Stem(stem) => Node::Stem(stem.clone()),
            NodeRef::Unloaded(kind) => Node::Unloaded(kind),
        };
        Child { scalar: self.scalar, node }
    }
}

fn clone_with_room<T: Clone>(values: &[T], room: usize) -> Vec<T> {
    let mut all = Vec::with_capacity(values.len() + room);
    all.extend_from_slice(values);
    all
}

#[cfg(test)]
mod tests;
