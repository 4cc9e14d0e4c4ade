//! Accounts, storage and codes of a chain, readable at every kept version.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

use super::history::{History, Version};
use crate::error::Error;
use crate::evm::Account;
use crate::genesis::GenesisState;
use crate::store::StoredState;

/// The values that a block leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateChanges {
    /// Accounts; a dead one is as if it did not exist.
    pub accounts: BTreeMap<Address, Account>,
    /// Storage slots.
    pub slots: BTreeMap<(Address, U256), U256>,
    /// New codes by their hashes.
    pub codes: BTreeMap<B256, Bytes>,
}

/// The state of a chain at each of its recent versions: all of it in memory, or only what the
/// versions wrote, over a state in a store.
#[derive(Clone, Debug, Default)]
pub struct VersionedState {
    accounts: History<Address, Account>,
    slots: History<(Address, U256), U256>,
    codes: HashMap<B256, Bytes>,
    newest: Version,
    oldest: Version,
    /// The newest state, if it is in a store.
    base: Option<StoredState>,
}

impl VersionedState {
    /// The first state, at version 0.
    pub fn new(genesis: &GenesisState) -> Self {
        let mut state = Self::default();
        let mut changes = StateChanges::default();
        for (address, genesis) in genesis {
            let code_hash = keccak256(&genesis.code);
            let account = Account { nonce: genesis.nonce, balance: genesis.balance, code_hash };
            changes.accounts.insert(*address, account);
            changes.slots.extend(genesis.storage.iter().map(|(slot, v)| ((*address, *slot), *v)));
            changes.codes.insert(code_hash, genesis.code.clone());
        }
        state.write(changes);
        state
    }

    /// The state in a store, as the only readable version.
    pub fn stored(base: StoredState, version: Version) -> Self {
        Self {
            accounts: History::over_base(),
            slots: History::over_base(),
            codes: HashMap::new(),
            newest: version,
            oldest: version,
            base: Some(base),
        }
    }

    /// The version that the next read of the head sees.
    pub const fn newest(&self) -> Version {
        self.newest
    }

    /// The oldest version that can still be read.
    pub const fn oldest(&self) -> Version {
        self.oldest
    }

    /// Applies changes as a new version and returns it.
    pub fn apply(&mut self, changes: StateChanges) -> Version {
        self.newest += 1;
        self.write(changes);
        self.newest
    }

    /// As [`VersionedState::apply`] of changes that are in the store now, given what was there
    /// before: every key that the changes change.
    pub fn apply_stored(
        &mut self,
        changes: StateChanges,
        before: StateChanges,
        base: StoredState,
    ) -> Version {
        for (address, account) in before.accounts {
            let account = (!account.is_dead()).then_some(account);
            self.accounts.remember(address, self.oldest, account);
        }
        for (key, value) in before.slots {
            self.slots.remember(key, self.oldest, (!value.is_zero()).then_some(value));
        }
        self.base = Some(base);
        let mut changes = StateChanges { codes: BTreeMap::new(), ..changes };
        // What was only read stays with the base.
        changes.accounts.retain(|address, _| self.accounts.holds(address));
        changes.slots.retain(|key, _| self.slots.holds(key));
        self.apply(changes)
    }

    /// Drops every version after `version`, given the state in the store as it was then.
    pub fn truncate_stored(&mut self, version: Version, base: StoredState) {
        self.truncate(version);
        self.base = Some(base);
    }

    fn write(&mut self, changes: StateChanges) {
        for (address, account) in changes.accounts {
            let account = (!account.is_dead()).then_some(account);
            self.accounts.set(address, self.newest, account);
        }
        for (key, value) in changes.slots {
            self.slots.set(key, self.newest, (!value.is_zero()).then_some(value));
        }
        self.codes.extend(changes.codes);
    }

    /// Drops every version after `version`.
    pub fn truncate(&mut self, version: Version) {
        self.accounts.truncate(version);
        self.slots.truncate(version);
        self.newest = version;
    }

    /// Forgets every version before `oldest`.
    pub fn prune(&mut self, oldest: Version) {
        self.accounts.prune(oldest);
        self.slots.prune(oldest);
        self.oldest = self.oldest.max(oldest);
    }

    /// An account at a version; `None` for a dead one.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn account(&self, address: &Address, version: Version) -> Result<Option<Account>, Error> {
        match &self.base {
            Some(base) if !self.accounts.holds(address) => base.account(address),
            _ => Ok(self.accounts.get(address, version).cloned()),
        }
    }

    /// A storage slot at a version.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn slot(&self, address: Address, slot: U256, version: Version) -> Result<U256, Error> {
        match &self.base {
            Some(base) if !self.slots.holds(&(address, slot)) => base.slot(address, slot),
            _ => Ok(self.slots.get(&(address, slot), version).copied().unwrap_or_default()),
        }
    }

    /// A code by its hash, of any version.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn code(&self, hash: &B256) -> Result<Option<Bytes>, Error> {
        match (self.codes.get(hash), &self.base) {
            (Some(code), _) => Ok(Some(code.clone())),
            (None, Some(base)) => base.code(hash),
            (None, None) => Ok(None),
        }
    }
}
