//! The access list while a packet is executed, which is also the state as the packet has it so far.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, map::HashMap};

use crate::access_list::{AccessList, AccountAccess, Entry, HeaderLeaves, LeafError, SlotAccess};
use crate::evm::history::{HISTORY_STORAGE_ADDRESS, read_block_hash, slot as history_slot};
use crate::evm::{
    Account, AccountInfo, Bytecode, Database, DatabaseRef, Outcome, StateView, TouchedAccount,
    to_bytecode, without_code,
};

/// Touched leaves with their values before the packet and the writes of each step, over the state
/// before the packet.
pub(super) struct Record<'a, S> {
    state: &'a S,
    accounts: BTreeMap<Address, AccountRecord>,
    entries: usize,
    created_codes: HashMap<B256, Bytecode>,
    needed_codes: BTreeMap<B256, Bytes>,
    needed_code_bytes: usize,
}

#[derive(Default)]
struct AccountRecord {
    basic_data: Entry,
    code_hash: Entry,
    slots: BTreeMap<U256, Entry>,
    /// The step that first destroyed the account with all slots, also those not touched so far.
    destroyed_at: Option<u32>,
}

/// What a step asked for beyond the accounts and slots that the EVM itself names as touched.
#[derive(Default)]
pub(super) struct Reads {
    block_hash_slots: Vec<U256>,
    needed_codes: BTreeMap<B256, Bytes>,
}

/// What counts under the limits of a packet.
pub(super) struct Size {
    pub(super) entries: usize,
    pub(super) code_bytes: usize,
}

impl Size {
    /// The least that a packet with this step holds.
    pub(super) fn of(outcome: &Outcome, reads: &Reads) -> Self {
        Self {
            entries: outcome.touched.values().map(|touched| 2 + touched.slots.len()).sum(),
            code_bytes: reads.needed_codes.values().map(|code| code.len()).sum(),
        }
    }
}

impl<'a, S: DatabaseRef> Record<'a, S> {
    pub(super) fn new(state: &'a S) -> Self {
        Self {
            state,
            accounts: BTreeMap::new(),
            entries: 0,
            created_codes: HashMap::default(),
            needed_codes: BTreeMap::new(),
            needed_code_bytes: 0,
        }
    }

