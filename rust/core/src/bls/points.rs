//! Field elements of EIP-2537, the hash to G2, and pairings.

use blst::{
    BLS12_381_NEG_G1, blst_fp12, blst_hash_to_g2, blst_p1_affine, blst_p2, blst_p2_affine,
    blst_p2_to_affine,
};

use super::Signature;
use crate::error::Error;

const FIELD_SIZE: usize = 48;
const PADDED_SIZE: usize = 64;
const PADDING: usize = PADDED_SIZE - FIELD_SIZE;

/// Writes field elements of 48 bytes, taken in `order`, as padded elements of 64 bytes.
pub(super) fn encode_fields(fields: &[u8], order: &[usize], padded: &mut [u8]) {
    for (slot, index) in padded.chunks_exact_mut(PADDED_SIZE).zip(order) {
        slot[PADDING..].copy_from_slice(&fields[index * FIELD_SIZE..][..FIELD_SIZE]);
    }
}

/// Reads exactly `N` padded elements.
///
/// The three top bits of a 48-byte element are flags in blst's encodings and clear in every
/// canonical element, so one that has them set is refused here; blst refuses those from p on.
pub(super) fn decode_fields<const N: usize>(padded: &[u8]) -> Option<[[u8; FIELD_SIZE]; N]> {
    const FLAGS: u8 = 0xe0;
    if padded.len() != N * PADDED_SIZE {
        return None;
    }
    let mut fields = [[0; FIELD_SIZE]; N];
    for (field, slot) in fields.iter_mut().zip(padded.chunks_exact(PADDED_SIZE)) {
        field.copy_from_slice(&slot[PADDING..]);
        if slot[..PADDING] != [0; PADDING] || field[0] & FLAGS != 0 {
            return None;
        }
    }
    Some(fields)
}

/// Largest domain separation tag of RFC 9380, bytes; a longer one would need hashing first.
const MAX_DST_SIZE: usize = 255;

/// Hashes a message to G2 as RFC 9380's suite `BLS12381G2_XMD:SHA-256_SSWU_RO_`.
///
/// The point has the type of a signature, which it would be under the secret key 1.
///
/// # Errors
/// The domain separation tag is not of 1 to 255 bytes.
pub fn hash_to_g2(message: &[u8], dst: &[u8]) -> Result<Signature, Error> {
    if dst.is_empty() || dst.len() > MAX_DST_SIZE {
        return Err(Error::Argument(format!(
            "domain separation tag has {} bytes, expected 1 to {MAX_DST_SIZE}",
            dst.len()
        )));
    }
    Ok(Signature(hash_to_point(message, dst).into()))
}

/// Hashes a message to G2 under a tag of one of this module's constants.
pub(super) fn hash_to_point(message: &[u8], dst: &[u8]) -> blst_p2_affine {
    let mut point = blst_p2::default();
    let mut affine = blst_p2_affine::default();
    // SAFETY: both outputs are valid for writes, and each pointer comes with its slice's length;
    // blst reads no byte through the pointer of an empty slice.
    unsafe {
        blst_hash_to_g2(
            &mut point,
            message.as_ptr(),
            message.len(),
            dst.as_ptr(),
            dst.len(),
            core::ptr::null(),
            0,
        );
        blst_p2_to_affine(&mut affine, &point);
    }
    affine
}

/// Computes Π e(p, q) in the target group; a pair with infinity contributes nothing.
pub(super) fn compute_pairings(pairs: &[(blst_p1_affine, blst_p2_affine)]) -> blst_fp12 {
    // blst's Miller loop does not know infinity.
    let (p, q): (Vec<_>, Vec<_>) = pairs
        .iter()
        .filter(|(p, q)| *p != blst_p1_affine::default() && *q != blst_p2_affine::default())
        .copied()
        .unzip();
    if p.is_empty() {
        return blst_fp12::default();
    }
    blst_fp12::miller_loop_n(&q, &p).final_exp()
}

/// The generator of G1, negated.
pub(super) fn negated_generator() -> blst_p1_affine {
    // SAFETY: a constant of the library that nothing writes.
    unsafe { BLS12_381_NEG_G1 }
}
