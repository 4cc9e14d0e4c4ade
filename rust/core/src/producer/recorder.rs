//! The state as the next step of a packet under construction finds it.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Bytes, U256};

use super::record::{Record, RecordError};
use crate::evm::history::{read_block_hash, slot as history_slot};
use crate::evm::{
    AccountInfo, Bytecode, CodeBudget, DBErrorMarker, Database, DatabaseRef, Ran, StateView,
};

/// What a step asked for beyond the accounts and slots that the EVM itself names as touched.
#[derive(Default)]
pub(super) struct Reads {
    pub(super) block_hash_slots: Vec<U256>,
    pub(super) needed_codes: BTreeMap<B256, Bytes>,
    /// What a message asked for, which may fail at it and still be in the packet.
    pub(super) accounts: BTreeSet<Address>,
    /// As `accounts`.
    pub(super) slots: BTreeSet<(Address, U256)>,
}

/// A read that gives no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ReadError<E> {
    /// The state did not answer.
    #[error("{0}")]
    State(E),
    /// A message may not load the code of this hash: with it, its codes are too large.
    #[error("the code {0} is over the message's budget")]
    OverCodeBudget(B256),
}

impl<E: DBErrorMarker> DBErrorMarker for ReadError<E> {}

/// The state before the packet with the recorded steps applied, noting what the next one asks for.
pub(super) struct Recorder<'a, S> {
    pub(super) record: Record<'a, S>,
    pub(super) reads: Reads,
    budget: Option<CodeBudget>,
}

impl<'a, S: DatabaseRef> Recorder<'a, S> {
    pub(super) fn new(state: &'a S) -> Self {
        Self { record: Record::new(state), reads: Reads::default(), budget: None }
    }

    /// Forgets what a step asked for that is not recorded; a transaction comes next.
    pub(super) fn begin_transaction(&mut self) {
        self.reads = Reads::default();
        self.budget = None;
    }

    /// A message with this budget of codes comes next.
    pub(super) fn begin_message(&mut self, budget: CodeBudget) {
        self.reads = Reads::default();
        self.budget = Some(budget);
    }

    /// Records a step that ran on this view.
    pub(super) fn add(&mut self, index: u32, ran: &Ran) -> Result<(), RecordError<S::Error>> {
        let reads = core::mem::take(&mut self.reads);
        self.record.add(index, ran, reads)
    }
}

impl<S: DatabaseRef> Database for Recorder<'_, S> {
    type Error = ReadError<S::Error>;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        if self.budget.is_some() {
            self.reads.accounts.insert(address);
        }
        let account = match self.record.account(&address) {
            Some(known) => known.leaves().unpack(),
            None => self.record.account_before(address).map_err(ReadError::State)?,
        };
        Ok(account.map(AccountInfo::from))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Self::Error> {
        let created = self.record.created_code(&code_hash).cloned();
        let is_created = created.is_some();
        let code = match created {
            Some(code) => code,
            None => self.record.code_before(code_hash).map_err(ReadError::State)?,
        };
        if self.budget.as_mut().is_some_and(|budget| !budget.take(code_hash, code.len())) {
            return Err(ReadError::OverCodeBudget(code_hash));
        }
        if !is_created {
            self.reads.needed_codes.entry(code_hash).or_insert_with(|| code.original_bytes());
        }
        Ok(code)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Self::Error> {
        if self.budget.is_some() {
            self.reads.slots.insert((address, slot));
        }
        let known = self.record.account(&address).and_then(|known| known.slot(&slot));
        let before = || self.record.slot_before(address, slot).map_err(ReadError::State);
        known.map_or_else(before, Ok)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Self::Error> {
        self.reads.block_hash_slots.push(history_slot(number));
        read_block_hash(self, number)
    }
}

impl<S: DatabaseRef> StateView for Recorder<'_, S> {
    fn code_size(&mut self, address: Address) -> Result<usize, Self::Error> {
        if let Some(known) = self.record.account(&address) {
            return Ok(known.leaves().code_size() as usize);
        }
        let size = self
            .record
            .account_before(address)
            .and_then(|account| self.record.code_size_before(&account.unwrap_or_default()));
        size.map_err(ReadError::State)
    }

    fn is_over_code_budget(&self) -> bool {
        self.budget.as_ref().is_some_and(CodeBudget::is_exceeded)
    }
}
