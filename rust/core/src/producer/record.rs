//! The access list while a packet is executed.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, map::HashMap};

use super::recorder::Reads;
use crate::access_list::{AccessList, AccountAccess, Entry, HeaderLeaves, LeafError, SlotAccess};
use crate::evm::history::HISTORY_STORAGE_ADDRESS;
use crate::evm::{Account, Bytecode, DatabaseRef, Ran, Touched, to_bytecode, without_code};

/// Touched leaves with their values before the packet and the writes of each step, over the state
/// before the packet.
pub(super) struct Record<'a, S> {
    state: &'a S,
    accounts: HashMap<Address, AccountRecord>,
    entries: usize,
    created_codes: HashMap<B256, Bytecode>,
    needed_codes: BTreeMap<B256, Bytes>,
    needed_code_bytes: usize,
    /// What the state answered, so that it is asked once.
    accounts_before: HashMap<Address, Option<Account>>,
    codes_before: HashMap<B256, Bytecode>,
}

#[derive(Default)]
pub(super) struct AccountRecord {
    basic_data: Entry,
    code_hash: Entry,
    slots: HashMap<U256, Entry>,
    /// The step that first destroyed the account with all slots, also those not touched so far.
    destroyed_at: Option<u32>,
}

/// What counts under the limits of a packet.
pub(super) struct Size {
    pub(super) entries: usize,
    pub(super) code_bytes: usize,
}

impl Size {
    /// The least that a packet with this step holds.
    pub(super) fn of(ran: &Ran, reads: &Reads) -> Self {
        Self {
            entries: ran.touched().map(|touched| 2 + touched.slots().len()).sum(),
            code_bytes: reads.needed_codes.values().map(|code| code.len()).sum(),
        }
    }
}

impl<'a, S: DatabaseRef> Record<'a, S> {
    pub(super) fn new(state: &'a S) -> Self {
        Self {
            state,
            accounts: HashMap::default(),
            entries: 0,
            created_codes: HashMap::default(),
            needed_codes: BTreeMap::new(),
            needed_code_bytes: 0,
            accounts_before: HashMap::default(),
            codes_before: HashMap::default(),
        }
    }

    /// What is recorded of an account.
    pub(super) fn account(&self, address: &Address) -> Option<&AccountRecord> {
        self.accounts.get(address)
    }

    /// A code that an earlier step created.
    pub(super) fn created_code(&self, hash: &B256) -> Option<&Bytecode> {
        self.created_codes.get(hash)
    }

    /// The sizes after a step that is not recorded yet.
    pub(super) fn size_with(&self, ran: &Ran, reads: &Reads) -> Size {
        let mut entries = self.entries;
        for touched in ran.touched() {
            let record = self.accounts.get(touched.address);
            let is_new = |slot: &U256| record.is_none_or(|known| !known.slots.contains_key(slot));
            entries += usize::from(record.is_none()) * 2
                + touched.slots().filter(|(slot, ..)| is_new(slot)).count();
        }
        entries +=
            2 * usize::from(!reads.block_hash_slots.is_empty()) + reads.block_hash_slots.len();
        let new_codes = reads.needed_codes.iter();
        let new_codes = new_codes.filter(|(hash, _)| !self.needed_codes.contains_key(*hash));
        let code_bytes = new_codes.map(|(_, code)| code.len()).sum::<usize>();
        Size { entries, code_bytes: self.needed_code_bytes + code_bytes }
    }

