//! The state that a network starts from.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U256};
use serde::{Deserialize, Serialize};

/// An account of the genesis state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisAccount {
    /// Balance, wei.
    #[serde(default)]
    pub balance: U256,
    /// Transactions sent, or contracts created.
    #[serde(default, with = "alloy_serde::quantity")]
    pub nonce: u64,
    /// Contract code; empty for a plain account.
    #[serde(default)]
    pub code: Bytes,
    /// Storage slots that are not zero.
    #[serde(default)]
    pub storage: BTreeMap<U256, U256>,
}

/// The accounts of the genesis state.
pub type GenesisState = BTreeMap<Address, GenesisAccount>;
