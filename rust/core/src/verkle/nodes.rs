//! The nodes of the tree in memory, shared between the versions of a tree.
//!
//! Those of a tree in a store come into memory when they are first needed.

use std::sync::Arc;

use alloy_primitives::B256;

use super::commitment::Pair;
use super::keys::{Stem, Value};
use crate::curve::{Point, Scalar};

/// A node with up to 256 children, one for each next byte of the stems below it.
#[derive(Clone, Debug, Default)]
pub(super) struct Inner {
    pub(super) commitment: Point,
    pub(super) children: Children,
}

/// A node and the scalar that its parent commits to.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub(super) scalar: Scalar,
    pub(super) node: Node,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    Inner(Arc<Inner>),
    Stem(Arc<StemNode>),
    /// A node that is in the store and not in memory. What walks a path loads it first.
    Unloaded(Kind),
}

/// What an [`Node::Unloaded`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Inner,
    Stem,
}

/// All that the tree holds under a stem.
#[derive(Clone, Debug)]
pub(super) struct StemNode {
    pub(super) stem: Stem,
    pub(super) body: Body,
}

/// The values of a stem, by ascending suffix.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// One to four values, hashed as they are.
    Small(Box<[Pair]>),
    /// Five values and more, or those of them that a proof shows, under their commitment.
    Vector(Box<VectorBody>),
    /// The hash of a body that a proof does not open: a neighbour that nobody asked for.
    Hidden(Box<B256>),
}

#[derive(Clone, Debug)]
pub(super) struct VectorBody {
    pub(super) commitment: Point,
    pub(super) pairs: Vec<Pair>,
}

impl Node {
    pub(super) fn as_stem(&self) -> Option<&Arc<StemNode>> {
        match self {
            Self::Inner(_) | Self::Unloaded(_) => None,
            Self::Stem(node) => Some(node),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Inner(_) => Kind::Inner,
            Self::Stem(_) => Kind::Stem,
            Self::Unloaded(kind) => *kind,
        }
    }
}

impl StemNode {
    /// A stem of which only the hash of its body is known.
    pub(super) fn from_hidden((stem, body): &(Stem, B256)) -> Self {
        Self { stem: *stem, body: Body::Hidden(Box::new(*body)) }
    }
}

impl Body {
    pub(super) fn get(&self, suffix: u8) -> Option<&Value> {
        find_pair(self.pairs(), suffix)
    }

    /// The known pairs.
    pub(super) fn pairs(&self) -> &[Pair] {
        match self {
            Self::Small(pairs) => pairs,
            Self::Vector(vector) => &vector.pairs,
            Self::Hidden(_) => &[],
        }
    }

    pub(super) fn as_vector(&self) -> Option<&VectorBody> {
        if let Self::Vector(vector) = self { Some(vector) } else { None }
    }

    pub(super) fn as_vector_mut(&mut self) -> Option<&mut VectorBody> {
        if let Self::Vector(vector) = self { Some(vector) } else { None }
    }
}

impl VectorBody {
    pub(super) fn get(&self, suffix: u8) -> Option<&Value> {
        find_pair(&self.pairs, suffix)
    }
}

fn find_pair(pairs: &[Pair], suffix: u8) -> Option<&Value> {
    let position = pairs.binary_search_by_key(&suffix, |(suffix, _)| *suffix).ok()?;
    Some(&pairs[position].1)
}

/// Children by their byte: a set of bytes, and the children in the order of the set.
#[derive(Debug, Default)]
pub(super) struct Children {
    present: [u64; 4],
    nodes: Vec<Child>,
}

impl Clone for Children {
    fn clone(&self) -> Self {
        self.warm_counts();
        Self { present: self.present, nodes: self.nodes.clone() }
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
        let count = |child: &Child| match &child.node {
            Node::Inner(inner) => Arc::strong_count(inner),
            Node::Stem(stem) => Arc::strong_count(stem),
            Node::Unloaded(_) => 0,
        };
        core::hint::black_box(self.nodes.iter().map(count).fold(0, usize::wrapping_add));
    }

    pub(super) fn get(&self, byte: u8) -> Option<&Child> {
        self.contains(byte).then(|| &self.nodes[self.rank(byte)])
    }

    pub(super) fn get_mut(&mut self, byte: u8) -> Option<&mut Child> {
        self.contains(byte).then(|| self.rank(byte)).map(|rank| &mut self.nodes[rank])
    }

    /// Puts a child in its place, over the one that was there.
    pub(super) fn set(&mut self, byte: u8, child: Child) {
        let rank = self.rank(byte);
        if self.contains(byte) {
            self.nodes[rank] = child;
        } else {
            self.nodes.insert(rank, child);
            self.present[usize::from(byte / 64)] |= 1 << (byte % 64);
        }
    }

    /// The children with these bytes, which ascend.
    pub(super) fn from_ascending(children: impl Iterator<Item = (u8, Child)>) -> Self {
        let mut present = [0; 4];
        let nodes = children
            .map(|(byte, child)| {
                present[usize::from(byte / 64)] |= 1 << (byte % 64);
                child
            })
            .collect();
        Self { present, nodes }
    }

    /// The children with their bytes, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u8, &Child)> {
        (0..=u8::MAX).step_by(64).zip(self.present).flat_map(ones).zip(&self.nodes)
    }

    /// As [`Children::iter`], to change them.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u8, &mut Child)> {
        let present = self.present;
        let contains = move |byte: &u8| present[usize::from(byte / 64)] >> (byte % 64) & 1 == 1;
        (0..=u8::MAX).filter(contains).zip(&mut self.nodes)
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn contains(&self, byte: u8) -> bool {
        self.present[usize::from(byte / 64)] >> (byte % 64) & 1 == 1
    }

    /// How many children come before this byte.
    fn rank(&self, byte: u8) -> usize {
        let word = usize::from(byte / 64);
        let below = self.present[word] & ((1 << (byte % 64)) - 1);
        let ones = self.present[..word].iter().map(|bits| bits.count_ones()).sum::<u32>();
        (ones + below.count_ones()) as usize
    }
}

/// The numbers of the bits that are set, counted from `start` on.
fn ones((start, mut bits): (u8, u64)) -> impl Iterator<Item = u8> {
    core::iter::from_fn(move || {
        let lowest = u8::try_from(bits.trailing_zeros()).ok().filter(|bit| *bit < 64)?;
        bits &= bits - 1;
        Some(start + lowest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_children_stay_in_the_order_of_their_bytes() {
        let mut children = Children::default();
        let node = Node::Inner(Arc::default());
        for byte in [200, 0, 255, 63, 64, 1, 127, 128] {
            children.set(byte, Child { scalar: Scalar::from_u64(byte.into()), node: node.clone() });
        }
        children.set(63, Child { scalar: Scalar::from_u64(1063), node });
        let scalars = |children: &Children| -> Vec<(u8, Scalar)> {
            children.iter().map(|(byte, child)| (byte, child.scalar)).collect()
        };
        let expected = [0, 1, 63, 64, 127, 128, 200, 255].map(|byte: u8| {
            let number = if byte == 63 { 1063 } else { u64::from(byte) };
            (byte, Scalar::from_u64(number))
        });
        assert_eq!(scalars(&children), expected);
        let ascending = children.iter().map(|(byte, child)| (byte, child.clone()));
        assert_eq!(scalars(&Children::from_ascending(ascending)), expected);
        assert!(children.get(2).is_none());
    }
}
