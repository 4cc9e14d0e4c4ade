//! Running a packet over its access list, step by step, and comparing each step's writes.

use std::collections::BTreeMap;

use alloy_primitives::{B256, Bytes, U256};

use super::Stop;
use super::view::{Codes, ListedState, ReadError};
use crate::access_list::{
    AccessList, AccountAccess, Entry, FIRST_TRANSACTION_INDEX, HeaderLeaves, SYSTEM_INDEX,
};
use crate::containers::{Header, version};
use crate::error::{Error, Reason, Rejected, require};
use crate::evm::history::HISTORY_STORAGE_ADDRESS;
use crate::evm::{
    BlockEnvironment, ExecutionError, Outcome, TouchedAccount, Transaction, run_system_call,
    run_transaction,
};
use crate::receipts::Receipt;
use crate::senders::{BLOB_TRANSACTION, decode_transactions};

/// What a packet's execution gave.
pub(super) struct Execution {
    pub(super) transactions: Vec<Transaction>,
    pub(super) receipts: Vec<Receipt>,
}

impl Execution {
    pub(super) fn gas_used(&self) -> u64 {
        self.receipts.last().map_or(0, |receipt| receipt.cumulative_gas)
    }
}

/// Executes a packet. Every step runs on the values that the list gives before it, and its writes
/// are compared at once, so the first step that fails is the same however the steps are run.
pub(super) fn execute(
    header: &Header,
    environment: &BlockEnvironment,
    payload: &[Bytes],
    list: &AccessList,
    codes: &mut Codes<'_>,
) -> Result<Execution, Stop> {
    let mut unexplained = count_writes(list);

    if !version::is_replay(header.version) {
        let state = ListedState { list, index: SYSTEM_INDEX, codes };
        let data = header.parent_hash.into();
        let outcome = run_system_call(state, environment, HISTORY_STORAGE_ADDRESS, data)?;
        verify_writes(list, SYSTEM_INDEX, &outcome, unexplained.remove(&SYSTEM_INDEX))?;
    }

    let mut transactions = Vec::with_capacity(payload.len());
    let mut receipts: Vec<Receipt> = Vec::with_capacity(payload.len());
    for (index, decoded) in
        (FIRST_TRANSACTION_INDEX..).zip(decode_transactions(payload, environment.fork))
    {
        let gas_before = receipts.last().map_or(0, |receipt| receipt.cumulative_gas);
        let transaction = decoded.map_err(|error| invalid(error.to_string()))?;
        require_accepted_type(header, &transaction)?;
        require_gas_left(header, &transaction, gas_before)?;
        let state = ListedState { list, index, codes };
        let outcome = run_transaction(state, environment, &transaction)?;
        verify_writes(list, index, &outcome, unexplained.remove(&index))?;
        outcome
            .touched
            .values()
            .filter_map(|account| account.new_code.as_ref())
            .for_each(|code| codes.create(code));
        receipts.push(Receipt::new(outcome, gas_before));
        transactions.push(transaction);
    }

    require(Reason::WriteMismatch, unexplained.is_empty(), || {
        format!("the list has writes of {:?}, which are no steps", unexplained.keys())
    })?;
    Ok(Execution { transactions, receipts })
}

/// How many writes the list has of each step.
fn count_writes(list: &AccessList) -> BTreeMap<u32, usize> {
    let mut counts = BTreeMap::new();
    for account in &list.accounts {
        let slots = account.slots.iter().map(|access| &access.value);
        for entry in [&account.basic_data, &account.code_hash].into_iter().chain(slots) {
            for write in &entry.writes {
                *counts.entry(write.index).or_default() += 1;
            }
        }
    }
    counts
}

fn require_accepted_type(header: &Header, transaction: &Transaction) -> Result<(), Rejected> {
    let is_accepted = version::is_replay(header.version) || !transaction.is_blob();
    require(Reason::InvalidTransaction, is_accepted, || BLOB_TRANSACTION.into())
}

fn require_gas_left(
    header: &Header,
    transaction: &Transaction,
    gas_before: u64,
) -> Result<(), Rejected> {
    let left = header.gas_limit.saturating_sub(gas_before);
    require(Reason::InvalidTransaction, transaction.gas_limit() <= left, || {
        format!("the gas limit is {}, the packet has {left} left", transaction.gas_limit())
    })
}

/// Demands that a step writes what the list says of it, no more and no less.
fn verify_writes(
    list: &AccessList,
    index: u32,
    outcome: &Outcome,
    listed: Option<usize>,
) -> Result<(), Rejected> {
    let mut written = 0;
    for (address, touched) in &outcome.touched {
        let account = list.account(address);
        let account = account.ok_or_else(|| mismatch(index, &format!("unlisted {address}")))?;
        written += verify_account_writes(account, index, touched)?;
    }
    let listed = listed.unwrap_or_default();
    require(Reason::WriteMismatch, written == listed, || {
        format!("step {index} writes {written} values, the list has {listed}")
    })
}

/// Returns how many values the step writes.
fn verify_account_writes(
    account: &AccountAccess,
    index: u32,
    touched: &TouchedAccount,
) -> Result<usize, Rejected> {
    let before = account.leaves_before(index);
    let HeaderLeaves { basic_data, code_hash } = before
        .after(account.address, touched)
        .map_err(|error| Rejected::new(Reason::InvalidTransaction, error.to_string()))?;
    let mut written = verify_write(&account.basic_data, index, basic_data)?
        + verify_write(&account.code_hash, index, code_hash)?;
    for (slot, value) in &touched.slots {
        match account.slot(*slot) {
            Some(entry) => written += verify_write(entry, index, B256::from(*value))?,
            // The storage of an account that the step created is zero without a read.
            None if value.is_zero() => {}
            None => return Err(mismatch(index, &format!("unlisted slot {slot:#x}"))),
        }
    }
    if touched.destroyed {
        for access in &account.slots {
            if !touched.slots.contains_key(&access.slot) {
                written += verify_write(&access.value, index, B256::from(U256::ZERO))?;
            }
        }
    }
    Ok(written)
}

/// Returns 1 for a write and 0 for a value that stays.
fn verify_write(entry: &Entry, index: u32, value: B256) -> Result<usize, Rejected> {
    let expected = (value != entry.before_index(index)).then_some(value);
    if entry.written_at(index) == expected {
        return Ok(usize::from(expected.is_some()));
    }
    let listed = entry.written_at(index);
    Err(mismatch(index, &format!("{expected:?}, the list has {listed:?}")))
}

fn mismatch(index: u32, what: &str) -> Rejected {
    Rejected::new(Reason::WriteMismatch, format!("step {index} writes {what}"))
}

fn invalid(message: String) -> Rejected {
    Rejected::new(Reason::InvalidTransaction, message)
}

impl From<ExecutionError<ReadError>> for Stop {
    fn from(error: ExecutionError<ReadError>) -> Self {
        match error {
            ExecutionError::Invalid(error) => invalid(error.to_string()).into(),
            ExecutionError::State(ReadError(rejected)) => rejected.into(),
            ExecutionError::Fatal(message) => Error::State(message).into(),
        }
    }
}
