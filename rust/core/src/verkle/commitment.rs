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

use super::keys::Value;
use super::nodes::{Body, StemNode};
use crate::curve::{Point, Scalar};
use crate::lanes::Backend;
use crate::lanes::keccak::{Messages, hash_all};

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
    let mut hasher = Keccak256::new();
    parts.iter().for_each(|part| hasher.update(part));
    clear_top_bits(hasher.finalize())
}

pub(super) fn hash_to_scalar(parts: &[&[u8]]) -> Scalar {
    scalar_of_hash(&hash_to_scalar_bytes(parts))
}

/// The scalar of a hash, whose top two bits do not count: below 2^254, so below the group order.
pub(super) fn scalar_of_hash(hash: &B256) -> Scalar {
    Scalar::from_bytes(&clear_top_bits(*hash)).unwrap_or_default()
}

fn clear_top_bits(mut hash: B256) -> B256 {
    hash[0] &= 0x3f;
    hash
}

/// The scalars of values, present even when they are zero.
pub(super) fn hash_values<'a>(
    backend: Backend,
    values: impl IntoIterator<Item = &'a Value>,
) -> Vec<Scalar> {
    let messages: Vec<[u8; 33]> =
        values.into_iter().map(|value| tagged(VALUE_TAG, value)).collect();
    scalars_of(&hash_all(backend, &messages))
}

/// The vector of a stem that has these values: each suffix with the scalar of its value.
pub(super) fn hash_pairs(backend: Backend, pairs: &[Pair]) -> Vec<(u8, Scalar)> {
    let scalars = hash_values(backend, pairs.iter().map(|(_, value)| value));
    pairs.iter().map(|(suffix, _)| *suffix).zip(scalars).collect()
}

/// The scalar of an inner node; for the root, the state root.
pub(super) fn hash_inner(commitment: &Point) -> B256 {
    hash_to_scalar_bytes(&[&[INNER_TAG], &commitment.to_bytes()])
}

/// As [`hash_inner`], of many commitments in their bytes.
pub(super) fn hash_inners(backend: Backend, commitments: &[[u8; 96]]) -> Vec<B256> {
    let messages: Vec<[u8; 97]> =
        commitments.iter().map(|bytes| tagged(INNER_TAG, bytes)).collect();
    hash_all(backend, &messages).into_iter().map(clear_top_bits).collect()
}

/// The scalars of stems.
pub(super) fn hash_stem_nodes<'a>(
    backend: Backend,
    stems: impl Iterator<Item = &'a StemNode> + Clone,
) -> Vec<Scalar> {
    let bodies = hash_bodies(backend, stems.clone().map(|stem| &stem.body));
    let encode = |(stem, body): (&StemNode, B256)| {
        let mut message = [STEM_TAG; 64];
        message[1..32].copy_from_slice(&stem.stem);
        message[32..].copy_from_slice(body.as_slice());
        message
    };
    let messages: Vec<[u8; 64]> = stems.zip(bodies).map(encode).collect();
    scalars_of(&hash_all(backend, &messages))
}

/// As [`hash_stem_nodes`], of one.
pub(super) fn hash_stem_node(stem: &StemNode) -> Scalar {
    hash_stem_nodes(Backend::Portable, core::iter::once(stem))[0]
}

/// The hashes of stems' bodies.
pub(super) fn hash_bodies<'a>(
    backend: Backend,
    bodies: impl Iterator<Item = &'a Body> + Clone,
) -> Vec<B256> {
    let mut messages = Messages::default();
    for body in bodies.clone() {
        match body {
            Body::Single(_) | Body::Small(_) => push_small_body(&mut messages, body.pairs()),
            Body::Vector(vector) => {
                messages.push(&[&[VECTOR_TAG], &vector.commitment.to_bytes()]);
            }
            Body::Hidden(_) => {}
        }
    }
    let mut hashes = messages.hash(backend).into_iter();
    let hash = |body: &Body| match body {
        Body::Hidden(hash) => Some(*hash),
        Body::Single(_) | Body::Small(_) | Body::Vector(_) => hashes.next(),
    };
    bodies.filter_map(hash).collect()
}

fn push_small_body(messages: &mut Messages, pairs: &[Pair]) {
    let mut bytes = [SMALL_TAG; 1 + 33 * SMALL_LIMIT];
    let (places, _) = bytes[1..].as_chunks_mut::<33>();
    for (place, (suffix, value)) in places.iter_mut().zip(pairs) {
        place[0] = *suffix;
        place[1..].copy_from_slice(value);
    }
    messages.push(&[&bytes[..1 + 33 * pairs.len()]]);
}

fn tagged<const N: usize, const M: usize>(tag: u8, bytes: &[u8; N]) -> [u8; M] {
    let mut message = [tag; M];
    message[1..].copy_from_slice(bytes);
    message
}

fn scalars_of(hashes: &[B256]) -> Vec<Scalar> {
    hashes.iter().map(scalar_of_hash).collect()
}
