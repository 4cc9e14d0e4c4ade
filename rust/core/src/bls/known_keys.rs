//! Keys that were decoded before: a seat's key comes with each of its endorsements.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use super::PublicKey;
use crate::containers::KeyBytes;
use crate::error::Error;

/// Keys that are remembered, about a megabyte; enough for the seats of some epochs.
const MAX_KNOWN_KEYS: usize = 8192;

static KNOWN_KEYS: LazyLock<RwLock<HashMap<KeyBytes, PublicKey>>> = LazyLock::new(RwLock::default);

/// As [`PublicKey::from_bytes`], at no cost for bytes that were decoded before.
///
/// Only valid keys are remembered, so the answer depends on the bytes alone.
///
/// # Errors
/// As [`PublicKey::from_bytes`].
pub fn decode_known_key(bytes: &[u8]) -> Result<PublicKey, Error> {
    let known = KNOWN_KEYS.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(key) = <&KeyBytes>::try_from(bytes).ok().and_then(|bytes| known.get(bytes)) {
        return Ok(*key);
    }
    drop(known);
    let key = PublicKey::from_bytes(bytes)?;
    let mut known = KNOWN_KEYS.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MAX_KNOWN_KEYS {
        known.clear();
    }
    known.insert(key.to_bytes(), key);
    Ok(key)
}
