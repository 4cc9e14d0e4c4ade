//! One EVM for many steps, each on the state that its view shows.

use alloy_primitives::{Address, B256, Bytes, Log, U256};
use revm::bytecode::opcode;
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::context_interface::result::{EVMError, ExecutionResult, HaltReason, ResultAndState};
use revm::handler::{MainnetContext, MainnetEvm};
use revm::interpreter::Instruction;
use revm::state::{Account as RevmAccount, AccountId, AccountInfo, Bytecode, EvmState};
use revm::{Context, Database, ExecuteEvm, MainBuilder, SystemCallEvm};

use super::outcome::created_address;
use super::{Account, BlockEnvironment, ExecutionError, Outcome, Transaction, opcodes};

/// The state as one transaction sees it.
///
/// Codes are asked for by their hash, and only when they are needed: executed, copied, or looked
/// at for a delegation.
pub(crate) trait StateView: Database {
    /// The size of an account's code before the transaction, which needs no code.
    fn code_size(&mut self, address: Address) -> Result<usize, Self::Error>;

    /// Whether the last error is that a message loaded more codes than it may.
    fn is_over_code_budget(&self) -> bool {
        false
    }
}

/// An EVM in one block's environment.
///
/// Its tables, stacks and buffers serve every step. No state does: each step begins with an empty
/// journal, also after one that gave an error.
pub(crate) struct Machine<V: StateView> {
    pub(super) evm: MainnetEvm<MainnetContext<V>>,
}

impl<V: StateView> Machine<V> {
    pub(crate) fn new(view: V, environment: &BlockEnvironment) -> Self {
        Self { evm: build_evm(view, environment.to_block(), environment.to_cfg()) }
    }

    /// The state that the next step finds.
    pub(crate) const fn view(&mut self) -> &mut V {
        &mut self.evm.ctx.journaled_state.database
    }

    /// Runs a signed transaction.
    ///
    /// # Errors
    /// If the transaction is invalid where it stands, or the view does not answer.
    pub(crate) fn run_transaction(
        &mut self,
        transaction: &Transaction,
    ) -> Result<Ran, ExecutionError<V::Error>> {
        let done = self.evm.transact(transaction.to_tx());
        self.settle(done)
    }

    /// Runs a system call: no fee, no nonce, no gas of the block.
    ///
    /// # Errors
    /// If the view does not answer.
    pub(crate) fn run_system_call(
        &mut self,
        contract: Address,
        data: Bytes,
    ) -> Result<Ran, ExecutionError<V::Error>> {
        let done = self.evm.system_call(contract, data);
        self.settle(done)
    }

    /// The view, as the last step left it.
    pub(crate) fn into_view(self) -> V {
        self.evm.ctx.journaled_state.database
    }

    pub(super) fn settle(
        &mut self,
        done: Result<ResultAndState, EVMError<V::Error>>,
    ) -> Result<Ran, ExecutionError<V::Error>> {
        // The journal, the stacks and the local buffers are cleared by every run, failed or not.
        self.evm.ctx.error = Ok(());
        let ResultAndState { result, state } = done?;
        Ok(Ran { result, state })
    }
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

/// What a step did, as the EVM holds it.
pub(crate) struct Ran {
    pub(super) result: ExecutionResult<HaltReason>,
    pub(super) state: EvmState,
}

/// The end of a step, as a receipt tells it.
pub(crate) struct Ending {
    /// Whether it ran to its end.
    pub(crate) succeeded: bool,
    /// Gas used, after refunds.
    pub(crate) gas_used: u64,
    /// Logs, empty unless it succeeded.
    pub(crate) logs: Vec<Log>,
    /// The created contract, if the step is a creation that succeeded.
    pub(crate) created: Option<Address>,
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Self {
        let succeeded = outcome.is_success();
        let Outcome { gas_used, logs, created, .. } = outcome;
        Self { succeeded, gas_used, logs, created }
    }
}

impl Ran {
    /// Every account that was read or written, in no order.
    pub(crate) fn touched(&self) -> impl Iterator<Item = Touched<'_>> {
        self.state.iter().map(|(address, account)| Touched { address, account })
    }

    /// The end alone.
    pub(crate) fn into_ending(self) -> Ending {
        let created = created_address(&self.result);
        Ending {
            succeeded: self.result.is_success(),
            gas_used: self.result.tx_gas_used(),
            logs: self.result.into_logs(),
            created,
        }
    }

    /// All of it, in order.
    pub(crate) fn into_outcome(self) -> Outcome {
        Outcome::new(self.result, self.state)
    }
}

/// An account that a step read or wrote.
#[derive(Clone, Copy)]
pub(crate) struct Touched<'a> {
    /// Its address.
    pub(crate) address: &'a Address,
    account: &'a RevmAccount,
}

impl<'a> Touched<'a> {
    /// The number that the view gave it.
    pub(crate) fn id(&self) -> Option<usize> {
        self.account.info.account_id.map(AccountId::get)
    }

    /// Whether SELFDESTRUCT cleared the account with all its storage.
    pub(crate) const fn is_destroyed(&self) -> bool {
        self.account.is_selfdestructed()
    }

    /// The account afterwards.
    pub(crate) fn account(&self) -> Account {
        if self.is_destroyed() {
            return Account::default();
        }
        let info = &self.account.info;
        Account { nonce: info.nonce, balance: info.balance, code_hash: info.code_hash }
    }

    /// The code afterwards, if the step gave the account another than that of `hash_before`.
    pub(crate) fn new_code(&self, hash_before: &B256) -> Option<&'a Bytecode> {
        let info = &self.account.info;
        let is_new = !self.is_destroyed() && info.code_hash != *hash_before;
        info.code.as_ref().filter(|_| is_new)
    }

    /// Every slot that was read or written: its value before and after. The value before counts
    /// as zero where the step created the account.
    pub(crate) fn slots(&self) -> impl ExactSizeIterator<Item = (&'a U256, U256, U256)> + use<'a> {
        let slots = self.account.storage.iter();
        slots.map(|(slot, value)| (slot, value.original_value, value.present_value))
    }
}

/// What a view knows of an account, with the number by which it finds it again.
pub(crate) fn to_numbered_info(account: Account, number: usize) -> AccountInfo {
    AccountInfo { account_id: AccountId::new(number), ..account.into() }
}
