//! The one module that knows revm: transactions, their environment, and what running them gives.

mod bare;
mod environment;
mod execution;
mod fork;
pub mod history;
mod machine;
mod message;
mod opcodes;
mod outcome;
mod precompile;
mod simulation;
#[cfg(test)]
mod tests;
mod transaction;

pub use alloy_consensus::Transaction as TransactionFields;
pub use bare::run_bare_block;
pub use environment::BlockEnvironment;
pub(crate) use execution::without_code;
pub use execution::{execute_transaction, system_call, to_bytecode};
pub use fork::Fork;
pub(crate) use machine::{Ending, Machine, Ran, StateView, Touched, to_numbered_info};
pub(crate) use message::CodeBudget;
pub use outcome::{Account, ExecutionError, Outcome, Status, TouchedAccount};
pub use precompile::run_precompile;
pub(crate) use revm::Database;
pub use revm::context_interface::result::InvalidTransaction;
pub use revm::database_interface::{DBErrorMarker, DatabaseRef};
pub(crate) use revm::state::AccountId;
pub use revm::state::{AccountInfo, Bytecode};
pub use simulation::{Call, simulate};
pub(crate) use transaction::Signer;
pub use transaction::{Envelope, Transaction, compute_intrinsic_gas};
