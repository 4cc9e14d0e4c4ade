//! The state as a step of the packet finds it, read from the access list alone.

use alloy_primitives::{Address, B256, U256, map::HashMap};

use super::codes::{Codes, StoredCode};
use super::listed::Listed;
use crate::access_list::AccountAccess;
use crate::error::{Reason, Rejected};
use crate::evm::history::read_block_hash;
use crate::evm::{
    AccountId, AccountInfo, Bytecode, CodeBudget, DBErrorMarker, Database, StateView,
    to_numbered_info,
};

/// A read that gives no value. It is never answered with zero.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ReadError {
    /// Neither the list nor the codes can answer it.
    #[error("{0}")]
    Rejected(Rejected),
    /// The list says that an earlier step creates the code of this hash, but that step has not
    /// ended.
    #[error("the code {0} is not created yet")]
    CodeNotYetCreated(B256),
    /// A message may not load the code of this hash: with it, its codes are too large.
    #[error("the code {0} is over the message's budget")]
    OverCodeBudget(B256),
}

impl DBErrorMarker for ReadError {}

impl ReadError {
    fn unlisted(what: String) -> Self {
        Self::Rejected(Rejected::new(Reason::UnlistedRead, what))
    }
}

/// The state before a step: the last value that an earlier step writes.
pub(super) struct ListedState<'a> {
    listed: &'a Listed<'a>,
    codes: &'a Codes<'a>,
    step: u32,
    stored_codes: Vec<StoredCode>,
    message: Option<MessageCodes>,
}

/// What a message may load, and how large the codes of the accounts are that it has read.
struct MessageCodes {
    budget: CodeBudget,
    sizes: HashMap<B256, usize>,
}

impl<'a> ListedState<'a> {
    pub(super) const fn new(listed: &'a Listed<'a>, codes: &'a Codes<'a>) -> Self {
        Self { listed, codes, step: 0, stored_codes: Vec::new(), message: None }
    }

    /// Shows the state before this step from now on; a message has a budget of codes.
    pub(super) fn begin(&mut self, step: u32, budget: Option<CodeBudget>) {
        self.step = step;
        self.message = budget.map(|budget| MessageCodes { budget, sizes: HashMap::default() });
    }

    /// What the step was given by the endorser's own store of codes.
    pub(super) fn take_stored_codes(&mut self) -> Vec<StoredCode> {
        core::mem::take(&mut self.stored_codes)
    }

    fn account(&self, address: &Address) -> Result<(usize, &'a AccountAccess), ReadError> {
        let account = self.listed.account(address);
        account.ok_or_else(|| ReadError::unlisted(format!("account {address} is not listed")))
    }

    fn slot(&self, account: &AccountAccess, slot: U256) -> Result<U256, ReadError> {
        let entry = account.slot(slot).ok_or_else(|| {
            let address = account.address;
            ReadError::unlisted(format!("slot {slot:#x} of {address} is not listed"))
        })?;
        Ok(entry.before_index(self.step).into())
    }
}

impl Database for ListedState<'_> {
    type Error = ReadError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, ReadError> {
        let (number, account) = self.account(&address)?;
        let leaves = account.leaves_before(self.step);
        let account = leaves.unpack();
        if let (Some(message), Some(account)) = (&mut self.message, &account) {
            message.sizes.insert(account.code_hash, leaves.code_size() as usize);
        }
        Ok(account.map(|account| to_numbered_info(account, number)))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, ReadError> {
        if let Some(message) = &mut self.message {
            let size = message.sizes.get(&code_hash).copied().unwrap_or_default();
            if !message.budget.take(code_hash, size) {
                return Err(ReadError::OverCodeBudget(code_hash));
            }
        }
        self.codes.load(code_hash, self.step, self.listed, &mut self.stored_codes)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, ReadError> {
        self.slot(self.account(&address)?.1, slot)
    }

    fn storage_by_account_id(
        &mut self,
        _address: Address,
        number: AccountId,
        slot: U256,
    ) -> Result<U256, ReadError> {
        self.slot(self.listed.numbered(number.get()), slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, ReadError> {
        read_block_hash(self, number)
    }
}

impl StateView for ListedState<'_> {
    fn code_size(&mut self, address: Address) -> Result<usize, ReadError> {
        Ok(self.account(&address)?.1.leaves_before(self.step).code_size() as usize)
    }

    fn is_over_code_budget(&self) -> bool {
        self.message.as_ref().is_some_and(|message| message.budget.is_exceeded())
    }
}
