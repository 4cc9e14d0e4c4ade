//! Secret keys: generation, EIP-2333 derivation, signing.

use core::fmt;

use blst::min_pk;
use rand_core::{OsRng, TryRngCore};
use zeroize::Zeroizing;

use super::{POSSESSION_DST, PublicKey, SIGNATURE_DST, Signature};
use crate::error::Error;

/// A secret scalar in 1..r; wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct SecretKey(min_pk::SecretKey);

impl SecretKey {
    /// Size of the encoding, bytes.
    pub const SIZE: usize = 32;
    /// Smallest seed that EIP-2333 derives from, bytes.
    pub const LEAST_SEED_SIZE: usize = 32;

    /// A new key from the randomness of the operating system.
    pub fn generate() -> Result<Self, Error> {
        let mut seed = Zeroizing::new([0; Self::LEAST_SEED_SIZE]);
        fill_random(seed.as_mut())?;
        min_pk::SecretKey::key_gen(seed.as_ref(), &[]).map(Self).map_err(|_| TOO_SHORT)
    }

    /// The key of 32 big-endian bytes, which must be in 1..r.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        min_pk::SecretKey::from_bytes(bytes)
            .map(Self)
            .map_err(|_| Error::Bls("secret key is not 32 bytes of a scalar in 1..r"))
    }

    /// The 32 big-endian bytes; wiped when dropped.
    pub fn to_bytes(&self) -> Zeroizing<[u8; Self::SIZE]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The EIP-2333 master key of a seed.
    pub fn derive_master(seed: &[u8]) -> Result<Self, Error> {
        min_pk::SecretKey::derive_master_eip2333(seed).map(Self).map_err(|_| TOO_SHORT)
    }

    /// The EIP-2333 child key of an index.
    pub fn derive_child(&self, index: u32) -> Self {
        Self(self.0.derive_child_eip2333(index))
    }

    /// The key at an EIP-2334 path, as `m/12381/3600/0/0`, below the master key of a seed.
    pub fn derive_path(seed: &[u8], path: &str) -> Result<Self, Error> {
        let mut steps = path.split('/');
        if steps.next() != Some("m") {
            return Err(Error::Argument(format!("key path {path:?} does not start with m")));
        }
        steps.try_fold(Self::derive_master(seed)?, |key, step| {
            let index = parse_index(step).ok_or_else(|| {
                Error::Argument(format!("step {step:?} of key path {path:?} is no u32"))
            })?;
            Ok(key.derive_child(index))
        })
    }

    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.sk_to_pk())
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message, SIGNATURE_DST, &[]))
    }

    /// Signs a registration message under the possession tag, so that the signature serves nothing
    /// else.
    pub fn prove_possession(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message, POSSESSION_DST, &[]))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(hidden)")
    }
}

const TOO_SHORT: Error = Error::Bls("seed is shorter than 32 bytes");

/// The index of a path's step: decimal digits only, so that each path is spelled one way.
fn parse_index(step: &str) -> Option<u32> {
    let index = step.parse().ok()?;
    (u32::to_string(&index) == step).then_some(index)
}

/// Fills `bytes` from the operating system.
pub(super) fn fill_random(bytes: &mut [u8]) -> Result<(), Error> {
    OsRng
        .try_fill_bytes(bytes)
        .map_err(|error| Error::State(format!("the operating system gives no randomness: {error}")))
}