    /// Records a step: what it touched, and what it changed. With an error nothing is recorded.
    ///
    /// # Errors
    /// If an account fits in no leaf, of several the one of the lowest address, or if the state
    /// does not answer.
    pub(super) fn add(
        &mut self,
        index: u32,
        ran: &Ran,
        reads: Reads,
    ) -> Result<(), RecordError<S::Error>> {
        let mut changes = Vec::new();
        let mut refused: Option<LeafError> = None;
        for touched in ran.touched() {
            match self.change(touched) {
                Ok(change) => changes.push(change),
                Err(RecordError::Leaf(error)) => {
                    let lowest = refused.filter(|known| known.address < error.address);
                    refused = Some(lowest.unwrap_or(error));
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(error) = refused {
            return Err(error.into());
        }
        for change in changes {
            self.add_account(index, change)?;
        }
        for slot in reads.block_hash_slots {
            self.touch(HISTORY_STORAGE_ADDRESS)?;
            self.touch_slot(HISTORY_STORAGE_ADDRESS, slot, U256::ZERO)?;
        }
        for address in reads.accounts {
            self.touch(address)?;
        }
        for (address, slot) in reads.slots {
            self.touch_slot(address, slot, U256::ZERO)?;
        }
        for (hash, code) in reads.needed_codes {
            let size = code.len();
            if self.needed_codes.insert(hash, code).is_none() {
                self.needed_code_bytes += size;
            }
        }
        Ok(())
    }

    fn change<'t>(&mut self, touched: Touched<'t>) -> Result<Change<'t>, RecordError<S::Error>> {
        let before = self.leaves(*touched.address)?;
        let after = touched.account();
        let new_code = touched.new_code(&before.unpack().unwrap_or_default().code_hash);
        let leaves = before.after(*touched.address, &after, new_code.map(Bytecode::len))?;
        let new_code = new_code.map(|code| (after.code_hash, code.original_bytes()));
        Ok(Change { touched, leaves, new_code })
    }

    fn add_account(&mut self, index: u32, change: Change<'_>) -> Result<(), RecordError<S::Error>> {
        let Change { touched, leaves, new_code } = change;
        let is_destroyed = touched.is_destroyed();
        let record = self.touch(*touched.address)?;
        record.basic_data.record(index, leaves.basic_data);
        record.code_hash.record(index, leaves.code_hash);
        if is_destroyed {
            record.destroyed_at.get_or_insert(index);
            record.slots.values_mut().for_each(|entry| entry.record(index, B256::ZERO));
        }
        for (slot, value_before, value) in touched.slots() {
            let value = if is_destroyed { U256::ZERO } else { value };
            let entry = self.touch_slot(*touched.address, *slot, value_before)?;
            entry.record(index, B256::from(value));
        }
        if let Some((hash, code)) = new_code {
            self.created_codes.entry(hash).or_insert_with(|| to_bytecode(code));
        }
        Ok(())
    }

    /// The entries of an account, with their values before the packet when it is new.
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

    /// The entry of a slot of a touched account, of which the step knows the value before it. Zero
    /// may also stand for a value that the step had no need to read.
    fn touch_slot(
        &mut self,
        address: Address,
        slot: U256,
        value_before: U256,
    ) -> Result<&mut Entry, RecordError<S::Error>> {
        let record = self.accounts.entry(address).or_default();
        if !record.slots.contains_key(&slot) {
            let before = if value_before.is_zero() {
                self.state.storage_ref(address, slot).map_err(RecordError::State)?
            } else {
                value_before
            };
            let mut entry = Entry::read(before.into());
            if let Some(destroyed_at) = record.destroyed_at {
                entry.record(destroyed_at, B256::ZERO);
            }
            record.slots.insert(slot, entry);
            self.entries += 1;
        }
        Ok(record.slots.entry(slot).or_default())
    }

    /// The header leaves of an account as the next step finds them.
    fn leaves(&mut self, address: Address) -> Result<HeaderLeaves, RecordError<S::Error>> {
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

    /// An account before the packet; `None` if it is dead.
    pub(super) fn account_before(&mut self, address: Address) -> Result<Option<Account>, S::Error> {
        if let Some(known) = self.accounts_before.get(&address) {
            return Ok(known.clone());
        }
        let info = self.state.basic_ref(address)?.map(without_code);
        let account = info.map(Account::from).filter(|account| !account.is_dead());
        self.accounts_before.insert(address, account.clone());
        Ok(account)
    }

    /// The value of a slot before the packet.
    pub(super) fn slot_before(&self, address: Address, slot: U256) -> Result<U256, S::Error> {
        self.state.storage_ref(address, slot)
    }

    /// A code from before the packet.
    pub(super) fn code_before(&mut self, hash: B256) -> Result<Bytecode, S::Error> {
        if let Some(known) = self.codes_before.get(&hash) {
            return Ok(known.clone());
        }
        let code = self.state.code_by_hash_ref(hash)?;
        self.codes_before.insert(hash, code.clone());
        Ok(code)
    }

    /// Bytes of an account's code before the packet.
    pub(super) fn code_size_before(&mut self, account: &Account) -> Result<usize, S::Error> {
        if account.code_hash == KECCAK256_EMPTY {
            return Ok(0);
        }
        Ok(self.code_before(account.code_hash)?.len())
    }

    /// The codes that the packet created.
    pub(super) fn created_codes(&self) -> Vec<Bytes> {
        self.created_codes.values().map(Bytecode::original_bytes).collect()
    }

    /// The access list, and the codes from before the packet that its execution needs, ascending
    /// by hash.
    pub(super) fn finish(self) -> (AccessList, Vec<Bytes>) {
        let accounts = self.accounts.into_iter();
        let mut accounts: Vec<AccountAccess> =
            accounts.map(|(address, record)| record.finish(address)).collect();
        accounts.sort_unstable_by_key(|account| account.address);
        (AccessList { accounts }, self.needed_codes.into_values().collect())
    }
}

/// What a step does to an account.
struct Change<'t> {
    touched: Touched<'t>,
    leaves: HeaderLeaves,
    new_code: Option<(B256, Bytes)>,
}

impl AccountRecord {
    /// The header leaves as the next step finds them.
    pub(super) fn leaves(&self) -> HeaderLeaves {
        HeaderLeaves { basic_data: self.basic_data.after(), code_hash: self.code_hash.after() }
    }

    /// The value of a slot as the next step finds it, if the record knows it.
    pub(super) fn slot(&self, slot: &U256) -> Option<U256> {
        let recorded = self.slots.get(slot).map(|entry| entry.after().into());
        recorded.or(self.destroyed_at.map(|_| U256::ZERO))
    }

    fn finish(self, address: Address) -> AccountAccess {
        let slots = self.slots.into_iter();
        let mut slots: Vec<SlotAccess> =
            slots.map(|(slot, value)| SlotAccess { slot, value }).collect();
        slots.sort_unstable_by_key(|access| access.slot);
        let Self { basic_data, code_hash, .. } = self;
        AccountAccess { address, basic_data, code_hash, slots }
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
