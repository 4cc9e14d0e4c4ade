//! Calls that no one signed: `eth_call` and `eth_estimateGas`.

use core::marker::PhantomData;

use alloy_eips::eip2930::AccessList;
use alloy_eips::eip7702::SignedAuthorization;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use revm::context::TxEnv;
use revm::context_interface::journaled_state::account::JournaledAccountTr;
use revm::context_interface::result::{EVMError, HaltReason};
use revm::context_interface::transaction::TransactionType;
use revm::context_interface::{ContextTr, JournalTr, Transaction as _, either::Either};
use revm::handler::pre_execution::calculate_caller_fee;
use revm::handler::{EvmTr, Handler, MainnetContext, MainnetEvm};
use revm::interpreter::InitialAndFloorGas;
use revm::{DatabaseRef, ExecuteEvm};

use super::execution::WholeState;
use super::machine::{StateView, build_evm};
use super::{BlockEnvironment, ExecutionError, Outcome};

/// A call to simulate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Who calls; may be a contract.
    pub from: Address,
    /// Who is called, or a creation.
    pub to: TxKind,
    /// Value, wei.
    pub value: U256,
    /// Call data or init code.
    pub data: Bytes,
    /// Gas limit, at most the block's.
    pub gas_limit: u64,
    /// Gas price, wei. With 0 the base fee counts as 0 too.
    pub gas_price: u128,
    /// EIP-2930 access list.
    pub access_list: AccessList,
    /// EIP-7702 authorizations.
    pub authorization_list: Vec<SignedAuthorization>,
}

/// Runs a call as if its sender had signed it now: no check of nonce, sender's code or
/// transaction gas cap.
///
/// # Errors
/// If the sender cannot pay, the gas does not cover the intrinsic cost, or the state does not
/// answer.
pub fn simulate<S: DatabaseRef>(
    state: &S,
    environment: &BlockEnvironment,
    call: &Call,
) -> Result<Outcome, ExecutionError<S::Error>> {
    let mut block = environment.to_block();
    if call.gas_price == 0 {
        block.basefee = 0;
    }
    let mut cfg = environment.to_cfg().disable_tx_chain_id_check();
    cfg.disable_nonce_check = true;
    cfg.tx_gas_limit_cap = Some(u64::MAX);
    let mut evm = build_evm(WholeState(state), block, cfg);
    evm.ctx.tx = call.to_tx();
    let result = SimulationHandler(PhantomData).run(&mut evm)?;
    Ok(Outcome::new(result, evm.finalize()))
}

impl Call {
    fn to_tx(&self) -> TxEnv {
        let tx_type = match (self.authorization_list.is_empty(), self.access_list.is_empty()) {
            (false, _) => TransactionType::Eip7702,
            (true, false) => TransactionType::Eip2930,
            (true, true) => TransactionType::Legacy,
        };
        let authorizations = self.authorization_list.iter().cloned().map(Either::Left);
        TxEnv {
            tx_type: tx_type.into(),
            caller: self.from,
            gas_limit: self.gas_limit,
            gas_price: self.gas_price,
            kind: self.to,
            value: self.value,
            data: self.data.clone(),
            access_list: self.access_list.clone(),
            gas_priority_fee: (tx_type == TransactionType::Eip7702).then_some(self.gas_price),
            authorization_list: authorizations.collect(),
            ..TxEnv::default()
        }
    }
}

/// The mainnet phases, with contracts allowed as senders (EIP-3607 is not asked).
struct SimulationHandler<V>(PhantomData<V>);

impl<V: StateView> Handler for SimulationHandler<V> {
    type Evm = MainnetEvm<MainnetContext<V>>;
    type Error = EVMError<V::Error>;
    type HaltReason = HaltReason;

    fn validate_against_state_and_deduct_caller(
        &self,
        evm: &mut Self::Evm,
        _gas: &mut InitialAndFloorGas,
    ) -> Result<(), Self::Error> {
        let (block, tx, cfg, journal, _, _) = evm.ctx().all_mut();
        let mut caller = journal.load_account_with_code_mut(tx.caller())?.data;
        let balance = calculate_caller_fee(*caller.balance(), tx, block, cfg)?;
        caller.set_balance(balance);
        if tx.kind().is_call() {
            caller.bump_nonce();
        }
        Ok(())
    }
}