    /// The state as the next step finds it, noting in `reads` what it asks for.
    pub(super) fn view<'b>(&'b self, reads: &'b mut Reads) -> RecordView<'b, 'a, S> {
        RecordView { record: self, reads }
    }

    /// The sizes after a step that is not recorded yet.
    pub(super) fn size_with(&self, outcome: &Outcome, reads: &Reads) -> Size {
        let mut entries = self.entries;
        for (address, touched) in &outcome.touched {
            let record = self.accounts.get(address);
            let is_new = |slot: &&U256| record.is_none_or(|known| !known.slots.contains_key(*slot));
            entries +=
                usize::from(record.is_none()) * 2 + touched.slots.keys().filter(is_new).count();
        }
        entries +=
            2 * usize::from(!reads.block_hash_slots.is_empty()) + reads.block_hash_slots.len();
        let new_codes = reads.needed_codes.iter();
        let new_codes = new_codes.filter(|(hash, _)| !self.needed_codes.contains_key(*hash));
        let code_bytes = new_codes.map(|(_, code)| code.len()).sum::<usize>();
        Size { entries, code_bytes: self.needed_code_bytes + code_bytes }
    }

    /// Records a step: what it touched, and what it changed.
    ///
    /// # Errors
    /// If the state does not answer.
    pub(super) fn add(
        &mut self,
        index: u32,
        outcome: &Outcome,
        reads: Reads,
    ) -> Result<(), RecordError<S::Error>> {
        for (address, touched) in &outcome.touched {
            touched.leaves_after(*address, self.leaves(*address)?)?;
        }
        for (address, touched) in &outcome.touched {
            self.add_account(index, *address, touched)?;
        }
        for slot in reads.block_hash_slots {
            self.touch_slot(HISTORY_STORAGE_ADDRESS, slot)?;
        }
        for (hash, code) in reads.needed_codes {
            let size = code.len();
            if self.needed_codes.insert(hash, code).is_none() {
                self.needed_code_bytes += size;
            }
        }
        Ok(())
    }

    fn add_account(
        &mut self,
        index: u32,
        address: Address,
        touched: &TouchedAccount,
    ) -> Result<(), RecordError<S::Error>> {
        let after = touched.leaves_after(address, self.leaves(address)?)?;
        let record = self.touch(address)?;
        record.basic_data.record(index, after.basic_data);
        record.code_hash.record(index, after.code_hash);
        if touched.destroyed {
            record.destroyed_at.get_or_insert(index);
            record.slots.values_mut().for_each(|entry| entry.record(index, B256::ZERO));
        }
        for (slot, value) in &touched.slots {
            self.touch_slot(address, *slot)?.record(index, B256::from(*value));
        }
        if let Some(code) = &touched.new_code {
            let bytecode = to_bytecode(code.clone());
            self.created_codes.insert(touched.account.code_hash, bytecode);
        }
        Ok(())
    }

    /// The entry of an account, with its values before the packet when it is new.
    fn touch(&mut self, address: Address) -> Result<&mut AccountRecord, RecordError<S::Error>> {
        if !self.accounts.contains_key(&address) {
            let leaves = self.leaves(address)?;
            let record = AccountRecord {
                basic_data: Entry::read(leaves.basic_data),
                code_hash: Entry::read(leaves.code_hash),
                ..AccountRecord::default()
            };
            self.entries += 2;
            self.accounts.insert(address, record);
        }
        Ok(self.accounts.entry(address).or_default())
    }

    fn touch_slot(
        &mut self,
        address: Address,
        slot: U256,
    ) -> Result<&mut Entry, RecordError<S::Error>> {
        let is_new = !self.touch(address)?.slots.contains_key(&slot);
        if is_new {
            let before = self.state.storage_ref(address, slot).map_err(RecordError::State)?;
            let record = self.touch(address)?;
            let mut entry = Entry::read(before.into());
            if let Some(destroyed_at) = record.destroyed_at {
                entry.record(destroyed_at, B256::ZERO);
            }
            record.slots.insert(slot, entry);
            self.entries += 1;
        }
        Ok(self.touch(address)?.slots.entry(slot).or_default())
    }

    /// The header leaves of an account as the next step finds them.
    fn leaves(&self, address: Address) -> Result<HeaderLeaves, RecordError<S::Error>> {
        if let Some(record) = self.accounts.get(&address) {
            return Ok(record.leaves());
        }
        let Some(account) = self.account_before(address).map_err(RecordError::State)? else {
            return Ok(HeaderLeaves::default());
        };
        let code_size = self.code_size_before(&account).map_err(RecordError::State)?;
        let code_size = u32::try_from(code_size).unwrap_or(u32::MAX);
        Ok(HeaderLeaves::pack(address, &account, code_size)?)
    }

    fn account_before(&self, address: Address) -> Result<Option<Account>, S::Error> {
        let info = self.state.basic_ref(address)?.map(without_code);
        Ok(info.map(Account::from).filter(|account| !account.is_dead()))
    }

    fn code_size_before(&self, account: &Account) -> Result<usize, S::Error> {
        if account.code_hash == KECCAK256_EMPTY {
            return Ok(0);
        }
        Ok(self.state.code_by_hash_ref(account.code_hash)?.len())
    }

    /// The codes that the packet created.
    pub(super) fn created_codes(&self) -> Vec<Bytes> {
        self.created_codes.values().map(Bytecode::original_bytes).collect()
    }

    /// The access list, and the codes from before the packet that its execution needs, ascending
    /// by hash.
    pub(super) fn finish(self) -> (AccessList, Vec<Bytes>) {
        let accounts = self.accounts.into_iter().map(|(address, record)| AccountAccess {
            address,
            basic_data: record.basic_data,
            code_hash: record.code_hash,
            slots: record
                .slots
                .into_iter()
                .map(|(slot, value)| SlotAccess { slot, value })
                .collect(),
        });
        let codes = self.needed_codes.into_values().collect();
        (AccessList { accounts: accounts.collect() }, codes)
    }
}

impl AccountRecord {
    fn leaves(&self) -> HeaderLeaves {
        HeaderLeaves { basic_data: self.basic_data.after(), code_hash: self.code_hash.after() }
    }
}

/// The state before the packet with the recorded steps applied.
pub(super) struct RecordView<'b, 'a, S> {
    record: &'b Record<'a, S>,
    reads: &'b mut Reads,
}

impl<S: DatabaseRef> Database for RecordView<'_, '_, S> {
    type Error = S::Error;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, S::Error> {
        let account = match self.record.accounts.get(&address) {
            Some(known) => known.leaves().unpack(),
            None => self.record.account_before(address)?,
        };
        Ok(account.map(AccountInfo::from))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, S::Error> {
        if let Some(code) = self.record.created_codes.get(&code_hash) {
            return Ok(code.clone());
        }
        let code = self.record.state.code_by_hash_ref(code_hash)?;
        self.reads.needed_codes.insert(code_hash, code.original_bytes());
        Ok(code)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, S::Error> {
        if let Some(known) = self.record.accounts.get(&address) {
            if let Some(entry) = known.slots.get(&slot) {
                return Ok(entry.after().into());
            }
            if known.destroyed_at.is_some() {
                return Ok(U256::ZERO);
            }
        }
        self.record.state.storage_ref(address, slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, S::Error> {
        self.reads.block_hash_slots.push(history_slot(number));
        read_block_hash(self, number)
    }
}

impl<S: DatabaseRef> StateView for RecordView<'_, '_, S> {
    fn code_size(&mut self, address: Address) -> Result<usize, S::Error> {
        if let Some(known) = self.record.accounts.get(&address) {
            return Ok(known.leaves().code_size() as usize);
        }
        let account = self.record.account_before(address)?.unwrap_or_default();
        self.record.code_size_before(&account)
    }
}

/// Why a step cannot be recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RecordError<E> {
    /// The step leaves an account that no leaf can hold.
    #[error("{0}")]
    Leaf(#[from] LeafError),
    /// The state did not answer.
    #[error("{0}")]
    State(E),
}
