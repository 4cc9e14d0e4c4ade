//! Running transactions and system calls over a state.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use revm::state::{AccountInfo, Bytecode};
use revm::{Database, DatabaseRef};

use super::machine::{Machine, StateView};
use super::{BlockEnvironment, ExecutionError, Outcome, Transaction, history};

/// Runs a signed transaction. The state is not changed: the outcome says what to change.
///
/// # Errors
/// If the transaction is invalid where it stands, or the state does not answer.
pub fn execute_transaction<S: DatabaseRef>(
    state: &S,
    environment: &BlockEnvironment,
    transaction: &Transaction,
) -> Result<Outcome, ExecutionError<S::Error>> {
    let ran = Machine::new(WholeState(state), environment).run_transaction(transaction)?;
    Ok(ran.into_outcome())
}

/// Runs a system call: no fee, no nonce, no gas of the block.
///
/// # Errors
/// If the state does not answer.
pub fn system_call<S: DatabaseRef>(
    state: &S,
    environment: &BlockEnvironment,
    contract: Address,
    data: Bytes,
) -> Result<Outcome, ExecutionError<S::Error>> {
    let ran = Machine::new(WholeState(state), environment).run_system_call(contract, data)?;
    Ok(ran.into_outcome())
}

/// A view of a state that holds everything.
pub(super) struct WholeState<'a, S>(pub(super) &'a S);

impl<S: DatabaseRef> Database for WholeState<'_, S> {
    type Error = S::Error;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        Ok(self.0.basic_ref(address)?.map(without_code).filter(|info| !info.is_empty()))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Self::Error> {
        self.0.code_by_hash_ref(code_hash)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Self::Error> {
        self.0.storage_ref(address, slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Self::Error> {
        history::read_block_hash(self, number)
    }
}

impl<S: DatabaseRef> StateView for WholeState<'_, S> {
    fn code_size(&mut self, address: Address) -> Result<usize, Self::Error> {
        let Some(info) = self.basic(address)? else { return Ok(0) };
        Ok(self.code_by_hash(info.code_hash)?.len())
    }
}

/// The account with its code left to be asked for.
pub(crate) fn without_code(info: AccountInfo) -> AccountInfo {
    let code_hash = if info.code_hash.is_zero() { KECCAK256_EMPTY } else { info.code_hash };
    AccountInfo { code: None, account_id: None, code_hash, ..info }
}

/// The code of an account as the EVM runs it. Only a whole delegation (EIP-7702) is one; any other
/// code that begins like one is plain code.
pub fn to_bytecode(code: Bytes) -> Bytecode {
    Bytecode::new_eip7702_raw(code.clone()).unwrap_or_else(|_| Bytecode::new_legacy(code))
}
