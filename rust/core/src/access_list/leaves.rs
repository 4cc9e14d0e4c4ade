//! An account's header leaves and the account that the EVM sees.

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};

use crate::evm::{Account, TouchedAccount};
use crate::verkle::keys::BasicData;

/// An account that no leaf can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("balance {balance} of {address} is not below 2^128")]
pub struct LeafError {
    /// The account.
    pub address: Address,
    /// Its balance.
    pub balance: U256,
}

/// The two leaves of an account's header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeaderLeaves {
    /// Nonce, balance and code size.
    pub basic_data: B256,
    /// keccak of the code; zero without code.
    pub code_hash: B256,
}

impl HeaderLeaves {
    /// The leaves of an account.
    ///
    /// # Errors
    /// If the balance is 2^128 or more.
    pub fn pack(address: Address, account: &Account, code_size: u32) -> Result<Self, LeafError> {
        let balance = account.balance;
        let basic_data = u128::try_from(balance)
            .ok()
            .and_then(|balance| {
                BasicData { version: 0, code_size, nonce: account.nonce, balance }.pack().ok()
            })
            .ok_or(LeafError { address, balance })?;
        let has_code = account.code_hash != KECCAK256_EMPTY;
        let code_hash = if has_code { account.code_hash } else { B256::ZERO };
        Ok(Self { basic_data: basic_data.into(), code_hash })
    }

    /// The leaves of an account after a step, from those before it and the size of its code, if
    /// the step changed that.
    pub(crate) fn after(
        self,
        address: Address,
        account: &Account,
        new_code_size: Option<usize>,
    ) -> Result<Self, LeafError> {
        let code_size = match new_code_size {
            Some(size) => u32::try_from(size).unwrap_or(u32::MAX),
            None if account.code_hash == KECCAK256_EMPTY => 0,
            None => self.code_size(),
        };
        Self::pack(address, account, code_size)
    }

    /// The account of these leaves, or `None` if it is dead.
    pub fn unpack(&self) -> Option<Account> {
        let data = self.data();
        let has_code = !self.code_hash.is_zero();
        let account = Account {
            nonce: data.nonce,
            balance: U256::from(data.balance),
            code_hash: if has_code { self.code_hash } else { KECCAK256_EMPTY },
        };
        (!account.is_dead()).then_some(account)
    }

    /// Bytes of code.
    pub fn code_size(&self) -> u32 {
        self.data().code_size
    }

    /// A leaf that no account packs to is read as an empty account. The writes of a list may hold
    /// one; it differs from what the execution writes.
    fn data(&self) -> BasicData {
        BasicData::unpack(&self.basic_data.0).unwrap_or_default()
    }
}

impl TouchedAccount {
    /// The account's leaves, from those before the step.
    pub(crate) fn leaves_after(
        &self,
        address: Address,
        before: HeaderLeaves,
    ) -> Result<HeaderLeaves, LeafError> {
        let new_code_size = self.new_code.as_ref().map(|code| code.len());
        before.after(address, &self.account, new_code_size)
    }
}
