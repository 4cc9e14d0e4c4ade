//! Many signatures in one check, and the isolation of bad ones.

use core::slice;
use std::collections::BTreeMap;

use blst::{MultiPoint, blst_fp12, blst_p2_affine, min_pk};

use super::points::{compute_pairings, hash_to_point, negated_generator};
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

/// A key and what is claimed to be its signature of a message that is known.
pub type Share = (PublicKey, Signature);

/// The positions of the shares whose signature of `message` does not verify, ascending.
///
/// Weighs each share once with a random coefficient and halves what fails until single shares are
/// left: k bad ones among n cost about k·log2(n/k) pairings beside n multiplications.
/// A share is named only if its own verification fails, so nobody is blamed by chance.
///
/// # Errors
/// The operating system gives no randomness.
pub fn find_invalid(message: &[u8], shares: &[Share]) -> Result<Vec<usize>, Error> {
    let coefficients = draw_coefficients(shares.len())?;
    let weighed: Vec<Share> = shares
        .iter()
        .zip(&coefficients)
        .map(|(share, coefficient)| weigh(share, coefficient))
        .collect();
    let point = hash_to_point(message, SIGNATURE_DST);
    let mut invalid = Vec::new();
    isolate(&weighed, 0, compute_discrepancy(&weighed, &point), &point, &mut invalid);
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
    shares: &[Share],
) -> Result<(Option<Signature>, Vec<usize>), Error> {
    let (keys, signatures): (Vec<_>, Vec<_>) = shares.iter().copied().unzip();
    let sum = Signature::sum(&signatures).ok();
    if sum.is_some_and(|sum| fast_aggregate_verify(&keys, message, &sum)) {
        return Ok((sum, Vec::new()));
    }
    let invalid = find_invalid(message, shares)?;
    let valid: Vec<_> = (0..signatures.len())
        .filter(|position| invalid.binary_search(position).is_err())
        .map(|position| signatures[position])
        .collect();
    Ok((Signature::sum(&valid).ok(), invalid))
}

/// Collects the bad positions of shares with a known discrepancy; `offset` is the first one's.
fn isolate(
    shares: &[Share],
    offset: usize,
    discrepancy: blst_fp12,
    point: &blst_p2_affine,
    invalid: &mut Vec<usize>,
) {
    let none = blst_fp12::default();
    if discrepancy == none {
        return;
    }
    if shares.len() == 1 {
        invalid.push(offset);
        return;
    }
    let middle = shares.len() / 2;
    let (left, right) = shares.split_at(middle);
    let of_left = compute_discrepancy(left, point);
    // The halves' discrepancies multiply to the whole's, which often spares the second pairing.
    let of_right = if of_left == none {
        discrepancy
    } else if of_left == discrepancy {
        none
    } else {
        compute_discrepancy(right, point)
    };
    isolate(left, offset, of_left, point, invalid);
    isolate(right, offset + middle, of_right, point, invalid);
}

/// Computes e(Σ keys, H) / e(g1, Σ signatures), which is one if all shares are good.
fn compute_discrepancy(shares: &[Share], point: &blst_p2_affine) -> blst_fp12 {
    let (keys, signatures): (Vec<_>, Vec<_>) =
        shares.iter().map(|(key, sig)| (&key.0, &sig.0)).unzip();
    let key = min_pk::AggregatePublicKey::aggregate(&keys, false);
    let signature = min_pk::AggregateSignature::aggregate(&signatures, false);
    match (key, signature) {
        (Ok(key), Ok(signature)) => compute_pairings(&[
            (key.to_public_key().into(), *point),
            (negated_generator(), signature.to_signature().into()),
        ]),
        _ => blst_fp12::default(),
    }
}

/// Multiplies a key and a signature with a coefficient.
fn weigh((key, signature): &Share, coefficient: &[u8]) -> Share {
    let key = slice::from_ref(&key.0).mult(coefficient, COEFFICIENT_BITS);
    let signature = slice::from_ref(&signature.0).mult(coefficient, COEFFICIENT_BITS);
    (PublicKey(key.to_public_key()), Signature(signature.to_signature()))
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
