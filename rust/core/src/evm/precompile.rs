//! The precompiles on their own.

use alloy_primitives::{Address, Bytes};
use revm::precompile::{PrecompileSpecId, Precompiles};

use super::Fork;
use crate::error::Error;

/// Runs a precompile of a fork and returns its output and the gas used, or `None` if it fails,
/// which uses all gas.
///
/// # Errors
/// If the fork has no precompile at this address, or this build cannot run it.
pub fn run_precompile(
    fork: Fork,
    address: Address,
    input: &[u8],
    gas_limit: u64,
) -> Result<Option<(Bytes, u64)>, Error> {
    let precompiles = Precompiles::new(PrecompileSpecId::from_spec_id(fork.to_spec()));
    let precompile = precompiles
        .get(&address)
        .ok_or_else(|| Error::Argument(format!("{fork:?} has no precompile at {address}")))?;
    let output = precompile
        .execute(input, gas_limit, 0)
        .map_err(|error| Error::State(format!("precompile {address}: {error}")))?;
    let has_succeeded = output.status.is_success();
    Ok(has_succeeded.then_some((output.bytes, output.gas_used)))
}
