//! Verification of single and aggregated signatures.

use blst::{blst_fp12, blst_p2_affine};

use super::points::{compute_pairings, hash_to_point, negated_generator};
use super::{POSSESSION_DST, PublicKey, SIGNATURE_DST, Signature};

/// Whether `signature` is the key's signature of the message.
pub fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    check_pairings([(key, message)], signature, SIGNATURE_DST)
}

/// Whether `proof` is the key's proof of possession over a registration message.
pub fn verify_possession(key: &PublicKey, message: &[u8], proof: &Signature) -> bool {
    check_pairings([(key, message)], proof, POSSESSION_DST)
}

/// Whether `signature` is the sum of every key's signature of one message.
///
/// False for no keys, and for keys that cancel out.
pub fn fast_aggregate_verify(keys: &[PublicKey], message: &[u8], signature: &Signature) -> bool {
    PublicKey::aggregate(keys).is_ok_and(|key| verify(&key, message, signature))
}

/// Whether `signature` is the sum of each key's signature of its own message.
///
/// False for no keys, and for counts that differ.
pub fn aggregate_verify(keys: &[PublicKey], messages: &[&[u8]], signature: &Signature) -> bool {
    !keys.is_empty()
        && keys.len() == messages.len()
        && check_pairings(keys.iter().zip(messages.iter().copied()), signature, SIGNATURE_DST)
}

/// Checks e(g1, signature) = Π e(key, H(message)); a signature of infinity never verifies.
pub(super) fn check_pairings<'a>(
    claims: impl IntoIterator<Item = (&'a PublicKey, &'a [u8])>,
    signature: &Signature,
    dst: &[u8],
) -> bool {
    if signature.is_infinity() {
        return false;
    }
    let mut pairs = vec![(negated_generator(), blst_p2_affine::from(signature.0))];
    pairs.extend(
        claims.into_iter().map(|(key, message)| (key.0.into(), hash_to_point(message, dst))),
    );
    compute_pairings(&pairs) == blst_fp12::default()
}

/// Checks e(g1, signature) = e(key, point); a signature of infinity never verifies.
pub(super) fn check_pairing(
    key: &PublicKey,
    point: &blst_p2_affine,
    signature: &Signature,
) -> bool {
    !signature.is_infinity()
        && compute_pairings(&[(negated_generator(), signature.0.into()), (key.0.into(), *point)])
            == blst_fp12::default()
}
