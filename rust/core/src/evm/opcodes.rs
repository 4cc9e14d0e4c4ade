//! Opcodes that differ from revm's in what they load, never in what they do or cost.

use alloy_primitives::{Address, KECCAK256_EMPTY, U256};
use revm::context_interface::{ContextTr, Host, context::ContextError, host::LoadError};
use revm::handler::MainnetContext;
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::{InstructionContext, InstructionExecResult, InstructionResult};

use super::StateView;

/// EXTCODESIZE from the account's header leaves: the code itself is not needed.
pub(super) fn extcodesize<V: StateView>(
    context: InstructionContext<'_, MainnetContext<V>, EthInterpreter>,
) -> InstructionExecResult {
    let InstructionContext { interpreter, host } = context;
    let Some(([], top)) = interpreter.stack.popn_top::<0>() else {
        return Err(InstructionResult::StackUnderflow);
    };
    let address = Address::from_word((*top).into());

    let cold_cost = host.gas_params().cold_account_additional_cost();
    let cannot_pay = interpreter.gas.remaining() < cold_cost;
    let load = host.load_account_info_skip_cold_load(address, false, cannot_pay)?;
    if load.is_cold && !interpreter.gas.record_regular_cost(cold_cost) {
        return Err(LoadError::ColdLoadSkipped.into());
    }

    // Code that the transaction did not set is still that of the view.
    let known_size = match &load.code {
        Some(code) => Some(code.len()),
        None => (load.code_hash == KECCAK256_EMPTY).then_some(0),
    };
    let size = match known_size {
        Some(size) => size,
        None => host.db_mut().code_size(address).map_err(|error| {
            *host.error() = Err(ContextError::Db(error));
            InstructionResult::FatalExternalError
        })?,
    };
    *top = U256::from(size);
    Ok(())
}
