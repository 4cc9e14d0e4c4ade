//! The access list: every account and slot that a packet touches, its value before, and its writes.
//!
//! A touched account means both leaves of its header. Index 1 is the system call before the
//! transactions, `i + 2` is transaction `i`. A write is listed when the value after the
//! transaction differs from the value before it.

mod codec;
mod leaves;

use alloy_primitives::{Address, B256, U256};

pub use leaves::{HeaderLeaves, LeafError};

use crate::evm::TouchedAccount;
use crate::merkle::compute_merkle_root;
use crate::verkle::keys::{Key, Value, basic_data_key, code_hash_key, storage_key};

/// Index of the writes of the system call before the transactions.
pub const SYSTEM_INDEX: u32 = 1;
/// Index of the writes of transaction 0.
pub const FIRST_TRANSACTION_INDEX: u32 = 2;

/// A value that a key has from an index on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The system call or the transaction that wrote it.
    pub index: u32,
    /// The value after it.
    pub value: B256,
}

/// A key's value before the packet, and its writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The value before the packet; zero for an absent key.
    pub before: B256,
    /// The writes, their indexes strictly ascending.
    pub writes: Vec<Write>,
}

impl Entry {
    /// A key that nothing writes.
    pub const fn read(before: B256) -> Self {
        Self { before, writes: Vec::new() }
    }

    /// Adds what a step writes, unless the value stays. Steps come in their order.
    pub fn record(&mut self, index: u32, value: B256) {
        if value != self.after() {
            self.writes.push(Write { index, value });
        }
    }

    /// The value after the packet.
    pub fn after(&self) -> B256 {
        self.writes.last().map_or(self.before, |write| write.value)
    }

    /// The value that the step with this index finds.
    pub fn before_index(&self, index: u32) -> B256 {
        let earlier = self.writes.partition_point(|write| write.index < index);
        earlier.checked_sub(1).map_or(self.before, |last| self.writes[last].value)
    }

    /// What the step with this index writes, if it writes.
    pub fn written_at(&self, index: u32) -> Option<B256> {
        let position = self.writes.binary_search_by_key(&index, |write| write.index).ok()?;
        Some(self.writes[position].value)
    }
}

/// A touched storage slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotAccess {
    /// The slot.
    pub slot: U256,
    /// Its values.
    pub value: Entry,
}

/// A touched account: always both leaves of its header, and the touched slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountAccess {
    /// The account.
    pub address: Address,
    /// The leaf of nonce, balance and code size.
    pub basic_data: Entry,
    /// The leaf of the code hash.
    pub code_hash: Entry,
    /// The touched slots, strictly ascending.
    pub slots: Vec<SlotAccess>,
}

impl AccountAccess {
    /// The entry of a slot, if it is listed.
    pub fn slot(&self, slot: U256) -> Option<&Entry> {
        let position = self.slots.binary_search_by_key(&slot, |access| access.slot).ok()?;
        Some(&self.slots[position].value)
    }

    /// The account as the packet leaves it, with every listed slot. Its code is known by hash only.
    pub fn after(&self) -> TouchedAccount {
        let leaves =
            HeaderLeaves { basic_data: self.basic_data.after(), code_hash: self.code_hash.after() };
        let slots = self.slots.iter().map(|access| (access.slot, access.value.after().into()));
        TouchedAccount {
            account: leaves.unpack().unwrap_or_default(),
            new_code: None,
            destroyed: false,
            slots: slots.collect(),
        }
    }

    /// Every tree key of the account with its entry.
    fn entries(&self) -> impl Iterator<Item = (Key, &Entry)> {
        let header = [
            (basic_data_key(&self.address), &self.basic_data),
            (code_hash_key(&self.address), &self.code_hash),
        ];
        let slots = self.slots.iter();
        let slots = slots.map(|access| (storage_key(&self.address, access.slot), &access.value));
        header.into_iter().chain(slots)
    }
}

/// Everything that a packet touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessList {
    /// The touched accounts, strictly ascending by address.
    pub accounts: Vec<AccountAccess>,
}

impl AccessList {
    /// The account with this address, if it is listed.
    pub fn account(&self, address: &Address) -> Option<&AccountAccess> {
        let position =
            self.accounts.binary_search_by_key(address, |account| account.address).ok()?;
        Some(&self.accounts[position])
    }

    /// Every tree key with its entry, strictly ascending by key.
    pub fn entries(&self) -> Vec<(Key, &Entry)> {
        let mut entries: Vec<_> = self.accounts.iter().flat_map(AccountAccess::entries).collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries
    }
}

/// Computes the Merkle root of the leaves `key 32 ‖ u32 index ‖ value 32`, where index 0 is the
/// value before, of [`AccessList::entries`].
pub fn compute_access_root(entries: &[(Key, &Entry)]) -> B256 {
    compute_merkle_root(entries.iter().flat_map(|(key, entry)| {
        let before = encode_leaf(key, 0, &entry.before);
        let writes = entry.writes.iter();
        core::iter::once(before)
            .chain(writes.map(|write| encode_leaf(key, write.index, &write.value)))
    }))
}

fn encode_leaf(key: &Key, index: u32, value: &B256) -> [u8; 68] {
    let mut leaf = [0; 68];
    leaf[..32].copy_from_slice(key);
    leaf[32..36].copy_from_slice(&index.to_be_bytes());
    leaf[36..].copy_from_slice(value.as_slice());
    leaf
}

/// What the multiproof opens: each key with its value before the packet.
pub fn values_before(entries: &[(Key, &Entry)]) -> Vec<(Key, Value)> {
    entries.iter().map(|(key, entry)| (*key, entry.before.0)).collect()
}

/// What the packet changes in the tree: each key whose last value differs from its first.
pub fn final_writes(entries: &[(Key, &Entry)]) -> Vec<(Key, Value)> {
    let changed = entries.iter().filter(|(_, entry)| entry.after() != entry.before);
    changed.map(|(key, entry)| (*key, entry.after().0)).collect()
}

#[cfg(test)]
mod tests;
