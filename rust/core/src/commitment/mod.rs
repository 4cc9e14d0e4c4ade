//! Two commitments to the state behind one trait, to compare what their witnesses cost.
//!
//! [`VerkleCommitment`] is what packets use. [`PatriciaCommitment`] is the control: Ethereum's own
//! state trie, with the nodes on the touched paths as the witness. It takes no part in consensus.

mod patricia;
#[cfg(test)]
mod tests;
mod trie;
mod verkle;

use alloy_primitives::B256;

pub use patricia::{PatriciaCommitment, ShownAccounts};
pub use verkle::VerkleCommitment;

use crate::access_list::AccessList;
use crate::error::Error;
use crate::genesis::GenesisState;

/// A commitment to a state, of which a witness can show a part.
///
/// The witness of an access list shows the values before of everything in it, and is enough to
/// compute the root after its last writes.
pub trait StateCommitment: Sized {
    /// The part of a state that a witness shows.
    type Shown;

    /// Commits to a state.
    ///
    /// # Errors
    /// For an account that the commitment cannot hold.
    fn build(state: &GenesisState) -> Result<Self, Error>;

    /// The root of the state.
    fn root(&self) -> B256;

    /// The witness of an access list.
    ///
    /// # Errors
    /// If the list is empty.
    fn prove(&self, access_list: &AccessList) -> Result<Vec<u8>, Error>;

    /// Verifies that the witness shows the values before of an access list under a root.
    ///
    /// # Errors
    /// If it does not.
    fn verify(root: B256, access_list: &AccessList, witness: &[u8]) -> Result<Self::Shown, Error>;

    /// The root after the last writes of the access list.
    ///
    /// # Errors
    /// If what is shown does not suffice.
    fn apply(shown: Self::Shown, access_list: &AccessList) -> Result<B256, Error>;

    /// Bytes of the values before that are not in the witness and travel beside it.
    fn values_size(access_list: &AccessList) -> usize;
}
