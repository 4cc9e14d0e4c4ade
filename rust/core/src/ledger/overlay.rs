//! What the transactions of one block have changed so far, on top of the state before it.

use alloy_primitives::{Address, B256, U256};

use super::state::StateChanges;
use crate::evm::{AccountInfo, Bytecode, DatabaseRef, Outcome, to_bytecode};

/// A state with changes on top.
#[derive(Clone, Debug)]
pub struct Overlay<S> {
    base: S,
    changes: StateChanges,
}

impl<S: DatabaseRef> Overlay<S> {
    /// A state without changes yet.
    pub fn new(base: S) -> Self {
        Self { base, changes: StateChanges::default() }
    }

    /// Applies what a transaction touched.
    ///
    /// Since Cancun only contracts created by the same transaction are destroyed, so the touched
    /// slots are all that a destroyed account has.
    pub fn apply(&mut self, outcome: &Outcome) {
        for (address, touched) in &outcome.touched {
            self.changes.accounts.insert(*address, touched.account.clone());
            for (slot, value) in &touched.slots {
                self.changes.slots.insert((*address, *slot), *value);
            }
            if let Some(code) = &touched.new_code {
                self.changes.codes.insert(touched.account.code_hash, code.clone());
            }
        }
    }

    /// The values that were read or written.
    pub fn into_changes(self) -> StateChanges {
        self.changes
    }
}

impl<S: DatabaseRef> DatabaseRef for Overlay<S> {
    type Error = S::Error;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, S::Error> {
        match self.changes.accounts.get(&address) {
            Some(account) => Ok((!account.is_dead()).then(|| AccountInfo {
                nonce: account.nonce,
                balance: account.balance,
                code_hash: account.code_hash,
                code: None,
                account_id: None,
            })),
            None => self.base.basic_ref(address),
        }
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, S::Error> {
        match self.changes.codes.get(&hash) {
            Some(code) => Ok(to_bytecode(code.clone())),
            None => self.base.code_by_hash_ref(hash),
        }
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, S::Error> {
        match self.changes.slots.get(&(address, slot)) {
            Some(value) => Ok(*value),
            None => self.base.storage_ref(address, slot),
        }
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, S::Error> {
        self.base.block_hash_ref(number)
    }
}
