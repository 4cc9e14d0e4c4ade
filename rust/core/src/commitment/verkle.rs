//! The Verkle tree as a [`StateCommitment`].

use alloy_primitives::B256;

use super::StateCommitment;
use crate::access_list::{AccessList, final_writes, values_before};
use crate::curve::fixed_base::TableSize;
use crate::error::Error;
use crate::genesis::{GenesisState, leaves};
use crate::replay::MAINNET_CHAIN_ID;
use crate::verkle::{PartialTree, PointSize, Tree, Value, verify};

/// The state in a Verkle tree with KZG commitments.
#[derive(Clone)]
pub struct VerkleCommitment {
    tree: Tree,
    point_size: PointSize,
}

/// Tables of an endorser.
const TABLE_SIZE: TableSize = TableSize::Medium;

impl VerkleCommitment {
    /// The same state, with points of this size in its witnesses.
    pub fn with_points(self, point_size: PointSize) -> Self {
        Self { point_size, ..self }
    }
}

impl StateCommitment for VerkleCommitment {
    type Shown = PartialTree;

    fn build(state: &GenesisState) -> Result<Self, Error> {
        let mut tree = Tree::with_tables(TABLE_SIZE);
        tree.insert_all(&leaves(state)?)?;
        Ok(Self { tree, point_size: PointSize::default() })
    }

    fn root(&self) -> B256 {
        self.tree.root()
    }

    fn prove(&self, access_list: &AccessList) -> Result<Vec<u8>, Error> {
        let keys: Vec<_> = access_list.entries().into_iter().map(|(key, _)| key).collect();
        self.tree.prove_with(MAINNET_CHAIN_ID, &keys, self.point_size)
    }

    fn verify(root: B256, access_list: &AccessList, witness: &[u8]) -> Result<Self::Shown, Error> {
        let values = values_before(&access_list.entries());
        verify(MAINNET_CHAIN_ID, root, &values, witness)
            .map(|tree| tree.with_tables(TABLE_SIZE))
            .map_err(|error| Error::encoding("witness", error.to_string()))
    }

    fn apply(shown: Self::Shown, access_list: &AccessList) -> Result<B256, Error> {
        Ok(shown.apply(&final_writes(&access_list.entries()))?.0)
    }

    fn values_size(access_list: &AccessList) -> usize {
        size_of::<Value>() * access_list.entries().len()
    }
}
