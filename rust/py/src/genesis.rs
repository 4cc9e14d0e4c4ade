//! The state that a network starts from.

use std::sync::{Arc, OnceLock};

use alloy_primitives::{Address, Bytes, U256};
use corollup_core::genesis::{self, GenesisAccount};
use corollup_core::verkle::Tree;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt};

use crate::error::BindingError;

/// Address, balance, nonce, code, and storage from slot to value.
type Account<'py> = ([u8; 20], Bound<'py, PyInt>, u64, Vec<u8>, Bound<'py, PyDict>);

/// The accounts of a genesis state, and their tree.
#[pyclass(frozen, module = "corollup._core")]
pub(crate) struct GenesisState {
    pub(crate) state: Arc<genesis::GenesisState>,
    tree: OnceLock<Tree>,
}

#[pymethods]
impl GenesisState {
    /// The state of these accounts, with the contracts that every native network has.
    #[new]
    fn new(accounts: Vec<Account<'_>>) -> PyResult<Self> {
        let mut state = genesis::GenesisState::new();
        for (address, balance, nonce, code, storage) in accounts {
            let account = GenesisAccount {
                balance: to_u256(&balance)?,
                nonce,
                code: Bytes::from(code),
                storage: storage
                    .iter()
                    .map(|(slot, value)| Ok((to_u256(&slot)?, to_u256(&value)?)))
                    .collect::<PyResult<_>>()?,
            };
            state.insert(Address::new(address), account);
        }
        genesis::add_predeploys(&mut state);
        Ok(Self::from(state))
    }

    /// The root of the state's tree.
    #[getter]
    fn root(&self, py: Python<'_>) -> Result<[u8; 32], BindingError> {
        py.detach(|| Ok(self.tree()?.root().0))
    }
}

impl From<genesis::GenesisState> for GenesisState {
    fn from(state: genesis::GenesisState) -> Self {
        Self { state: Arc::new(state), tree: OnceLock::new() }
    }
}

impl GenesisState {
    /// The tree of the accounts, built at the first call.
    pub(crate) fn tree(&self) -> Result<&Tree, BindingError> {
        if let Some(tree) = self.tree.get() {
            return Ok(tree);
        }
        let tree = genesis::leaves(&self.state)?.into_iter().collect();
        Ok(self.tree.get_or_init(|| tree))
    }
}

/// An integer in 0..2^256; another raises OverflowError.
fn to_u256(integer: &Bound<'_, PyAny>) -> PyResult<U256> {
    let bytes: [u8; 32] = integer.call_method1("to_bytes", (32, "big"))?.extract()?;
    Ok(U256::from_be_bytes(bytes))
}
