//! What running a transaction gives.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, Log, U256};
use revm::context_interface::result::{
    EVMError, ExecutionResult, HaltReason, InvalidTransaction, Output,
};
use revm::state::{Account as RevmAccount, AccountInfo, EvmState};

/// An account without its storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Balance, wei.
    pub balance: U256,
    /// keccak of the code; [`KECCAK256_EMPTY`] without code.
    pub code_hash: B256,
}

impl Default for Account {
    fn default() -> Self {
        Self { nonce: 0, balance: U256::ZERO, code_hash: KECCAK256_EMPTY }
    }
}

impl Account {
    /// Whether nonce, balance and code are empty (EIP-161), which is as if it did not exist.
    pub fn is_dead(&self) -> bool {
        *self == Self::default()
    }
}

impl From<Account> for AccountInfo {
    fn from(account: Account) -> Self {
        let Account { nonce, balance, code_hash } = account;
        Self { nonce, balance, code_hash, code: None, ..Self::default() }
    }
}

impl From<AccountInfo> for Account {
    fn from(info: AccountInfo) -> Self {
        Self { nonce: info.nonce, balance: info.balance, code_hash: info.code_hash }
    }
}

/// An account that a transaction read or wrote, as it is afterwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TouchedAccount {
    /// The account afterwards.
    pub account: Account,
    /// The code, if the transaction changed it.
    pub new_code: Option<Bytes>,
    /// Whether SELFDESTRUCT cleared the account with all its storage.
    pub destroyed: bool,
    /// Every slot that was read or written, with its value afterwards.
    pub slots: BTreeMap<U256, U256>,
}

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It ran to its end.
    Success,
    /// REVERT.
    Revert,
    /// An exceptional halt, which uses all gas, and its cause in words.
    Halt(String),
}

/// The result of a transaction, a system call or a simulated call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// Gas used, after refunds.
    pub gas_used: u64,
    /// Gas refunded.
    pub gas_refunded: u64,
    /// Logs, empty unless it succeeded.
    pub logs: Vec<Log>,
    /// Return data, or the deployed code.
    pub output: Bytes,
    /// The created contract, if the transaction is a creation that succeeded.
    pub created: Option<Address>,
    /// Every account that was read or written.
    pub touched: BTreeMap<Address, TouchedAccount>,
}

impl Outcome {
    /// Whether it ran to its end.
    pub fn is_success(&self) -> bool {
        self.status == Status::Success
    }

    pub(super) fn new(result: ExecutionResult<HaltReason>, state: EvmState) -> Self {
        let gas = *result.gas();
        let created = created_address(&result);
        let (status, logs, output) = match result {
            ExecutionResult::Success { logs, output, .. } => {
                (Status::Success, logs, output.into_data())
            }
            ExecutionResult::Revert { output, .. } => (Status::Revert, Vec::new(), output),
            ExecutionResult::Halt { reason, .. } => {
                (Status::Halt(reason.to_string()), Vec::new(), Bytes::new())
            }
        };
        let touched = state.into_iter().map(|(address, account)| (address, account.into()));
        Self {
            status,
            gas_used: gas.tx_gas_used(),
            gas_refunded: gas.final_refunded(),
            logs,
            output,
            created,
            touched: touched.collect(),
        }
    }
}

pub(super) const fn created_address(result: &ExecutionResult<HaltReason>) -> Option<Address> {
    match result {
        ExecutionResult::Success { output: Output::Create(_, created), .. } => *created,
        _ => None,
    }
}

impl From<RevmAccount> for TouchedAccount {
    fn from(account: RevmAccount) -> Self {
        if account.is_selfdestructed() {
            let slots = account.storage.into_keys().map(|slot| (slot, U256::ZERO)).collect();
            return Self { destroyed: true, slots, ..Self::default() };
        }
        let is_new_code = account.info.code_hash != account.original_info().code_hash;
        let slots =
            account.storage.into_iter().map(|(slot, value)| (slot, value.present_value)).collect();
        Self {
            new_code: account
                .info
                .code
                .as_ref()
                .filter(|_| is_new_code)
                .map(|code| code.original_bytes()),
            account: account.info.into(),
            destroyed: false,
            slots,
        }
    }
}

/// Why a transaction gives no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecutionError<E> {
    /// The transaction is invalid in this environment and state.
    #[error("{0}")]
    Invalid(#[from] InvalidTransaction),
    /// The state did not answer.
    #[error("{0}")]
    State(E),
    /// The EVM itself failed, which no transaction should bring about.
    #[error("{0}")]
    Fatal(String),
}

impl<E> From<EVMError<E>> for ExecutionError<E> {
    fn from(error: EVMError<E>) -> Self {
        match error {
            EVMError::Transaction(error) => Self::Invalid(error),
            EVMError::Database(error) => Self::State(error),
            EVMError::Header(error) => Self::Fatal(error.to_string()),
            EVMError::Custom(error) => Self::Fatal(error),
            EVMError::CustomAny(error) => Self::Fatal(error.to_string()),
        }
    }
}
