//! EIP-2935: the hashes of earlier blocks in the storage of a contract.
//!
//! In every version BLOCKHASH reads the slot of this contract, so that a witness proves the answer
//! as it proves any other slot.

pub use alloy_eips::eip2935::{HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE};
use alloy_primitives::{B256, U256};
use revm::{Database, DatabaseRef};

use super::{BlockEnvironment, ExecutionError, Outcome, system_call};

/// Hashes that the contract keeps.
pub const HISTORY_SERVE_WINDOW: u64 = 8191;

/// The slot that holds the hash of the block with this number.
pub fn slot(number: u64) -> U256 {
    U256::from(number % HISTORY_SERVE_WINDOW)
}

/// Stores the parent's hash, as every block does before its transactions.
///
/// # Errors
/// If the state does not answer.
pub fn store_parent_hash<S: DatabaseRef>(
    state: &S,
    environment: &BlockEnvironment,
    parent_hash: B256,
) -> Result<Outcome, ExecutionError<S::Error>> {
    system_call(state, environment, HISTORY_STORAGE_ADDRESS, parent_hash.into())
}

pub(crate) fn read_block_hash<D: Database>(state: &mut D, number: u64) -> Result<B256, D::Error> {
    state.storage(HISTORY_STORAGE_ADDRESS, slot(number)).map(B256::from)
}
