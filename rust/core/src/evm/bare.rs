//! A block as any ordinary node runs it: the measure of what an endorser's work costs beside it.

use alloy_primitives::Bytes;
use rayon::prelude::*;
use revm::{DatabaseRef, ExecuteEvm};

use super::execution::WholeState;
use super::machine::build_evm;
use super::{BlockEnvironment, ExecutionError, Transaction};
use crate::error::Error;

/// Decodes the transactions, recovers their senders and runs them in their order in one journal.
///
/// Senders are recovered one by one by libsecp256k1, on all threads of the current pool.
/// No root, proof or receipt is computed.
///
/// # Returns
/// The gas used.
///
/// # Errors
/// If a transaction does not decode or is invalid, or the state does not answer.
pub fn run_bare_block<S>(
    state: &S,
    environment: &BlockEnvironment,
    transactions: &[Bytes],
) -> Result<u64, Error>
where
    S: DatabaseRef<Error = Error>,
{
    let transactions = transactions
        .par_iter()
        .map(|bytes| Transaction::decode(bytes, environment.fork))
        .collect::<Result<Vec<_>, _>>()?;
    let mut evm = build_evm(WholeState(state), environment.to_block(), environment.to_cfg());
    let mut gas_used = 0;
    for transaction in &transactions {
        let result = evm.transact_one(transaction.to_tx()).map_err(ExecutionError::from);
        gas_used += result.map_err(to_error)?.tx_gas_used();
    }
    evm.finalize();
    Ok(gas_used)
}

fn to_error(error: ExecutionError<Error>) -> Error {
    match error {
        ExecutionError::State(error) => error,
        other => Error::State(other.to_string()),
    }
}
