//! Many signatures in one check, and the isolation of bad ones.

use std::collections::BTreeMap;

use blst::{MultiPoint, min_pk};

use super::secret::fill_random;
use super::verify::check_pairings;
use super::{PublicKey, SIGNATURE_DST, Signature, fast_aggregate_verify, verify};
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
const COEFFICIENT_BITS: usize = 64;

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

/// The positions of the sets that do not hold, ascending.
///
/// Halves what fails until single sets are left: k bad ones among n cost about 2k·log2(n) batches.
/// A set is named only after its own verification failed, so nobody is blamed by chance.
///
/// # Errors
/// The operating system gives no randomness.
pub fn find_invalid(sets: &[SignatureSet<'_>]) -> Result<Vec<usize>, Error> {
    let mut invalid = Vec::new();
    if !batch_verify(sets)? {
        isolate(sets, 0, &mut invalid)?;
    }
    Ok(invalid)
}

/// Sums the signatures of one message, leaving the bad ones out.
///
/// Returns the sum, unless nothing is left, and the ascending positions of those left out.
/// One pairing check if all are good; only a failure looks at single shares.
///
/// A sum that passes says nothing of its parts: signers together may choose parts that are bad one
/// by one and cancel out. The sum is then the sum of their signatures all the same.
/// If the keys themselves cancel out, the sum is infinity and verifies nothing.
///
/// # Errors
/// The operating system gives no randomness.
pub fn aggregate_valid(
    message: &[u8],
    shares: &[(PublicKey, Signature)],
) -> Result<(Option<Signature>, Vec<usize>), Error> {
    let (keys, signatures): (Vec<_>, Vec<_>) = shares.iter().copied().unzip();
    let sum = Signature::sum(&signatures).ok();
    if sum.is_some_and(|sum| fast_aggregate_verify(&keys, message, &sum)) {
        return Ok((sum, Vec::new()));
    }
    let sets: Vec<_> =
        shares.iter().map(|(key, signature)| SignatureSet { key, message, signature }).collect();
    let invalid = find_invalid(&sets)?;
    let valid: Vec<_> = (0..signatures.len())
        .filter(|position| invalid.binary_search(position).is_err())
        .map(|position| signatures[position])
        .collect();
    Ok((Signature::sum(&valid).ok(), invalid))
}

/// Collects the bad positions of sets that are not all good; `offset` is the first one's position.
fn isolate(
    sets: &[SignatureSet<'_>],
    offset: usize,
    invalid: &mut Vec<usize>,
) -> Result<(), Error> {
    if let [single] = sets {
        if !single.verify() {
            invalid.push(offset);
        }
        return Ok(());
    }
    let middle = sets.len() / 2;
    let (left, right) = sets.split_at(middle);
    let left_holds = batch_verify(left)?;
    if !left_holds {
        isolate(left, offset, invalid)?;
    }
    // A failure that is not on the left is on the right, without a look.
    if left_holds || !batch_verify(right)? {
        isolate(right, offset + middle, invalid)?;
    }
    Ok(())
}

/// Draws coefficients that are not zero, little-endian.
fn draw_coefficients(count: usize) -> Result<Vec<[u8; COEFFICIENT_BITS / 8]>, Error> {
    let mut coefficients = vec![[0; COEFFICIENT_BITS / 8]; count];
    fill_random(coefficients.as_flattened_mut())?;
    for coefficient in &mut coefficients {
        while *coefficient == [0; COEFFICIENT_BITS / 8] {
            fill_random(coefficient)?;
        }
    }
    Ok(coefficients)
}
