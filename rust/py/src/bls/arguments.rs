//! Arguments that are an object, checked before, or bytes, to be checked now.

use corollup_core::bls;
use corollup_core::error::Error;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use super::objects::{PublicKey, Signature};

/// A public key: an object, or 48 bytes that are not checked yet.
pub(crate) enum KeyArgument {
    Checked(bls::PublicKey),
    Bytes(PyBackedBytes),
}

impl KeyArgument {
    pub(crate) fn check(&self) -> Result<bls::PublicKey, Error> {
        match self {
            Self::Checked(key) => Ok(*key),
            Self::Bytes(bytes) => bls::decode_known_key(bytes),
        }
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for KeyArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(key) = object.cast::<PublicKey>() {
            return Ok(Self::Checked(key.get().0));
        }
        Ok(Self::Bytes(object.extract()?))
    }
}

/// A signature: an object, or 96 bytes that are not checked yet.
pub(crate) enum SignatureArgument {
    Checked(bls::Signature),
    Bytes(PyBackedBytes),
}

impl SignatureArgument {
    pub(crate) fn check(&self) -> Result<bls::Signature, Error> {
        match self {
            Self::Checked(signature) => Ok(*signature),
            Self::Bytes(bytes) => bls::Signature::from_bytes(bytes),
        }
    }

    /// The point, which is in the subgroup only if an object came.
    pub(crate) fn decode(&self) -> Result<bls::UncheckedSignature, Error> {
        match self {
            Self::Checked(signature) => Ok((*signature).into()),
            Self::Bytes(bytes) => bls::UncheckedSignature::from_bytes(bytes),
        }
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for SignatureArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(signature) = object.cast::<Signature>() {
            return Ok(Self::Checked(signature.get().0));
        }
        Ok(Self::Bytes(object.extract()?))
    }
}

/// Checks every key.
pub(crate) fn check_keys(keys: &[KeyArgument]) -> Result<Vec<bls::PublicKey>, Error> {
    keys.iter().map(KeyArgument::check).collect()
}

/// Splits the arguments into shares with their positions, and the positions of malformed ones.
pub(crate) fn decode_shares(
    keys: &[KeyArgument],
    signatures: &[SignatureArgument],
) -> (Vec<(usize, bls::Share)>, Vec<usize>) {
    let mut shares = Vec::with_capacity(keys.len());
    let mut malformed = Vec::new();
    let decoded = bls::decode_many(signatures, SignatureArgument::decode);
    for (position, (key, signature)) in keys.iter().zip(decoded).enumerate() {
        match (key.check(), signature) {
            (Ok(key), Ok(signature)) => shares.push((position, (key, signature))),
            _ => malformed.push(position),
        }
    }
    (shares, malformed)
}
