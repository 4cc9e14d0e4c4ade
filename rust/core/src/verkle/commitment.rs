//! What a parent sees of its child: one scalar, the hash of the child under a tag.
//!
//! ```text
//! value    h(0x00 ‖ value)                 inner node   h(0x01 ‖ C)
//! stem     h(0x02 ‖ stem ‖ body)           absent       0
//! body     keccak(0x04 ‖ (suffix ‖ value)*) up to 4 values, keccak(0x03 ‖ C) from 5 on
//! ```
//! `C` is a commitment's affine point, 96 bytes; `h` is keccak with the top two bits cleared, so
//! that it is a scalar as it is.

use alloy_primitives::{B256, Keccak256};

use super::keys::{Stem, Value};
use crate::curve::{Point, Scalar};

/// A suffix under a stem and its value.
pub(super) type Pair = (u8, Value);

/// A stem with more values than this has a commitment of its own: 4 fill one block of keccak.
pub(super) const SMALL_LIMIT: usize = 4;

const VALUE_TAG: u8 = 0x00;
const INNER_TAG: u8 = 0x01;
const STEM_TAG: u8 = 0x02;
const VECTOR_TAG: u8 = 0x03;
const SMALL_TAG: u8 = 0x04;

/// Keccak with the top two bits cleared.
pub(super) fn hash_to_scalar_bytes(parts: &[&[u8]]) -> B256 {
    let mut hash = keccak(parts);
    hash[0] &= 0x3f;
    hash
}

pub(super) fn hash_to_scalar(parts: &[&[u8]]) -> Scalar {
    scalar_of_hash(&hash_to_scalar_bytes(parts))
}

/// The scalar of a hash: below 2^254, so always below the group order.
pub(super) fn scalar_of_hash(hash: &B256) -> Scalar {
    Scalar::from_bytes(hash).unwrap_or_default()
}

/// The scalar of a value, present even when it is zero.
pub(super) fn hash_value(value: &Value) -> Scalar {
    hash_to_scalar(&[&[VALUE_TAG], value])
}

/// The scalar of an inner node; for the root, the state root.
pub(super) fn hash_inner(commitment: &Point) -> B256 {
    hash_to_scalar_bytes(&[&[INNER_TAG], &commitment.to_bytes()])
}

pub(super) fn hash_stem(stem: &Stem, body: &B256) -> Scalar {
    hash_to_scalar(&[&[STEM_TAG], stem, body.as_slice()])
}

pub(super) fn hash_small_body(pairs: &[Pair]) -> B256 {
    let mut bytes = Vec::with_capacity(1 + 33 * pairs.len());
    bytes.push(SMALL_TAG);
    for (suffix, value) in pairs {
        bytes.push(*suffix);
        bytes.extend_from_slice(value);
    }
    keccak(&[&bytes])
}

pub(super) fn hash_vector_body(commitment: &Point) -> B256 {
    keccak(&[&[VECTOR_TAG], &commitment.to_bytes()])
}

fn keccak(parts: &[&[u8]]) -> B256 {
    let mut hasher = Keccak256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}
