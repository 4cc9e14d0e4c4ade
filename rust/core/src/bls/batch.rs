//! Signatures of many messages in one check.

use std::collections::BTreeMap;

use blst::{MultiPoint, min_pk};

use super::secret::fill_random;
use super::verify::check_pairings;
use super::{PublicKey, SIGNATURE_DST, Signature, verify};
use crate::error::Error;

/// A claim: `signature` is the key's signature of the message.
#[derive(Clone, Copy, Debug)]
pub struct SignatureSet<'a> {
    /// The signer.
    pub key: &'a PublicKey,
    /// What is signed.
    pub message: &'a [u8],
    /// The signature to check.
    pub signature: &'a Signature,
}

impl SignatureSet<'_> {
    fn verify(&self) -> bool {
        verify(self.key, self.message, self.signature)
    }
}

/// Bits of a random coefficient: a batch with a bad signature passes with probability 2^-64.
pub(super) const COEFFICIENT_BITS: usize = 64;

/// Whether every set holds; true for no sets.
///
/// Each set is weighed with a random coefficient, so bad signatures cannot cancel out.
/// Costs one pairing for each distinct message and one more.
///
/// # Errors
/// The operating system gives no randomness.
pub fn batch_verify(sets: &[SignatureSet<'_>]) -> Result<bool, Error> {
    match sets {
        [] => return Ok(true),
        [single] => return Ok(single.verify()),
        _ if sets.iter().any(|set| set.signature.is_infinity()) => return Ok(false),
        _ => {}
    }
    let coefficients = draw_coefficients(sets.len())?;

    let mut signers: BTreeMap<&[u8], (Vec<min_pk::PublicKey>, Vec<u8>)> = BTreeMap::new();
    for (set, coefficient) in sets.iter().zip(&coefficients) {
        let (keys, scalars) = signers.entry(set.message).or_default();
        keys.push(set.key.0);
        scalars.extend_from_slice(coefficient);
    }
    let weighed: Vec<(&[u8], PublicKey)> = signers
        .into_iter()
        .map(|(message, (keys, scalars))| {
            let sum = keys.as_slice().mult(&scalars, COEFFICIENT_BITS);
            (message, PublicKey(sum.to_public_key()))
        })
        .collect();

    let signatures: Vec<min_pk::Signature> = sets.iter().map(|set| set.signature.0).collect();
    let sum = signatures.as_slice().mult(coefficients.as_flattened(), COEFFICIENT_BITS);
    let sum = Signature(sum.to_signature());
    Ok(check_pairings(weighed.iter().map(|(message, key)| (key, *message)), &sum, SIGNATURE_DST))
}

/// Draws coefficients that are not zero, little-endian.
pub(super) fn draw_coefficients(count: usize) -> Result<Vec<[u8; COEFFICIENT_BITS / 8]>, Error> {
    let mut coefficients = vec![[0; COEFFICIENT_BITS / 8]; count];
    fill_random(coefficients.as_flattened_mut())?;
    for coefficient in &mut coefficients {
        while *coefficient == [0; COEFFICIENT_BITS / 8] {
            fill_random(coefficient)?;
        }
    }
    Ok(coefficients)
}
