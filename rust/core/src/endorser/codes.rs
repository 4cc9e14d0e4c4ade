//! The codes that the execution may need: from the body, from the endorser's own store, and those
//! that steps of the packet created.

use std::sync::{OnceLock, PoisonError, RwLock};

use alloy_primitives::{B256, Bytes, map::HashMap};

use super::CodeSource;
use super::listed::Listed;
use super::view::ReadError;
use crate::error::{Reason, Rejected};
use crate::evm::{Bytecode, to_bytecode};

/// Codes by hash, for any number of steps at once.
pub(super) struct Codes<'a> {
    /// The body's codes. A jump table is made when its code is first asked for.
    body: HashMap<B256, (Bytes, OnceLock<Bytecode>)>,
    store: Option<&'a dyn CodeSource>,
    /// Those that the store gave.
    stored: RwLock<HashMap<B256, Bytecode>>,
    /// With the first step that is known to have created each.
    created: RwLock<HashMap<B256, (u32, Bytecode)>>,
}

/// A code that a step was given by the endorser's own store, and its size.
pub(super) type StoredCode = (B256, usize);

impl<'a> Codes<'a> {
    /// The codes of a body, each under its hash.
    pub(super) fn new(
        body: impl IntoIterator<Item = (B256, Bytes)>,
        store: Option<&'a dyn CodeSource>,
    ) -> Self {
        let body = body.into_iter().map(|(hash, code)| (hash, (code, OnceLock::new())));
        Self { body: body.collect(), store, stored: RwLock::default(), created: RwLock::default() }
    }

    /// Makes a code known to the steps after this one.
    pub(super) fn create(&self, step: u32, hash: B256, code: &Bytes) {
        let mut created = self.created.write().unwrap_or_else(PoisonError::into_inner);
        let known = created.entry(hash).or_insert_with(|| (step, to_bytecode(code.clone())));
        known.0 = step.min(known.0);
    }

    /// The code of this hash, as a step finds it. What comes from the store is added to `stored`.
    pub(super) fn load(
        &self,
        hash: B256,
        step: u32,
        listed: &Listed<'_>,
        stored: &mut Vec<StoredCode>,
    ) -> Result<Bytecode, ReadError> {
        if let Some((code, bytecode)) = self.body.get(&hash) {
            return Ok(bytecode.get_or_init(|| to_bytecode(code.clone())).clone());
        }
        if let Some(code) = self.created_before(&hash, step) {
            return Ok(code);
        }
        if let Some(code) = self.load_stored(&hash) {
            stored.push((hash, code.len()));
            return Ok(code);
        }
        if listed.is_created_before(&hash, step) {
            return Err(ReadError::CodeNotYetCreated(hash));
        }
        Err(ReadError::Rejected(missing(&hash)))
    }

    fn load_stored(&self, hash: &B256) -> Option<Bytecode> {
        let store = self.store?;
        let known = self.stored.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned();
        known.or_else(|| {
            let code = to_bytecode(store.code(hash)?);
            let mut stored = self.stored.write().unwrap_or_else(PoisonError::into_inner);
            stored.insert(*hash, code.clone());
            Some(code)
        })
    }

    fn created_before(&self, hash: &B256, step: u32) -> Option<Bytecode> {
        let created = self.created.read().unwrap_or_else(PoisonError::into_inner);
        let (first, code) = created.get(hash)?;
        (*first < step).then(|| code.clone())
    }
}

/// The rejection of a packet for a code that nobody has.
pub(super) fn missing(hash: &B256) -> Rejected {
    Rejected::new(Reason::MissingCode, hash.to_string())
}
