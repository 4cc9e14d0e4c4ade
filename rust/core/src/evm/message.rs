//! Messages from L1, which run before the transactions of a packet.
//!
//! A message pays no fee and always ends: what would make a transaction invalid makes it fail with
//! all its gas, and what it mints stays.

use core::marker::PhantomData;

use alloy_primitives::{B256, U256, map::HashSet};
use revm::context::TxEnv;
use revm::context_interface::journaled_state::account::JournaledAccountTr;
use revm::context_interface::result::{
    EVMError, ExecutionResult, HaltReason, InvalidTransaction, OutOfGasError, ResultAndState,
    ResultGas,
};
use revm::context_interface::{Cfg, ContextSetters, ContextTr, JournalTr, Transaction as _};
use revm::handler::{EvmTr, FrameResult, Handler, MainnetContext, MainnetEvm};
use revm::interpreter::InitialAndFloorGas;
use revm::{Database, ExecuteEvm};

use super::ExecutionError;
use super::machine::{Machine, Ran, StateView};
use crate::containers::InboxMessage;
use crate::containers::limits::MAX_MESSAGE_CODE_BYTES;
use crate::rules::message_gas_limit;

/// The distinct codes that a message may still load.
#[derive(Clone, Debug, Default)]
pub(crate) struct CodeBudget {
    bytes_left: u64,
    loaded: HashSet<B256>,
    is_exceeded: bool,
}

impl CodeBudget {
    /// The budget of a message: its share of the codes that all messages of a packet may load.
    pub(crate) fn new(message: &InboxMessage, gas_limit: u64) -> Self {
        let most = u128::from(message_gas_limit(gas_limit).max(1));
        let bytes = u128::from(message.gas) * MAX_MESSAGE_CODE_BYTES as u128 / most;
        let bytes_left = u64::try_from(bytes).unwrap_or(u64::MAX);
        Self { bytes_left, ..Self::default() }
    }

    /// Counts a code; `false` if the message may not load it.
    pub(crate) fn take(&mut self, hash: B256, size: usize) -> bool {
        if self.loaded.contains(&hash) {
            return true;
        }
        let Some(left) = self.bytes_left.checked_sub(size as u64) else {
            self.is_exceeded = true;
            return false;
        };
        self.bytes_left = left;
        self.loaded.insert(hash);
        true
    }

    /// Whether a code was refused.
    pub(crate) const fn is_exceeded(&self) -> bool {
        self.is_exceeded
    }
}

impl<V: StateView> Machine<V> {
    /// Runs a message. What would be invalid as a transaction, asks for more codes than it may, or
    /// leaves a balance that no leaf holds, fails: it mints, and uses all its gas.
    ///
    /// # Errors
    /// If the view does not answer.
    pub(crate) fn run_message(
        &mut self,
        message: &InboxMessage,
    ) -> Result<Ran, ExecutionError<V::Error>> {
        self.evm.ctx.set_tx(to_tx(message));
        let mut handler = MessageHandler { mint: message.mint, view: PhantomData };
        let done = handler.run(&mut self.evm);
        // It clears the journal, also after an error.
        let state = self.evm.finalize();
        match self.settle(done.map(|result| ResultAndState { result, state })) {
            Ok(ran) if ran.fits_leaves() => Ok(ran),
            Ok(_) | Err(ExecutionError::Invalid(_)) => self.fail_message(message),
            Err(ExecutionError::State(_)) if self.view().is_over_code_budget() => {
                self.fail_message(message)
            }
            Err(error) => Err(error),
        }
    }

    /// What is left of a message that fails.
    fn fail_message(&mut self, message: &InboxMessage) -> Result<Ran, ExecutionError<V::Error>> {
        let journal = &mut self.evm.ctx.journaled_state;
        let mut sender =
            journal.load_account_mut(message.sender).map_err(ExecutionError::State)?.data;
        let balance = add_mint(*sender.balance(), message.mint);
        sender.set_balance(balance);
        let gas = ResultGas::default().with_total_gas_spent(message.gas);
        let reason = HaltReason::OutOfGas(OutOfGasError::Basic);
        let result = ExecutionResult::Halt { reason, gas, logs: Vec::new() };
        Ok(Ran { result, state: self.evm.finalize() })
    }
}

impl Ran {
    /// Whether every balance is below 2^128.
    fn fits_leaves(&self) -> bool {
        let mut touched = self.touched();
        touched.all(|touched| touched.account().balance <= U256::from(u128::MAX))
    }
}

/// A balance with minted wei; it stops at what a leaf holds.
fn add_mint(balance: U256, mint: u128) -> U256 {
    balance.saturating_add(U256::from(mint)).min(U256::from(u128::MAX))
}

fn to_tx(message: &InboxMessage) -> TxEnv {
    TxEnv {
        caller: message.sender,
        gas_limit: message.gas,
        kind: message.target.into(),
        value: message.value,
        data: message.data.clone(),
        ..TxEnv::default()
    }
}

/// The mainnet phases for a sender that signed nothing, is given what is minted and pays no fee.
struct MessageHandler<V> {
    mint: u128,
    view: PhantomData<V>,
}

impl<V: StateView> Handler for MessageHandler<V> {
    type Evm = MainnetEvm<MainnetContext<V>>;
    type Error = EVMError<<V as Database>::Error>;
    type HaltReason = HaltReason;

    /// A gas price of 0 is below every base fee, and a message has no nonce and no chain.
    fn validate_env(&self, evm: &mut Self::Evm) -> Result<(), Self::Error> {
        let (gas_limit, cap) = (evm.ctx().tx().gas_limit(), evm.ctx().cfg().tx_gas_limit_cap());
        if gas_limit > cap {
            return Err(InvalidTransaction::TxGasLimitGreaterThanCap { gas_limit, cap }.into());
        }
        Ok(())
    }

    fn validate_against_state_and_deduct_caller(
        &self,
        evm: &mut Self::Evm,
        _gas: &mut InitialAndFloorGas,
    ) -> Result<(), Self::Error> {
        let (_, tx, _, journal, _, _) = evm.ctx().all_mut();
        let mut sender = journal.load_account_mut(tx.caller())?.data;
        let balance = add_mint(*sender.balance(), self.mint);
        if balance < tx.value() {
            let (fee, balance) = (Box::new(tx.value()), Box::new(balance));
            return Err(InvalidTransaction::LackOfFundForMaxFee { fee, balance }.into());
        }
        sender.set_balance(balance);
        if !sender.bump_nonce() {
            return Err(InvalidTransaction::NonceOverflowInTransaction.into());
        }
        Ok(())
    }

    fn reimburse_caller(
        &self,
        _evm: &mut Self::Evm,
        _result: &mut FrameResult,
    ) -> Result<(), Self::Error> {
        Ok(())
    }

    /// The producer is not paid, so its account is not touched.
    fn reward_beneficiary(
        &self,
        _evm: &mut Self::Evm,
        _result: &mut FrameResult,
    ) -> Result<(), Self::Error> {
        Ok(())
    }
}
