//! The state tree "CV-1": a Verkle tree of width 256 with KZG commitments over BLS12-381.
//!
//! ```text
//! keys         where accounts, slots and code live
//! nodes        the tree in memory             commitment   what a parent sees of its child
//! children     of an inner node               stems        those of them that are stems
//! tree         the whole tree
//! writes       those that change something    update       the tree after them, level by level
//! stored       what of it is in memory        rows         nodes as the rows of a store
//! changes      from tree to tree, in rows      builder      a tree from its sorted stems
//! witness      tree → proof                   partial      proof → part of the tree
//! layout, wire what a proof must hold, and its bytes
//! claims       what a proof says of each requested stem
//! proof        the multiproof of openings
//! ```

mod builder;
mod byte_set;
mod changes;
mod children;
mod claims;
mod commitment;
pub mod keys;
mod layout;
mod nodes;
mod partial;
mod proof;
mod rows;
mod stems;
mod stored;
#[cfg(test)]
mod tests;
mod tree;
mod update;
mod wire;
mod witness;
mod writes;

pub use builder::{RowSink, TreeBuilder};
pub use changes::TreeChanges;
pub use keys::{BasicData, Key, Stem, Value};
pub use partial::{
    FinalOpening, Options, PartialTree, compute_final_opening, verify, verify_strict, verify_with,
};
pub use rows::pairs as row_pairs;
pub use stored::NodeSource;
pub use tree::{Applied, Tree, Undo};
pub use update::UpdateEntry;
pub use wire::{PointCache, PointSize};

use crate::curve::PointError;
use crate::error::{Error, Reason};

/// Why a proof is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The bytes are no canonical proof for the keys and values.
    #[error("malformed proof: {0}")]
    Malformed(String),
    /// The proof does not verify under the root.
    #[error("invalid proof: {0}")]
    Invalid(&'static str),
    /// A commitment is not in the group of prime order, which only the strict check asks.
    #[error("a commitment is outside the group")]
    OutsideGroup,
}

impl ProofError {
    /// What an execution result with this proof is refused for; nothing, when only the strict
    /// check refuses.
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Malformed(_) => Some(Reason::MalformedProof),
            Self::Invalid(_) => Some(Reason::InvalidProof),
            Self::OutsideGroup => None,
        }
    }

    fn malformed(why: impl Into<String>) -> Self {
        Self::Malformed(why.into())
    }

    const fn invalid(why: &'static str) -> Self {
        Self::Invalid(why)
    }
}

impl From<PointError> for ProofError {
    fn from(error: PointError) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl From<Error> for ProofError {
    fn from(error: Error) -> Self {
        Self::Malformed(error.to_string())
    }
}
