//! The embedded L1 for Python.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use alloy_primitives::{Address, B256, U256};
use corollup_core::devchain::{self, DevConfig};
use corollup_core::genesis::GenesisAccount;
use pyo3::prelude::*;

use crate::error::BindingError;
use crate::ledger::{decode_json, decode_params, encode_json};

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
        history: u64,
    ) -> Self {
        let accounts: BTreeMap<_, _> = accounts
            .into_iter()
            .map(|(address, balance)| {
                let balance = U256::from(balance);
                (address.into(), GenesisAccount { balance, ..GenesisAccount::default() })
            })
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
        Self(RwLock::new(devchain::DevChain::new(config, accounts)))
    }

    /// Answers a JSON-RPC method that reads the chain; parameters and result are JSON.
    fn request(&self, py: Python<'_>, method: &str, params: &[u8]) -> PyResult<Vec<u8>> {
        Ok(py.detach(|| {
            let result = self.read().answer(method, decode_params(params)?)?;
            encode_json(&result)
        })?)
    }

    /// Adds a signed transaction to the pool and returns its hash.
    fn submit(&self, py: Python<'_>, raw: &[u8]) -> PyResult<[u8; 32]> {
        Ok(py.detach(|| self.write().submit(raw)).map_err(BindingError::from)?.into())
    }

    /// Adds a transaction of an impersonated account, given as a JSON-RPC request object.
    fn submit_unsigned(&self, py: Python<'_>, request: &[u8]) -> PyResult<[u8; 32]> {
        let hash = py.detach(|| {
            let request = decode_json(request)?;
            self.write().submit_unsigned(request).map_err(BindingError::from)
        })?;
        Ok(hash.into())
    }

    /// Mines a block at the caller's time and returns its hash.
    fn mine(&self, py: Python<'_>, now: u64) -> PyResult<[u8; 32]> {
        Ok(py.detach(|| self.write().mine(now)).map_err(BindingError::from)?.into())
    }

    /// Number of transactions in the pool.
    #[getter]
    fn pool_size(&self) -> usize {
        self.read().pool().transactions().count()
    }

    /// The nonce of the sender's next transaction, counting the pool's.
    fn pending_nonce(&self, address: [u8; 20]) -> u64 {
        let chain = self.read();
        chain.pool().next_nonce(chain.chain(), &address.into())
    }

    /// A transaction of the pool as JSON-RPC shows it, or None.
    fn pending_transaction(&self, tx_hash: [u8; 32]) -> PyResult<Option<Vec<u8>>> {
        let chain = self.read();
        let found = chain.pool().find(&tx_hash.into());
        Ok(found.map(|tx| encode_json(&corollup_core::ledger::pending_transaction(tx))).transpose()?)
    }

    /// Lets an account send transactions without its signature.
    fn impersonate(&self, address: [u8; 20]) {
        self.write().impersonate(address.into());
    }

    /// Ends `impersonate`.
    fn stop_impersonating(&self, address: [u8; 20]) {
        self.write().stop_impersonating(&Address::from(address));
    }

    /// Moves the chain's clock ahead of the caller's.
    fn increase_time(&self, seconds: u64) {
        self.write().increase_time(seconds);
    }

    /// Sets the timestamp of the next block.
    fn set_next_timestamp(&self, timestamp: u64) -> PyResult<()> {
        Ok(self.write().set_next_timestamp(timestamp).map_err(BindingError::from)?)
    }

    /// Sets the randomness of the next block.
    fn set_next_prev_randao(&self, prev_randao: [u8; 32]) {
        self.write().set_next_prev_randao(prev_randao.into());
    }

    /// Sets a balance in the state of the head, wei.
    fn set_balance(&self, address: [u8; 20], balance: u128) {
        self.write().set_balance(address.into(), U256::from(balance));
    }

    /// Sets a nonce in the state of the head.
    fn set_nonce(&self, address: [u8; 20], nonce: u64) {
        self.write().set_nonce(address.into(), nonce);
    }

    /// Sets the code of an account in the state of the head.
    fn set_code(&self, address: [u8; 20], code: Vec<u8>) {
        self.write().set_code(address.into(), code.into());
    }

    /// Sets a storage slot in the state of the head.
    fn set_storage(&self, address: [u8; 20], slot: [u8; 32], value: [u8; 32]) {
        let (slot, value) = (B256::from(slot).into(), B256::from(value).into());
        self.write().set_storage(address.into(), slot, value);
    }

    /// Remembers the chain as it is and returns the snapshot's id.
    fn snapshot(&self) -> u64 {
        self.write().snapshot()
    }

    /// Restores a snapshot; false if there is none of this id.
    fn revert(&self, snapshot: u64) -> bool {
        self.write().revert(snapshot)
    }

    /// Drops the last blocks and returns their transactions.
    fn rollback(&self, depth: u64) -> PyResult<Vec<Vec<u8>>> {
        let dropped = self.write().rollback(depth).map_err(BindingError::from)?;
        Ok(dropped.into_iter().map(Vec::from).collect())
    }
}
