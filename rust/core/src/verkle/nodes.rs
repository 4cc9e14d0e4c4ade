//! The nodes of the tree in memory, shared between the versions of a tree.
//!
//! Those of a tree in a store come into memory when they are first needed.

use std::sync::Arc;

use alloy_primitives::B256;

use super::children::Children;
use super::commitment::{Pair, SMALL_LIMIT};
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
    Stem(StemNode),
    /// A node that is in the store and not in memory. What walks a path loads it first.
    Unloaded(Kind),
}

/// A [`Node`] as it is seen in its parent.
#[derive(Clone, Copy, Debug)]
pub(super) enum NodeRef<'a> {
    Inner(&'a Arc<Inner>),
    Stem(&'a StemNode),
    Unloaded(Kind),
}

/// What an unloaded node is.
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
    /// The only value, as most stems have it.
    Single(Pair),
    /// Two to four values, hashed as they are, as a single one is.
    Small(Arc<[Pair]>),
    /// Five values and more, or those of them that a proof shows, under their commitment.
    Vector(Arc<VectorBody>),
    /// The hash of a body that a proof does not open: a neighbour that nobody asked for.
    Hidden(B256),
}

#[derive(Clone, Debug)]
pub(super) struct VectorBody {
    pub(super) commitment: Point,
    pub(super) pairs: Vec<Pair>,
}

impl<'a> NodeRef<'a> {
    pub(super) fn as_stem(self) -> Option<&'a StemNode> {
        match self {
            Self::Inner(_) | Self::Unloaded(_) => None,
            Self::Stem(node) => Some(node),
        }
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Inner(_) => Kind::Inner,
            Self::Stem(_) => Kind::Stem,
            Self::Unloaded(kind) => kind,
        }
    }
}

impl StemNode {
    /// A stem of which only the hash of its body is known.
    pub(super) fn from_hidden((stem, body): &(Stem, B256)) -> Self {
        Self { stem: *stem, body: Body::Hidden(*body) }
    }
}

impl Body {
    /// The body of one to four values.
    pub(super) fn small(pairs: &[Pair]) -> Self {
        debug_assert!((1..=SMALL_LIMIT).contains(&pairs.len()));
        match pairs {
            [pair] => Self::Single(*pair),
            _ => Self::Small(pairs.into()),
        }
    }

    /// The body of values under their commitment.
    pub(super) fn vector(commitment: Point, pairs: Vec<Pair>) -> Self {
        Self::Vector(Arc::new(VectorBody { commitment, pairs }))
    }

    pub(super) fn get(&self, suffix: u8) -> Option<&Value> {
        find_pair(self.pairs(), suffix)
    }

    /// The known pairs.
    pub(super) fn pairs(&self) -> &[Pair] {
        match self {
            Self::Single(pair) => core::slice::from_ref(pair),
            Self::Small(pairs) => pairs,
            Self::Vector(vector) => &vector.pairs,
            Self::Hidden(_) => &[],
        }
    }

    pub(super) fn as_vector(&self) -> Option<&VectorBody> {
        if let Self::Vector(vector) = self { Some(vector) } else { None }
    }

    pub(super) fn as_vector_mut(&mut self) -> Option<&mut VectorBody> {
        if let Self::Vector(vector) = self { Some(Arc::make_mut(vector)) } else { None }
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
