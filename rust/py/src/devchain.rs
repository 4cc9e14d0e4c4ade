//! The embedded L1 for Python.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use alloy_primitives::U256;
use corollup_core::devchain::{self, DevConfig};
use pyo3::prelude::*;

use crate::error::BindingError;
use crate::ledger::{decode_params, encode_json};

/// An Ethereum chain in this process that mines when it is told to.
#[pyclass(frozen, module = "corollup._core")]
pub(crate) struct DevChain(RwLock<devchain::DevChain>);

impl DevChain {
    fn read(&self) -> RwLockReadGuard<'_, devchain::DevChain> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, devchain::DevChain> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl DevChain {
    #[new]
    #[pyo3(signature = (
        *, chain_id, genesis_time, seed, accounts,
        gas_limit = 60_000_000, base_fee = 1_000_000_000, finality_depth = 2, history = 1024,
    ))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn new(
        chain_id: u64,
        genesis_time: u64,
        seed: [u8; 32],
        accounts: Vec<([u8; 20], u128)>,
        gas_limit: u64,
        base_fee: u64,
        finality_depth: u64,
        history: usize,
    ) -> Self {
        let accounts: Vec<_> = accounts
            .into_iter()
            .map(|(address, balance)| (address.into(), U256::from(balance)))
            .collect();
        let config = DevConfig {
            chain_id,
            genesis_time,
            seed: seed.into(),
            gas_limit,
            base_fee,
            finality_depth,
            history,
        };
        Self(RwLock::new(devchain::DevChain::new(config, &accounts)))
    }

    /// Answers a JSON-RPC method at the caller's time; parameters and result are JSON.
    fn request(&self, py: Python<'_>, method: &str, params: &[u8], now: u64) -> PyResult<Vec<u8>> {
        Ok(py.detach(|| {
            let params = decode_params(params)?;
            let result = if devchain::DevChain::is_command(method) {
                self.write().command(method, params, now)
            } else {
                self.read().answer(method, params)
            };
            encode_json(&result?)
        })?)
    }

    /// Mines a block at the caller's time and returns its hash.
    fn mine(&self, py: Python<'_>, now: u64) -> PyResult<[u8; 32]> {
        Ok(py.detach(|| self.write().mine(now)).map_err(BindingError::from)?.into())
    }

    /// Drops the last blocks and returns their transactions.
    fn rollback(&self, py: Python<'_>, depth: u64) -> PyResult<Vec<Vec<u8>>> {
        let dropped = py.detach(|| self.write().rollback(depth)).map_err(BindingError::from)?;
        Ok(dropped.into_iter().map(Vec::from).collect())
    }
}
