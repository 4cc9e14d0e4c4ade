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
            Self::Bytes(bytes) => bls::PublicKey::from_bytes(bytes),
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

/// Checks every signature.
pub(crate) fn check_signatures(
    signatures: &[SignatureArgument],
) -> Result<Vec<bls::Signature>, Error> {
    signatures.iter().map(SignatureArgument::check).collect()
}
