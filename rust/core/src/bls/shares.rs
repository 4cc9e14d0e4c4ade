//! The endorsements of a committee: signatures of one message, summed first and looked at one by
//! one only on failure.

use core::slice;

use blst::{MultiPoint, blst_fp12, blst_p2_affine, min_pk};
use rayon::prelude::*;

use super::batch::{COEFFICIENT_BITS, draw_coefficients};
use super::points::{compute_pairings, hash_to_point, negated_generator};
use super::verify::check_pairing;
use super::{PublicKey, SIGNATURE_DST, Signature, UncheckedSignature};
use crate::error::Error;

/// A key and what is claimed to be its signature of a message that is known.
pub type Share = (PublicKey, UncheckedSignature);

/// Decodings that are worth a thread of their own.
const DECODINGS_A_TASK: usize = 16;

/// Decodes many keys or signatures on all cores, in order.
pub fn decode_many<A: Sync, T: Send>(
    encoded: &[A],
    decode: impl Fn(&A) -> Result<T, Error> + Sync + Send,
) -> Vec<Result<T, Error>> {
    encoded.par_iter().with_min_len(DECODINGS_A_TASK).map(decode).collect()
}

/// Sums the signatures of one message, leaving the bad ones out.
///
/// Returns the sum, unless nothing is left, and the ascending positions of those left out.
/// Good shares cost an addition each and one check of the sum: of its subgroup and its pairing.
/// A single bad share costs two pairings more; only several are searched for one by one.
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
    let point = hash_to_point(message, SIGNATURE_DST);
    if let Some(sum) = sum_good(shares, &point) {
        return Ok((Some(sum), Vec::new()));
    }
    let good = match locate_one(shares, &point) {
        Some(position) => complement(shares.len(), &[position]),
        None => find_good(shares, &point)?,
    };
    let signatures: Vec<_> = good.iter().map(|position| shares[*position].1).collect();
    Ok((UncheckedSignature::sum(&signatures).ok(), complement(shares.len(), &good)))
}

/// The positions of shares whose sum is good, all others being bad.
fn find_good(shares: &[Share], point: &blst_p2_affine) -> Result<Vec<usize>, Error> {
    // No argument about pairings holds outside the subgroup, so those shares are left out before.
    let in_subgroup = find_in_subgroup(shares);
    let kept = select(shares, &in_subgroup);
    if kept.len() < shares.len() && sum_good(&kept, point).is_some() {
        return Ok(in_subgroup);
    }
    let bad = match locate_one(&kept, point) {
        Some(position) => vec![position],
        None => isolate_all(&kept, point)?,
    };
    let good = complement(kept.len(), &bad);
    Ok(good.into_iter().map(|position| in_subgroup[position]).collect())
}

/// The positions of the shares whose signature of `message` does not verify, ascending.
///
/// Weighs each share once with a random coefficient and halves what fails until single shares are
/// left: k bad ones among n cost about k·log2(n/k) pairings beside n multiplications.
/// A share is named only if its own verification fails, so nobody is blamed by chance.
///
/// # Errors
/// The operating system gives no randomness.
pub fn find_invalid(message: &[u8], shares: &[Share]) -> Result<Vec<usize>, Error> {
    let point = hash_to_point(message, SIGNATURE_DST);
    let in_subgroup = find_in_subgroup(shares);
    let kept = select(shares, &in_subgroup);
    let bad = isolate_all(&kept, &point)?;
    let good = complement(kept.len(), &bad).into_iter().map(|position| in_subgroup[position]);
    Ok(complement(shares.len(), &good.collect::<Vec<_>>()))
}

/// The sum of the shares, if it is in the subgroup and verifies under the sum of the keys.
fn sum_good(shares: &[Share], point: &blst_p2_affine) -> Option<Signature> {
    let (keys, signatures): (Vec<_>, Vec<_>) = shares.iter().copied().unzip();
    let sum = UncheckedSignature::sum(&signatures).ok()?;
    let key = PublicKey::aggregate(&keys).ok()?;
    check_pairing(&key, point, &sum).then_some(sum)
}

/// The positions of the shares whose signature is in the subgroup.
fn find_in_subgroup(shares: &[Share]) -> Vec<usize> {
    (0..shares.len())
        .into_par_iter()
        .with_min_len(DECODINGS_A_TASK)
        .filter(|position| shares[*position].1.check().is_ok())
        .collect()
}

fn select(shares: &[Share], positions: &[usize]) -> Vec<Share> {
    positions.iter().map(|position| shares[*position]).collect()
}

/// The positions below `count` that are not among ascending `positions`.
fn complement(count: usize, positions: &[usize]) -> Vec<usize> {
    (0..count).filter(|position| positions.binary_search(position).is_err()).collect()
}

