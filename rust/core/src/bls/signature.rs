//! Signatures, checked to be in the subgroup.

use core::fmt;

use blst::{blst_p2_affine, min_pk};

use super::points::{decode_fields, encode_fields};
use crate::containers::SignatureBytes;
use crate::error::Error;

/// A signature or a sum of signatures: a point of the subgroup of G2.
///
/// Infinity is a value, since signatures may cancel out; it verifies under no key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub(super) min_pk::Signature);

impl Signature {
    /// Size of the compressed encoding, bytes.
    pub const SIZE: usize = 96;
    /// Size of the EIP-2537 encoding, bytes.
    pub const EIP2537_SIZE: usize = 256;

    /// The signature of 96 compressed bytes; only the canonical encoding is accepted.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let malformed = Error::Bls("signature is not 96 bytes of a compressed point");
        min_pk::Signature::uncompress(bytes).map_err(|_| malformed).and_then(Self::validate)
    }

    /// The 96 compressed bytes.
    pub fn to_bytes(&self) -> SignatureBytes {
        self.0.compress()
    }

    /// The signature of 256 bytes x0‖x1‖y0‖y1, as the precompiles of EIP-2537 take it.
    pub fn from_eip2537(bytes: &[u8]) -> Result<Self, Error> {
        let malformed = Error::Bls("signature is not 256 bytes of an EIP-2537 point");
        let fields @ [x0, x1, y0, y1] = decode_fields(bytes).ok_or(malformed.clone())?;
        if fields == [[0; 48]; 4] {
            return Ok(Self(blst_p2_affine::default().into()));
        }
        min_pk::Signature::deserialize(&[x1, x0, y1, y0].concat())
            .map_err(|_| malformed)
            .and_then(Self::validate)
    }

    /// The 256 bytes x0‖x1‖y0‖y1 that the precompiles of EIP-2537 take.
    pub fn to_eip2537(&self) -> [u8; Self::EIP2537_SIZE] {
        let mut bytes = [0; Self::EIP2537_SIZE];
        if !self.is_infinity() {
            encode_fields(&self.0.serialize(), &[1, 0, 3, 2], &mut bytes);
        }
        bytes
    }

    /// Whether this is the point at infinity.
    pub fn is_infinity(&self) -> bool {
        blst_p2_affine::from(self.0) == blst_p2_affine::default()
    }

    pub(super) fn sum(signatures: &[Self]) -> Result<Self, Error> {
        let points: Vec<_> = signatures.iter().map(|signature| &signature.0).collect();
        min_pk::AggregateSignature::aggregate(&points, false)
            .map(|sum| Self(sum.to_signature()))
            .map_err(|_| Error::Bls("no signature to aggregate"))
    }

    fn validate(point: min_pk::Signature) -> Result<Self, Error> {
        if point.subgroup_check() {
            return Ok(Self(point));
        }
        Err(Error::Bls("signature is not in the subgroup"))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature(0x{})", hex::encode(self.to_bytes()))
    }
}
