//! The state as the next step of a packet under construction finds it.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256};

use super::record::{Record, RecordError};
use crate::evm::history::{read_block_hash, slot as history_slot};
use crate::evm::{AccountInfo, Bytecode, Database, DatabaseRef, Ran, StateView};

/// What a step asked for beyond the accounts and slots that the EVM itself names as touched.
#[derive(Default)]
pub(super) struct Reads {
    pub(super) block_hash_slots: Vec<U256>,
    pub(super) needed_codes: BTreeMap<B256, Bytes>,
}

/// The state before the packet with the recorded steps applied, noting what the next one asks for.
pub(super) struct Recorder<'a, S> {
    pub(super) record: Record<'a, S>,
    pub(super) reads: Reads,
}

impl<'a, S: DatabaseRef> Recorder<'a, S> {
    pub(super) fn new(state: &'a S) -> Self {
        Self { record: Record::new(state), reads: Reads::default() }
    }

    /// Forgets what a step asked for that is not recorded.
    pub(super) fn forget_reads(&mut self) {
        self.reads = Reads::default();
    }

    /// Records a step that ran on this view.
    pub(super) fn add(&mut self, index: u32, ran: &Ran) -> Result<(), RecordError<S::Error>> {
        let reads = core::mem::take(&mut self.reads);
        self.record.add(index, ran, reads)
    }
}

impl<S: DatabaseRef> Database for Recorder<'_, S> {
    type Error = S::Error;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, S::Error> {
        let account = match self.record.account(&address) {
            Some(known) => known.leaves().unpack(),
            None => self.record.account_before(address)?,
        };
        Ok(account.map(AccountInfo::from))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, S::Error> {
        if let Some(code) = self.record.created_code(&code_hash) {
            return Ok(code.clone());
        }
        let code = self.record.code_before(code_hash)?;
        self.reads.needed_codes.entry(code_hash).or_insert_with(|| code.original_bytes());
        Ok(code)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, S::Error> {
        let known = self.record.account(&address).and_then(|known| known.slot(&slot));
        known.map_or_else(|| self.record.slot_before(address, slot), Ok)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, S::Error> {
        self.reads.block_hash_slots.push(history_slot(number));
        read_block_hash(self, number)
    }
}

impl<S: DatabaseRef> StateView for Recorder<'_, S> {
    fn code_size(&mut self, address: Address) -> Result<usize, S::Error> {
        if let Some(known) = self.record.account(&address) {
            return Ok(known.leaves().code_size() as usize);
        }
        let account = self.record.account_before(address)?.unwrap_or_default();
        self.record.code_size_before(&account)
    }
}
