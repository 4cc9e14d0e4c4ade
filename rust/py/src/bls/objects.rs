//! Keys and signatures that were checked once, when they were made.

use core::hash::{Hash, Hasher};

use corollup_core::bls;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::error::BindingError;

/// A secret key. It prints as `SecretKey(hidden)` and does not pickle.
#[pyclass(frozen, module = "corollup._core")]
pub(crate) struct SecretKey(pub(crate) bls::SecretKey);

#[pymethods]
impl SecretKey {
    /// Make a key from the randomness of the operating system.
    #[staticmethod]
    fn generate() -> Result<Self, BindingError> {
        Ok(Self(bls::SecretKey::generate()?))
    }

    /// Derive the key at an EIP-2334 path below the EIP-2333 master key of a seed.
    #[staticmethod]
    fn derive(py: Python<'_>, seed: PyBackedBytes, path: &str) -> Result<Self, BindingError> {
        Ok(Self(py.detach(|| bls::SecretKey::derive_path(&seed, path))?))
    }

    /// Decode 32 big-endian bytes of a scalar in 1..r.
    #[staticmethod]
    fn from_bytes(data: &[u8]) -> Result<Self, BindingError> {
        Ok(Self(bls::SecretKey::from_bytes(data)?))
    }

    /// The public key.
    #[getter]
    fn public_key(&self, py: Python<'_>) -> PublicKey {
        PublicKey(py.detach(|| self.0.public_key()))
    }

    /// Sign a message.
    fn sign(&self, py: Python<'_>, message: PyBackedBytes) -> Signature {
        Signature(py.detach(|| self.0.sign(&message)))
    }

    /// Sign a registration message under the possession tag.
    fn prove_possession(&self, py: Python<'_>, message: PyBackedBytes) -> Signature {
        Signature(py.detach(|| self.0.prove_possession(&message)))
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.to_bytes().as_ref())
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// A public key: in the subgroup, not infinity.
#[pyclass(frozen, eq, hash, module = "corollup._core")]
#[derive(PartialEq, Eq)]
pub(crate) struct PublicKey(pub(crate) bls::PublicKey);

#[pymethods]
impl PublicKey {
    /// Decode 48 compressed bytes.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: PyBackedBytes) -> Result<Self, BindingError> {
        Ok(Self(py.detach(|| bls::PublicKey::from_bytes(&data))?))
    }

    /// Decode the 128 bytes that the precompiles of EIP-2537 take.
    #[staticmethod]
    fn from_eip2537(py: Python<'_>, data: PyBackedBytes) -> Result<Self, BindingError> {
        Ok(Self(py.detach(|| bls::PublicKey::from_eip2537(&data))?))
    }

    /// Sum keys whose possession was proven.
    #[staticmethod]
    fn aggregate(py: Python<'_>, keys: Vec<Py<Self>>) -> Result<Self, BindingError> {
        let keys: Vec<_> = keys.iter().map(|key| key.get().0).collect();
        Ok(Self(py.detach(|| bls::PublicKey::aggregate(&keys))?))
    }

    /// Encode as the 128 bytes that the precompiles of EIP-2537 take.
    fn to_eip2537<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_eip2537())
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bytes().hash(state);
    }
}

/// A signature or a sum of signatures: in the subgroup.
#[pyclass(frozen, eq, hash, module = "corollup._core")]
#[derive(PartialEq, Eq)]
pub(crate) struct Signature(pub(crate) bls::Signature);

#[pymethods]
impl Signature {
    /// Decode 96 compressed bytes.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: PyBackedBytes) -> Result<Self, BindingError> {
        Ok(Self(py.detach(|| bls::Signature::from_bytes(&data))?))
    }

    /// Decode the 256 bytes that the precompiles of EIP-2537 take.
    #[staticmethod]
    fn from_eip2537(py: Python<'_>, data: PyBackedBytes) -> Result<Self, BindingError> {
        Ok(Self(py.detach(|| bls::Signature::from_eip2537(&data))?))
    }

    /// Sum signatures of any messages.
    #[staticmethod]
    fn aggregate(py: Python<'_>, signatures: Vec<Py<Self>>) -> Result<Self, BindingError> {
        let signatures: Vec<_> = signatures.iter().map(|signature| signature.get().0).collect();
        Ok(Self(py.detach(|| bls::aggregate(&signatures))?))
    }

    /// Encode as the 256 bytes that the precompiles of EIP-2537 take.
    fn to_eip2537<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_eip2537())
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

impl Hash for Signature {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bytes().hash(state);
    }
}
