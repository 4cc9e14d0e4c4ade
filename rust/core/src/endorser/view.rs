//! The state as a step of the packet finds it, read from the access list alone.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256, map::HashMap};

use super::CodeSource;
use crate::access_list::{AccessList, AccountAccess, HeaderLeaves};
use crate::containers::limits::MAX_CODE_BYTES;
use crate::error::{Reason, Rejected};
use crate::evm::history::read_block_hash;
use crate::evm::{AccountInfo, Bytecode, DBErrorMarker, Database, StateView, to_bytecode};

/// A read that the list or the codes cannot answer. It is never answered with zero.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct ReadError(pub(super) Rejected);

impl DBErrorMarker for ReadError {}

impl ReadError {
    fn unlisted(what: String) -> Self {
        Self(Rejected::new(Reason::UnlistedRead, what))
    }
}

/// The state before the step with this index: the last value written by an earlier step.
pub(super) struct ListedState<'a, 'b> {
    pub(super) list: &'a AccessList,
    pub(super) index: u32,
    pub(super) codes: &'a mut Codes<'b>,
}

impl ListedState<'_, '_> {
    fn account(&self, address: &Address) -> Result<&AccountAccess, ReadError> {
        let account = self.list.account(address);
        account.ok_or_else(|| ReadError::unlisted(format!("account {address} is not listed")))
    }
}

impl Database for ListedState<'_, '_> {
    type Error = ReadError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, ReadError> {
        let leaves = self.account(&address)?.leaves_before(self.index);
        Ok(leaves.unpack().map(AccountInfo::from))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, ReadError> {
        self.codes.load(code_hash).map_err(ReadError)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, ReadError> {
        let entry = self.account(&address)?.slot(slot);
        let entry = entry.ok_or_else(|| {
            ReadError::unlisted(format!("slot {slot:#x} of {address} is not listed"))
        })?;
        Ok(entry.before_index(self.index).into())
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, ReadError> {
        read_block_hash(self, number)
    }
}

impl StateView for ListedState<'_, '_> {
    fn code_size(&mut self, address: Address) -> Result<usize, ReadError> {
        Ok(self.account(&address)?.leaves_before(self.index).code_size() as usize)
    }
}

impl AccountAccess {
    /// The header leaves as the step with this index finds them.
    pub(super) fn leaves_before(&self, index: u32) -> HeaderLeaves {
        HeaderLeaves {
            basic_data: self.basic_data.before_index(index),
            code_hash: self.code_hash.before_index(index),
        }
    }
}

/// The codes that the execution may need: from the body, from the endorser's own store, and those
/// that earlier steps created.
pub(super) struct Codes<'a> {
    known: HashMap<B256, Bytecode>,
    created: HashMap<B256, Bytes>,
    store: Option<&'a dyn CodeSource>,
    stored_bytes: usize,
}

impl<'a> Codes<'a> {
    /// The codes of a body, each under its hash.
    pub(super) fn new(
        body: impl IntoIterator<Item = (B256, Bytes)>,
        store: Option<&'a dyn CodeSource>,
    ) -> Self {
        let known = body.into_iter().map(|(hash, code)| (hash, to_bytecode(code))).collect();
        Self { known, created: HashMap::default(), store, stored_bytes: 0 }
    }

    /// Makes a code known to the steps that follow.
    pub(super) fn create(&mut self, code: &Bytes) {
        let hash = keccak256(code);
        self.known.entry(hash).or_insert_with(|| to_bytecode(code.clone()));
        self.created.insert(hash, code.clone());
    }

    /// The codes that the packet created, by hash.
    pub(super) fn into_created(self) -> HashMap<B256, Bytes> {
        self.created
    }

    fn load(&mut self, hash: B256) -> Result<Bytecode, Rejected> {
        if let Some(code) = self.known.get(&hash) {
            return Ok(code.clone());
        }
        let code = self.store.and_then(|store| store.code(&hash));
        let code = code.ok_or_else(|| Rejected::new(Reason::MissingCode, hash.to_string()))?;
        self.stored_bytes += code.len();
        if self.stored_bytes > MAX_CODE_BYTES {
            let message = format!("codes are over the limit of {MAX_CODE_BYTES} bytes");
            return Err(Rejected::new(Reason::LimitExceeded, message));
        }
        let code = to_bytecode(code);
        self.known.insert(hash, code.clone());
        Ok(code)
    }
}
