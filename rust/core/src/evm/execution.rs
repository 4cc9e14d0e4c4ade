//! Running transactions and system calls over a state.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use revm::bytecode::opcode;
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::handler::{MainnetContext, MainnetEvm};
use revm::interpreter::Instruction;
use revm::state::{AccountInfo, Bytecode};
use revm::{Context, Database, DatabaseRef, ExecuteEvm, MainBuilder, SystemCallEvm};

use super::{BlockEnvironment, ExecutionError, Outcome, Transaction, history, opcodes};

/// The state as one transaction sees it.
///
/// Codes are asked for by their hash, and only when they are needed: executed, copied, or looked
/// at for a delegation.
pub(crate) trait StateView: Database {
    /// The size of an account's code before the transaction, which needs no code.
    fn code_size(&mut self, address: Address) -> Result<usize, Self::Error>;
}

/// Runs a signed transaction. The state is not changed: the outcome says what to change.
///
/// # Errors
/// If the transaction is invalid where it stands, or the state does not answer.
pub fn execute_transaction<S: DatabaseRef>(
    state: &S,
    environment: &BlockEnvironment,
    transaction: &Transaction,
) -> Result<Outcome, ExecutionError<S::Error>> {
    run_transaction(WholeState(state), environment, transaction)
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
    run_system_call(WholeState(state), environment, contract, data)
}

pub(crate) fn run_transaction<V: StateView>(
    view: V,
    environment: &BlockEnvironment,
    transaction: &Transaction,
) -> Result<Outcome, ExecutionError<V::Error>> {
    let mut evm = build_evm(view, environment.to_block(), environment.to_cfg());
    let done = evm.transact(transaction.to_tx())?;
    Ok(Outcome::new(done.result, done.state))
}

pub(crate) fn run_system_call<V: StateView>(
    view: V,
    environment: &BlockEnvironment,
    contract: Address,
    data: Bytes,
) -> Result<Outcome, ExecutionError<V::Error>> {
    let mut evm = build_evm(view, environment.to_block(), environment.to_cfg());
    let done = evm.system_call(contract, data)?;
    Ok(Outcome::new(done.result, done.state))
}

/// An EVM whose EXTCODESIZE does not load the code.
pub(super) fn build_evm<V: StateView>(
    view: V,
    block: BlockEnv,
    cfg: CfgEnv,
) -> MainnetEvm<MainnetContext<V>> {
    let context: MainnetContext<V> = Context::new(view, cfg.spec);
    let mut evm = context.with_cfg(cfg).with_block(block).with_tx(TxEnv::default()).build_mainnet();
    let gas = evm.instruction.gas_table()[usize::from(opcode::EXTCODESIZE)];
    evm.instruction.insert_instruction(
        opcode::EXTCODESIZE,
        Instruction::new(opcodes::extcodesize),
        gas,
    );
    evm
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
