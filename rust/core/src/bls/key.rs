//! Public keys, validated, and the message that registers one.

use core::fmt;

use alloy_primitives::{Address, B256, keccak256};
use blst::{blst_p1_affine, min_pk};

use super::points::{decode_fields, encode_fields};
use crate::containers::{KeyBytes, Word};
use crate::error::Error;

/// A public key: a point of the subgroup of G1, not infinity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub(super) min_pk::PublicKey);

impl PublicKey {
    /// Size of the compressed encoding, bytes.
    pub const SIZE: usize = 48;
    /// Size of the EIP-2537 encoding, bytes.
    pub const EIP2537_SIZE: usize = 128;

    /// The key of 48 compressed bytes; only the canonical encoding of a valid key is accepted.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let malformed = Error::Bls("public key is not 48 bytes of a compressed point");
        min_pk::PublicKey::uncompress(bytes).map_err(|_| malformed).and_then(Self::validate)
    }

    /// The 48 compressed bytes.
    pub fn to_bytes(&self) -> KeyBytes {
        self.0.compress()
    }

    /// The key of 128 bytes x‖y, as the precompiles of EIP-2537 take it.
    pub fn from_eip2537(bytes: &[u8]) -> Result<Self, Error> {
        let malformed = Error::Bls("public key is not 128 bytes of an EIP-2537 point");
        let [x, y] = decode_fields(bytes).ok_or(malformed.clone())?;
        if x == [0; 48] && y == [0; 48] {
            return Err(INFINITE_KEY);
        }
        min_pk::PublicKey::deserialize(&[x, y].concat())
            .map_err(|_| malformed)
            .and_then(Self::validate)
    }

    /// The 128 bytes x‖y that the precompiles of EIP-2537 take.
    pub fn to_eip2537(&self) -> [u8; Self::EIP2537_SIZE] {
        let mut bytes = [0; Self::EIP2537_SIZE];
        encode_fields(&self.0.serialize(), &[0, 1], &mut bytes);
        bytes
    }

    /// The hash by which the management contract keeps the key: keccak of the EIP-2537 encoding.
    pub fn hash(&self) -> B256 {
        keccak256(self.to_eip2537())
    }

    /// Sums keys whose possession was proven.
    ///
    /// # Errors
    /// No key is given, or the sum is infinity, under which everything would verify.
    pub fn aggregate(keys: &[Self]) -> Result<Self, Error> {
        let points: Vec<_> = keys.iter().map(|key| &key.0).collect();
        let sum = min_pk::AggregatePublicKey::aggregate(&points, false)
            .map_err(|_| Error::Bls("no public key to aggregate"))?
            .to_public_key();
        if blst_p1_affine::from(sum) == blst_p1_affine::default() {
            return Err(INFINITE_KEY);
        }
        Ok(Self(sum))
    }

    fn validate(point: min_pk::PublicKey) -> Result<Self, Error> {
        match point.validate() {
            Ok(()) => Ok(Self(point)),
            Err(blst::BLST_ERROR::BLST_PK_IS_INFINITY) => Err(INFINITE_KEY),
            Err(_) => Err(Error::Bls("public key is not in the subgroup")),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey(0x{})", hex::encode(self.to_bytes()))
    }
}

const INFINITE_KEY: Error = Error::Bls("public key is the point at infinity");

/// Computes the message of a registration,
/// `keccak(abi.encode(l1ChainId, managementContract, operator, keyHash))`.
///
/// Signed under the possession tag, it proves possession and binds the key to its operator at once.
pub fn compute_registration_message(
    l1_chain_id: u64,
    management_contract: Address,
    operator: Address,
    key: &PublicKey,
) -> B256 {
    let words = [
        l1_chain_id.to_word(),
        management_contract.to_word(),
        operator.to_word(),
        key.hash().to_word(),
    ];
    keccak256(words.concat())
}
