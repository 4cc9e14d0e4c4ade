//! What a recovery finds, as 96 bytes that travel beside the transaction:
//!
//! ```text
//! x of the public key 32 ‖ y of the public key 32 ‖ y of R 32
//! ```
//!
//! All big-endian and below the field's modulus.

use sha2::{Digest, Sha256};

use super::field::Field;
use super::point::Point;
use super::scalar::Scalar;
use super::signature::Signature;
use crate::evm::Signer;

/// Bytes of one transaction's hint.
pub const HINT_BYTES: usize = 96;

/// One transaction's hint.
pub type HintBytes = [u8; HINT_BYTES];

/// A signature and the points of its hint: the claim that `z/s · G + r/s · key = R`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Statement {
    pub(super) z: Scalar,
    pub(super) r: Scalar,
    pub(super) s: Scalar,
    /// The public key.
    pub(super) key: Point,
    /// The point R that the signature gives the x coordinate of.
    pub(super) nonce: Point,
    /// Binds everything above.
    pub(super) digest: [u8; 32],
}

impl Statement {
    /// Checks all that one hint shows alone; `None` if it is false or the signature is nobody's.
    pub(super) fn new(signature: &Signature, hint: &HintBytes) -> Option<Self> {
        let Signature { hash, r, s, is_odd, .. } = signature;
        let (x, y, nonce_y) = parts(hint);
        let key = Point::new(Field::from_bytes(x)?, Field::from_bytes(y)?);
        let nonce = read_nonce(r, nonce_y, *is_odd)?;
        let (r_scalar, s_scalar) = (Scalar::from_bytes(r)?, Scalar::from_bytes(s)?);
        if !key.is_on_curve() || r_scalar.is_zero() || s_scalar.is_zero() {
            return None;
        }
        let digest = Sha256::new().chain_update(hash).chain_update(r).chain_update(s);
        let digest = digest.chain_update(hint).finalize().into();
        let z = Scalar::from_bytes_reduced(hash);
        Some(Self { z, r: r_scalar, s: s_scalar, key, nonce, digest })
    }
}

/// Whether the hint is that of a signature whose recovery gave this key.
pub(super) fn check_hint(signature: &Signature, key: &[u8; 64], hint: &HintBytes) -> bool {
    let (_, _, nonce_y) = parts(hint);
    hint[..64] == *key && read_nonce(&signature.r, nonce_y, signature.is_odd).is_some()
}

/// Makes the hint of a signature and its signer.
pub(super) fn compute_hint(signature: &Signature, signer: &Signer) -> HintBytes {
    let nonce_y = signer.nonce_y.unwrap_or_else(|| {
        let x = Field::from_bytes(&signature.r);
        let nonce = x.and_then(|x| Point::from_x(x, signature.is_odd));
        // A signature that was recovered has such a point.
        nonce.unwrap_or_default().y().to_bytes()
    });
    let mut hint = [0; HINT_BYTES];
    hint[..64].copy_from_slice(&signer.public_key);
    hint[64..].copy_from_slice(&nonce_y);
    hint
}

/// The signer that a true hint names.
pub(super) fn to_signer(hint: &HintBytes) -> Signer {
    let (x, y, nonce_y) = parts(hint);
    Signer { public_key: join(x, y), nonce_y: Some(*nonce_y) }
}

/// x ‖ y.
pub(super) fn join(x: &[u8; 32], y: &[u8; 32]) -> [u8; 64] {
    let mut joined = [0; 64];
    joined[..32].copy_from_slice(x);
    joined[32..].copy_from_slice(y);
    joined
}

fn parts(hint: &HintBytes) -> (&[u8; 32], &[u8; 32], &[u8; 32]) {
    match hint.as_chunks().0 {
        [x, y, nonce_y] => (x, y, nonce_y),
        _ => unreachable!("96 bytes are three times 32"),
    }
}

/// The point with these coordinates, if it is one, and its y has the signature's parity.
fn read_nonce(r: &[u8; 32], y: &[u8; 32], is_odd: bool) -> Option<Point> {
    let nonce = Point::new(Field::from_bytes(r)?, Field::from_bytes(y)?);
    (nonce.is_on_curve() && nonce.y.is_odd() == is_odd).then_some(nonce)
}