/// The position of the one bad share, if one alone explains why the sum fails.
///
/// With d_i = e(key_i, H) / e(g1, signature_i), which is one for a good share, a single bad share j
/// gives Π d_i^(i+1) = (Π d_i)^(j+1), so two discrepancies name it. That holds in the subgroup, and
/// is a guess elsewhere: what is named and what remains are then checked for themselves.
fn locate_one(shares: &[Share], point: &blst_p2_affine) -> Option<usize> {
    let (plain, by_position) = sum_by_position(shares)?;
    // A sum outside the subgroup has a part outside it, which is found without pairings.
    plain.1.check().ok()?;
    let none = blst_fp12::default();
    let of_all = compute_discrepancy(&plain, point);
    if of_all == none {
        return None;
    }
    let sought = compute_discrepancy(&by_position, point);
    let mut power = none;
    let position = (0..shares.len()).find(|_| {
        power *= of_all;
        power == sought
    })?;
    let rest = select(shares, &complement(shares.len(), &[position]));
    let (key, signature) = &shares[position];
    let is_good = signature.check().is_ok_and(|signature| check_pairing(key, point, &signature));
    let explains = !is_good && (rest.is_empty() || sum_good(&rest, point).is_some());
    explains.then_some(position)
}

/// Computes Σ share_i and Σ (i + 1)·share_i, with two additions a share; nothing for no shares.
fn sum_by_position(shares: &[Share]) -> Option<(Share, Share)> {
    let ((last_key, last_signature), before) = shares.split_last()?;
    let mut key = min_pk::AggregatePublicKey::from_public_key(&last_key.0);
    let mut signature = min_pk::AggregateSignature::from_signature(&last_signature.0);
    let (mut weighed_key, mut weighed_signature) = (key, signature);
    for (next_key, next_signature) in before.iter().rev() {
        // Neither checks the subgroup, and so neither fails.
        key.add_public_key(&next_key.0, false).ok()?;
        signature.add_signature(&next_signature.0, false).ok()?;
        weighed_key.add_aggregate(&key);
        weighed_signature.add_aggregate(&signature);
    }
    let share = |key: min_pk::AggregatePublicKey, signature: min_pk::AggregateSignature| {
        (PublicKey(key.to_public_key()), UncheckedSignature(signature.to_signature()))
    };
    Some((share(key, signature), share(weighed_key, weighed_signature)))
}

/// The positions of the bad shares of signatures in the subgroup, ascending.
fn isolate_all(shares: &[Share], point: &blst_p2_affine) -> Result<Vec<usize>, Error> {
    let coefficients = draw_coefficients(shares.len())?;
    let weighed: Vec<Share> = shares
        .par_iter()
        .with_min_len(DECODINGS_A_TASK)
        .zip(&coefficients)
        .map(|(share, coefficient)| weigh(share, coefficient))
        .collect();
    let mut invalid = Vec::new();
    isolate(&weighed, 0, compute_discrepancy_of(&weighed, point), point, &mut invalid);
    Ok(invalid)
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
    let of_left = compute_discrepancy_of(left, point);
    // The halves' discrepancies multiply to the whole's, which often spares the second pairing.
    let of_right = if of_left == none {
        discrepancy
    } else if of_left == discrepancy {
        none
    } else {
        compute_discrepancy_of(right, point)
    };
    isolate(left, offset, of_left, point, invalid);
    isolate(right, offset + middle, of_right, point, invalid);
}

/// Computes the discrepancy of the sum of shares.
fn compute_discrepancy_of(shares: &[Share], point: &blst_p2_affine) -> blst_fp12 {
    let (keys, signatures): (Vec<_>, Vec<_>) =
        shares.iter().map(|(key, signature)| (&key.0, &signature.0)).unzip();
    let key = min_pk::AggregatePublicKey::aggregate(&keys, false);
    let signature = min_pk::AggregateSignature::aggregate(&signatures, false);
    match (key, signature) {
        (Ok(key), Ok(signature)) => {
            let signature = UncheckedSignature(signature.to_signature());
            compute_discrepancy(&(PublicKey(key.to_public_key()), signature), point)
        }
        _ => blst_fp12::default(),
    }
}

/// Computes e(key, H) / e(g1, signature), which is one for a good share.
fn compute_discrepancy((key, signature): &Share, point: &blst_p2_affine) -> blst_fp12 {
    compute_pairings(&[(key.0.into(), *point), (negated_generator(), signature.0.into())])
}

/// Multiplies a key and a signature with a coefficient.
fn weigh((key, signature): &Share, coefficient: &[u8]) -> Share {
    let key = slice::from_ref(&key.0).mult(coefficient, COEFFICIENT_BITS);
    let signature = slice::from_ref(&signature.0).mult(coefficient, COEFFICIENT_BITS);
    (PublicKey(key.to_public_key()), UncheckedSignature(signature.to_signature()))
}
