//! The EVM's precompiles on their own.

use corollup_core::error::Error;
use corollup_core::evm::{self, Fork};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::error::BindingError;

/// Runs a precompile of a fork; returns its output and the gas used, or none if it fails.
#[pyfunction]
pub(crate) fn run_precompile(
    py: Python<'_>,
    fork: &str,
    address: [u8; 20],
    data: PyBackedBytes,
    gas_limit: u64,
) -> Result<Option<(Vec<u8>, u64)>, BindingError> {
    let fork = Fork::from_name(fork)
        .ok_or_else(|| Error::Argument(format!("there is no fork {fork:?}")))?;
    let output = py.detach(|| evm::run_precompile(fork, address.into(), &data, gas_limit))?;
    Ok(output.map(|(bytes, gas_used)| (bytes.into(), gas_used)))
}
