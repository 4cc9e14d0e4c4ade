//! Accounts, slots and codes, read from the leaves of the tree.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};

use super::{StoreError, Table, View};
use crate::access_list::HeaderLeaves;
use crate::error::Error;
use crate::evm::{Account, AccountInfo, Bytecode, DatabaseRef, to_bytecode};
use crate::verkle::keys::{Key, Value, basic_data_key, code_hash_key, split, storage_key};
use crate::verkle::row_pairs;

/// The state of a view, as the EVM and wallets ask for it.
#[derive(Clone)]
pub struct StoredState {
    view: Arc<dyn View>,
}

impl StoredState {
    /// The state whose leaves a view has.
    pub const fn new(view: Arc<dyn View>) -> Self {
        Self { view }
    }

    /// An account; `None` for a dead one.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn account(&self, address: &Address) -> Result<Option<Account>, Error> {
        let row = self.stem_row(&basic_data_key(address))?;
        let leaf = |key: Key| B256::from(find(&row, &key).unwrap_or_default());
        let basic_data = leaf(basic_data_key(address));
        let code_hash = leaf(code_hash_key(address));
        Ok(HeaderLeaves { basic_data, code_hash }.unpack())
    }

    /// A storage slot; zero where nothing was written.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn slot(&self, address: Address, slot: U256) -> Result<U256, Error> {
        let key = storage_key(&address, slot);
        let value = find(&self.stem_row(&key)?, &key).unwrap_or_default();
        Ok(U256::from_be_bytes(value))
    }

    /// A code by its hash.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn code(&self, hash: &B256) -> Result<Option<Bytes>, Error> {
        if *hash == KECCAK256_EMPTY {
            return Ok(Some(Bytes::new()));
        }
        Ok(self.view.get(Table::Codes, hash.as_slice())?.map(Bytes::from))
    }

    fn stem_row(&self, key: &Key) -> Result<Vec<u8>, StoreError> {
        Ok(self.view.get(Table::Stems, &split(key).0)?.unwrap_or_default())
    }
}

/// The value of a key in the row of its stem.
fn find(row: &[u8], key: &Key) -> Option<Value> {
    let (_, suffix) = split(key);
    row_pairs(row).find(|(found, _)| *found == suffix).map(|(_, value)| value)
}

impl core::fmt::Debug for StoredState {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("StoredState").finish_non_exhaustive()
    }
}

impl DatabaseRef for StoredState {
    type Error = Error;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Error> {
        Ok(self.account(&address)?.map(AccountInfo::from))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Error> {
        let code = self.code(&hash)?;
        let code = code.ok_or_else(|| StoreError::corrupt(format!("code {hash} is missing")))?;
        Ok(to_bytecode(code))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Error> {
        self.slot(address, slot)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Error> {
        Err(Error::State(format!("the hash of block {number} is in the history contract")))
    }
}
