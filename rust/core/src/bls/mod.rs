//! BLS signatures on BLS12-381 in the proof-of-possession suite: keys in G1, signatures in G2.
//!
//! ```text
//! wire bytes ──check──▶ PublicKey, Signature ──▶ verify, aggregate, fast_aggregate_verify
//! ```
//! Bytes from outside are [`KeyBytes`](crate::containers::KeyBytes) and
//! [`SignatureBytes`](crate::containers::SignatureBytes); nothing verifies with them.
//! A value of [`PublicKey`] is in the subgroup and not infinity, a value of [`Signature`] is in the
//! subgroup, so the functions here never check a point twice. An [`UncheckedSignature`] is on the
//! curve alone: it is good for being summed, and the sum is checked.
//!
//! Summing keys is safe only if the possession of each was proven ([`verify_possession`]).

mod batch;
mod key;
mod known_keys;
mod points;
mod secret;
mod shares;
mod signature;
mod verify;

pub use batch::{SignatureSet, batch_verify};
pub use key::{PublicKey, compute_registration_message};
pub use known_keys::decode_known_key;
pub use points::hash_to_g2;
pub use secret::SecretKey;
pub use shares::{Share, aggregate_valid, decode_many, find_invalid};
pub use signature::{Signature, UncheckedSignature};
pub use verify::{aggregate_verify, fast_aggregate_verify, verify, verify_possession};

/// Domain separation tag of every signature but proofs of possession.
pub const SIGNATURE_DST: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
/// Domain separation tag of proofs of possession.
pub const POSSESSION_DST: &[u8] = b"BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

/// Sums signatures of any messages; the order does not matter.
///
/// # Errors
/// No signature is given.
pub fn aggregate(signatures: &[Signature]) -> Result<Signature, crate::error::Error> {
    let points: Vec<_> = signatures.iter().copied().map(UncheckedSignature::from).collect();
    UncheckedSignature::sum(&points)
}

#[cfg(test)]
mod tests;
