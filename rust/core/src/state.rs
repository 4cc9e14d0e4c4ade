//! A whole state in memory, for tests, replays and short-lived networks.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256, map::HashMap};

use crate::access_list::AccessList;
use crate::error::Error;
use crate::evm::{
    Account, AccountInfo, Bytecode, DBErrorMarker, DatabaseRef, TouchedAccount, to_bytecode,
};
use crate::genesis::GenesisState;

impl DBErrorMarker for Error {}

/// Accounts with their storage and codes, answering as a revm database.
#[derive(Clone, Debug, Default)]
pub struct MemoryState {
    accounts: BTreeMap<Address, MemoryAccount>,
    codes: HashMap<B256, Bytes>,
}

/// An account of a [`MemoryState`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryAccount {
    /// Nonce, balance and code hash.
    pub account: Account,
    /// Slots that are not zero.
    pub storage: BTreeMap<U256, U256>,
}

impl From<&GenesisState> for MemoryState {
    fn from(genesis: &GenesisState) -> Self {
        let mut state = Self::default();
        for (address, account) in genesis {
            let code_hash = keccak256(&account.code);
            state.codes.insert(code_hash, account.code.clone());
            let nonzero = account.storage.iter().filter(|(_, value)| !value.is_zero());
            let storage = nonzero.map(|(slot, value)| (*slot, *value)).collect();
            let account = Account { nonce: account.nonce, balance: account.balance, code_hash };
            state.accounts.insert(*address, MemoryAccount { account, storage });
        }
        state
    }
}

impl MemoryState {
    /// Every account that is not dead or has storage, by address.
    pub const fn accounts(&self) -> &BTreeMap<Address, MemoryAccount> {
        &self.accounts
    }

    /// Applies what a transaction touched.
    pub fn apply(&mut self, touched: &BTreeMap<Address, TouchedAccount>) {
        for (address, after) in touched {
            let account = self.accounts.entry(*address).or_default();
            account.account = after.account.clone();
            if after.destroyed {
                account.storage.clear();
            }
            for (slot, value) in &after.slots {
                if value.is_zero() {
                    account.storage.remove(slot);
                } else {
                    account.storage.insert(*slot, *value);
                }
            }
            if let Some(code) = &after.new_code {
                self.codes.insert(after.account.code_hash, code.clone());
            }
            if account.account.is_dead() && account.storage.is_empty() {
                self.accounts.remove(address);
            }
        }
    }
}

impl MemoryState {
    /// Applies the last writes of a packet, and the codes that it created.
    pub fn apply_access_list(&mut self, list: &AccessList, created_codes: &[Bytes]) {
        self.codes.extend(created_codes.iter().map(|code| (keccak256(code), code.clone())));
        let touched = list.accounts.iter().map(|account| (account.address, account.after()));
        self.apply(&touched.collect());
    }
}

impl DatabaseRef for MemoryState {
    type Error = Error;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Error> {
        Ok(self.accounts.get(&address).map(|MemoryAccount { account, .. }| AccountInfo {
            nonce: account.nonce,
            balance: account.balance,
            code_hash: account.code_hash,
            code: None,
            ..AccountInfo::default()
        }))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Error> {
        let code = self.codes.get(&code_hash);
        let code = code.ok_or_else(|| Error::State(format!("code {code_hash} is missing")))?;
        Ok(to_bytecode(code.clone()))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Error> {
        let account = self.accounts.get(&address);
        Ok(account.and_then(|account| account.storage.get(&slot)).copied().unwrap_or_default())
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Error> {
        Err(Error::State(format!("the hash of block {number} is in the history contract")))
    }
}
