//! Signatures, checked to be in the subgroup, and points that still have to be.

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

    fn validate(point: min_pk::Signature) -> Result<Self, Error> {
        if point.subgroup_check() {
            return Ok(Self(point));
        }
        Err(Error::Bls("signature is not in the subgroup"))
    }
}

/// A point of the curve that is claimed to be a signature; it may lie outside the subgroup.
///
/// Decoding one costs a third of decoding a [`Signature`]. Nothing verifies with it: points are
/// summed first, and only the sum is checked ([`UncheckedSignature::sum`]).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UncheckedSignature(pub(super) min_pk::Signature);

impl UncheckedSignature {
    /// Size of the uncompressed encoding, bytes.
    pub const UNCOMPRESSED_SIZE: usize = 192;

    /// The point of 96 compressed bytes, or of 192 bytes x1‖x0‖y1‖y0; only canonical encodings are
    /// accepted.
    ///
    /// The long form has no square root to take and costs a fiftieth of the short one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let point = match bytes.len() {
            Self::UNCOMPRESSED_SIZE => min_pk::Signature::deserialize(bytes),
            _ => min_pk::Signature::uncompress(bytes),
        };
        point.map(Self).map_err(|_| Error::Bls("signature is not 96 bytes of a compressed point"))
    }

    /// The signature, if the point is in the subgroup.
    pub fn check(self) -> Result<Signature, Error> {
        Signature::validate(self.0)
    }

    /// Sums points and checks the sum alone, in place of each.
    ///
    /// # Errors
    /// No point is given, or the sum is outside the subgroup.
    pub fn sum(points: &[Self]) -> Result<Signature, Error> {
        let points: Vec<_> = points.iter().map(|point| &point.0).collect();
        min_pk::AggregateSignature::aggregate(&points, false)
            .map_err(|_| Error::Bls("no signature to aggregate"))
            .and_then(|sum| Signature::validate(sum.to_signature()))
    }
}

impl From<Signature> for UncheckedSignature {
    fn from(signature: Signature) -> Self {
        Self(signature.0)
    }
}

impl fmt::Debug for UncheckedSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UncheckedSignature(0x{})", hex::encode(self.0.compress()))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature(0x{})", hex::encode(self.to_bytes()))
    }
}
