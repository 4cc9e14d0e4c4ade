//! Signatures of transactions, and their recovery one by one.

use alloy_consensus::crypto::SECP256K1N_HALF;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, SECP256K1};

use crate::evm::{Envelope, Signer};

/// What a transaction's sender signed, and the signature. Its recovery id is always 0 or 1, so `r`
/// is the x coordinate of the point R itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    /// Hash of the signed message.
    pub(super) hash: [u8; 32],
    /// x of R, big-endian.
    pub(super) r: [u8; 32],
    /// Big-endian.
    pub(super) s: [u8; 32],
    /// Whether y of R is odd.
    pub(super) is_odd: bool,
}

impl Signature {
    pub(super) fn of(envelope: &Envelope) -> Self {
        let signature = envelope.signature();
        Self {
            hash: envelope.signature_hash().0,
            r: signature.r().to_be_bytes(),
            s: signature.s().to_be_bytes(),
            is_odd: signature.v(),
        }
    }

    /// Whether `s` is in the upper half, which EIP-2 forbids.
    pub(super) fn is_high(&self) -> bool {
        self.s > SECP256K1N_HALF.to_be_bytes()
    }

    /// Recovers the signer by libsecp256k1; `None` if it is nobody's signature.
    pub(super) fn recover(&self) -> Option<Signer> {
        let id = if self.is_odd { RecoveryId::One } else { RecoveryId::Zero };
        let mut compact = [0; 64];
        compact[..32].copy_from_slice(&self.r);
        compact[32..].copy_from_slice(&self.s);
        let signature = RecoverableSignature::from_compact(&compact, id).ok()?;
        let key = SECP256K1.recover_ecdsa(&Message::from_digest(self.hash), &signature).ok()?;
        let [_, public_key @ ..] = key.serialize_uncompressed();
        Some(Signer { public_key, nonce_y: None })
    }
}
