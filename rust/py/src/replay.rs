//! Historical blocks.

use std::collections::BTreeMap;
use std::time::Instant;

use alloy_primitives::B256;
use corollup_core::containers::version;
use corollup_core::error::Error;
use corollup_core::evm::run_bare_block;
use corollup_core::genesis;
use corollup_core::replay::{self, add_block_hashes, add_further_accounts};
use corollup_core::state::MemoryState;
use corollup_lab::{replay_race, soak};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::error::BindingError;
use crate::genesis::GenesisState;

/// A historical block with the state that it touches.
#[pyclass(frozen, module = "corollup._core")]
pub(crate) struct ReplayBlock {
    block: replay::ReplayBlock,
    pre_state: genesis::GenesisState,
}

#[pymethods]
impl ReplayBlock {
    /// Reads the JSON of the block, of its touched pre-state, of the codes by hash and of the
    /// hashes of earlier blocks.
    #[new]
    fn new(
        py: Python<'_>,
        block: PyBackedBytes,
        pre_state: PyBackedBytes,
        codes: PyBackedBytes,
        block_hashes: PyBackedBytes,
    ) -> Result<Self, BindingError> {
        py.detach(|| {
            let block = replay::load_block(&block)?;
            let mut pre_state = replay::load_pre_state(&pre_state, &replay::load_codes(&codes)?)?;
            let hashes: BTreeMap<u64, B256> = serde_json::from_slice(&block_hashes)
                .map_err(|error| Error::encoding("block hashes", error.to_string()))?;
            add_block_hashes(&mut pre_state, block.number, &hashes);
            Ok(Self { block, pre_state })
        })
    }

    /// Block number.
    #[getter]
    fn number(&self) -> u64 {
        self.block.number
    }

    /// Replay version of the block's fork.
    #[getter]
    fn version(&self) -> u32 {
        version::REPLAY + self.block.fork as u32
    }

    /// Unix seconds.
    #[getter]
    fn timestamp(&self) -> u64 {
        self.block.timestamp
    }

    /// Miner or fee recipient.
    #[getter]
    fn beneficiary(&self) -> [u8; 20] {
        self.block.beneficiary.into()
    }

    /// Gas limit.
    #[getter]
    fn gas_limit(&self) -> u64 {
        self.block.gas_limit
    }

    /// Base fee, wei a gas.
    #[getter]
    fn base_fee(&self) -> u64 {
        self.block.base_fee
    }

    /// Blob base fee, wei a gas.
    #[getter]
    fn blob_base_fee(&self) -> u64 {
        self.block.blob_base_fee
    }

    /// PREVRANDAO, or the difficulty before the Merge.
    #[getter]
    fn prev_randao(&self) -> [u8; 32] {
        self.block.prev_randao.into()
    }

    /// EIP-2718 transactions.
    #[getter]
    fn transactions<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        self.block.transactions.iter().map(|tx| PyBytes::new(py, tx)).collect()
    }

    /// Gas used, as the block's header has it.
    #[getter]
    fn gas_used(&self) -> u64 {
        self.block.expected.gas_used
    }

    /// Bloom filter of the logs, as the block's header has it.
    #[getter]
    fn logs_bloom(&self) -> [u8; 256] {
        self.block.expected.logs_bloom.0.0
    }

    /// Merkle-Patricia root of the transactions, as the block's header has it.
    #[getter]
    fn transactions_root(&self) -> [u8; 32] {
        self.block.expected.transactions_root.0
    }

    /// Merkle-Patricia root of the receipts, as the block's header has it; none before Byzantium.
    #[getter]
    fn receipts_root(&self) -> Option<[u8; 32]> {
        self.block.expected.receipts_root.map(|root| root.0)
    }

    /// The state before the block, with further accounts of 1 wei.
    fn genesis_state(&self, py: Python<'_>, further_accounts: u64) -> GenesisState {
        py.detach(|| {
            let mut state = self.pre_state.clone();
            add_further_accounts(&mut state, further_accounts);
            state.into()
        })
    }

    /// Decodes the transactions, recovers their senders and executes them as a bare node does.
    ///
    /// Returns the gas used and the seconds of each run; the state is prepared before.
    fn run_bare(&self, py: Python<'_>, runs: usize) -> Result<(u64, Vec<f64>), BindingError> {
        py.detach(|| {
            let state = MemoryState::from(&self.pre_state);
            let environment = self.block.environment();
            let mut gas_used = 0;
            let mut seconds = Vec::with_capacity(runs);
            for _ in 0..runs {
                let start = Instant::now();
                gas_used = run_bare_block(&state, &environment, &self.block.transactions)?;
                seconds.push(start.elapsed().as_secs_f64());
            }
            Ok((gas_used, seconds))
        })
    }

    /// Checks that every backend and number of threads builds the same packet of the block, and
    /// has the same verdict on it and on an altered one.
    fn check_determinism(&self, py: Python<'_>) -> Result<(), BindingError> {
        Ok(py.detach(|| soak::check_block(&self.block, &self.pre_state))?)
    }

    /// Verifies a packet of the block with empty and with filled caches, and runs the block as a
    /// bare node does, in turn.
    ///
    /// Returns the least seconds of each.
    fn race(
        &self,
        py: Python<'_>,
        encoded: PyBackedBytes,
        hints: Option<PyBackedBytes>,
        runs: usize,
    ) -> Result<(f64, f64, f64), BindingError> {
        let [cold, warm, bare] = py.detach(|| {
            let hints = hints.as_deref();
            replay_race::race_block(&self.block, &self.pre_state, &encoded, hints, runs)
        })?;
        Ok((cold, warm, bare))
    }
}

impl ReplayBlock {
    /// The block and the state that it touches.
    pub(crate) fn parts(&self) -> (replay::ReplayBlock, genesis::GenesisState) {
        (self.block.clone(), self.pre_state.clone())
    }
}
