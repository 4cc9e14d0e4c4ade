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
use crate::lanes;
use crate::merkle::compute_merkle_root;
use crate::verkle::keys::{
    BASIC_DATA_SUFFIX, CODE_HASH_SUFFIX, Key, Value, compute_stems, join, storage_place,
};

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
        let mut places = Places::default();
        for account in &self.accounts {
            places.add(account);
        }
        let stems = compute_stems(lanes::backend(), &places.stems);
        let entries = places.entries.into_iter();
        let mut entries: Vec<_> =
            entries.map(|(stem, suffix, entry)| (join(stems[stem], suffix), entry)).collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries
    }
}

/// Where the entries of an access list are in the tree, each stem named once.
#[derive(Default)]
struct Places<'a> {
    /// The address and tree index of each stem.
    stems: Vec<(Address, U256)>,
    /// The number of its stem, the suffix and the entry.
    entries: Vec<(usize, u8, &'a Entry)>,
}

impl<'a> Places<'a> {
    fn add(&mut self, account: &'a AccountAccess) {
        let header = self.stems.len();
        self.stems.push((account.address, U256::ZERO));
        self.entries.push((header, BASIC_DATA_SUFFIX, &account.basic_data));
        self.entries.push((header, CODE_HASH_SUFFIX, &account.code_hash));
        for access in &account.slots {
            let (tree_index, suffix) = storage_place(access.slot);
            // Slots ascend, so those of one stem are neighbours.
            if self.stems.last() != Some(&(account.address, tree_index)) && !tree_index.is_zero() {
                self.stems.push((account.address, tree_index));
            }
            let stem = if tree_index.is_zero() { header } else { self.stems.len() - 1 };
            self.entries.push((stem, suffix, &access.value));
        }
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
