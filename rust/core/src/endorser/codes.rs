//! The codes that the execution may need: from the body, from the endorser's own store, and those
//! that steps of the packet created.

use std::sync::{OnceLock, PoisonError, RwLock};

use alloy_primitives::{B256, Bytes, map::HashMap};

use super::CodeSource;
use super::listed::Listed;
use super::view::ReadError;
use crate::caches::Caches;
use crate::error::{Reason, Rejected};
use crate::evm::{Bytecode, to_bytecode};
use crate::lanes::{self, keccak::hash_all};

/// A code of a body.
#[derive(Clone, Debug)]
pub(super) struct BodyCode {
    hash: B256,
    code: Bytes,
    /// With its jump table, which is made when the code is first asked for.
    bytecode: OnceLock<Bytecode>,
}

impl BodyCode {
    /// The codes of a body under their hashes, which the cache may know.
    pub(super) fn identify_all(codes: &[Bytes], caches: Option<&Caches>) -> Vec<Self> {
        let find = |code: &Bytes| caches.and_then(|caches| caches.codes.find(code));
        let known: Vec<Option<(B256, Bytecode)>> = codes.iter().map(find).collect();
        let unknown: Vec<&Bytes> = codes
            .iter()
            .zip(&known)
            .filter_map(|(code, known)| known.is_none().then_some(code))
            .collect();
        let mut hashes = hash_all(lanes::backend(), &unknown).into_iter();
        let identify = |(code, known): (&Bytes, Option<(B256, Bytecode)>)| {
            let (hash, bytecode) = match known {
                Some((hash, bytecode)) => (hash, bytecode.into()),
                None => (hashes.next()?, OnceLock::new()),
            };
            Some(Self { hash, code: code.clone(), bytecode })
        };
        codes.iter().zip(known).filter_map(identify).collect()
    }

    /// keccak of the code.
    pub(super) const fn hash(&self) -> &B256 {
        &self.hash
    }

    fn bytecode(&self) -> &Bytecode {
        self.bytecode.get_or_init(|| to_bytecode(self.code.clone()))
    }
}

/// Codes by hash, for any number of steps at once.
pub(super) struct Codes<'a> {
    body: HashMap<B256, BodyCode>,
    store: Option<&'a dyn CodeSource>,
    /// Those that the store gave.
    stored: RwLock<HashMap<B256, Bytecode>>,
    /// With the first step that is known to have created each.
    created: RwLock<HashMap<B256, (u32, Bytecode)>>,
}

/// A code that a step was given by the endorser's own store, and its size.
pub(super) type StoredCode = (B256, usize);

impl<'a> Codes<'a> {
    pub(super) fn new(body: Vec<BodyCode>, store: Option<&'a dyn CodeSource>) -> Self {
        let body = body.into_iter().map(|code| (code.hash, code)).collect();
        Self { body, store, stored: RwLock::default(), created: RwLock::default() }
    }

    /// Keeps what was executed for later packets.
    pub(super) fn remember(self, caches: &Caches) {
        let body = self.body.into_values();
        let executed = body.filter_map(|code| Some((code.hash, code.bytecode.into_inner()?)));
        let created = self.created.into_inner().unwrap_or_else(PoisonError::into_inner);
        let created = created.into_iter().map(|(hash, (_, code))| (hash, code));
        executed.chain(created).for_each(|(hash, code)| caches.codes.put(hash, code));
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
        if let Some(code) = self.body.get(&hash) {
            return Ok(code.bytecode().clone());
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
