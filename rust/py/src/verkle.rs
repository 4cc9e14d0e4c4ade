//! The Verkle tree. Keys and values are bytes of 32; a list of them is converted once.

use std::sync::{Mutex, MutexGuard, PoisonError};

use corollup_core::error::{Error, Rejected};
use corollup_core::verkle::{self, Key, PointSize, ProofError, UpdateEntry, Value};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::error::BindingError;

/// 32 bytes of Python.
struct Word([u8; 32]);

impl<'a, 'py> FromPyObject<'a, 'py> for Word {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let object = object.cast::<PyBytes>()?;
        let bytes = object.as_bytes();
        bytes.try_into().map(Self).map_err(|_| {
            let message = format!("key, value or root of {} bytes, expected 32", bytes.len());
            BindingError::from(Error::Argument(message)).into()
        })
    }
}

/// Keys with their values.
struct Values(Vec<(Key, Value)>);

impl<'a, 'py> FromPyObject<'a, 'py> for Values {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let pairs: Vec<(Word, Word)> = object.extract()?;
        Ok(Self(pairs.into_iter().map(|(key, value)| (key.0, value.0)).collect()))
    }
}

/// Keys.
struct Keys(Vec<Key>);

impl<'a, 'py> FromPyObject<'a, 'py> for Keys {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let keys: Vec<Word> = object.extract()?;
        Ok(Self(keys.into_iter().map(|key| key.0).collect()))
    }
}

/// A commitment, where it is opened, what to, and the proof of it.
type Opening = (Vec<u8>, [u8; 32], [u8; 32], Vec<u8>);
/// A root and the changed slots, encoded.
type Changes = ([u8; 32], Vec<Vec<u8>>);

impl From<ProofError> for BindingError {
    fn from(error: ProofError) -> Self {
        match error.reason() {
            Some(reason) => Rejected::new(reason, error.to_string()).into(),
            None => Error::State(error.to_string()).into(),
        }
    }
}

/// A Verkle tree of keys and values, with its commitments.
#[pyclass(frozen, module = "corollup._core")]
pub(crate) struct VerkleTree(Mutex<verkle::Tree>);

#[pymethods]
impl VerkleTree {
    /// The tree of these keys and values; a zero is no write.
    #[new]
    #[pyo3(signature = (values=Values(Vec::new())))]
    fn new(py: Python<'_>, values: Values) -> Self {
        py.detach(|| Self(Mutex::new(values.0.into_iter().collect())))
    }

    /// The state root.
    #[getter]
    fn root(&self) -> [u8; 32] {
        self.lock().root().0
    }

    /// The value of a key, none if it was never written.
    fn get(&self, key: Word) -> Result<Option<Value>, BindingError> {
        Ok(self.lock().get(&key.0)?)
    }

    /// Writes values; of a key written twice the last counts.
    fn insert(&self, py: Python<'_>, values: Values) -> Result<(), BindingError> {
        Ok(py.detach(|| self.lock().insert_all(&values.0))?)
    }

    /// Applies writes, and returns the new root and the changed slots.
    fn apply(&self, py: Python<'_>, writes: Values) -> Result<Changes, BindingError> {
        py.detach(|| {
            let applied = self.lock().apply(&writes.0)?;
            Ok(encode_changes(applied.post_root.0, &applied.updates))
        })
    }

    /// Proves the values and absences of strictly ascending keys.
    #[pyo3(signature = (chain_id, keys, *, compressed=false))]
    fn prove(
        &self,
        py: Python<'_>,
        chain_id: u64,
        keys: Keys,
        compressed: bool,
    ) -> Result<Vec<u8>, BindingError> {
        let point_size = if compressed { PointSize::Compressed } else { PointSize::Affine };
        py.detach(|| {
            let tree = self.lock().clone();
            Ok(tree.prove_with(chain_id, &keys.0, point_size)?)
        })
    }

    /// A tree that shares the nodes of this one and changes apart from it.
    fn copy(&self) -> Self {
        Self(Mutex::new(self.lock().clone()))
    }
}

impl From<verkle::Tree> for VerkleTree {
    fn from(tree: verkle::Tree) -> Self {
        Self(Mutex::new(tree))
    }
}

impl VerkleTree {
    /// The tree; one left behind by a panic is as it was before the call that panicked.
    fn lock(&self) -> MutexGuard<'_, verkle::Tree> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The part of a Verkle tree that a verified proof shows.
#[pyclass(frozen, module = "corollup._core")]
pub(crate) struct PartialVerkleTree(verkle::PartialTree);

#[pymethods]
impl PartialVerkleTree {
    /// Verifies a proof of values under a state root.
    #[staticmethod]
    #[pyo3(signature = (chain_id, root, values, proof, *, strict=false))]
    fn verify(
        py: Python<'_>,
        chain_id: u64,
        root: Word,
        values: Values,
        proof: PyBackedBytes,
        strict: bool,
    ) -> Result<Self, BindingError> {
        let verify = if strict { verkle::verify_strict } else { verkle::verify };
        Ok(Self(py.detach(|| verify(chain_id, root.0.into(), &values.0, &proof))?))
    }

    /// The state root that the proof was verified against.
    #[getter]
    fn root(&self) -> [u8; 32] {
        self.0.root().0
    }

    /// The state root and the changed slots after writes to keys of the proof.
    fn apply(&self, py: Python<'_>, writes: Values) -> Result<Changes, BindingError> {
        let (root, updates) = py.detach(|| self.0.apply(&writes.0))?;
        Ok(encode_changes(root.0, &updates))
    }
}

/// The state tree as functions of bytes.
#[pyclass(frozen, module = "corollup._core")]
pub(crate) struct Verkle;

#[pymethods]
impl Verkle {
    /// The state root of keys and values.
    #[staticmethod]
    fn compute_root(py: Python<'_>, values: Values) -> [u8; 32] {
        VerkleTree::new(py, values).root()
    }

    /// Proves the values and absences of keys in the tree of these keys and values.
    #[staticmethod]
    fn prove(
        py: Python<'_>,
        chain_id: u64,
        values: Values,
        keys: Keys,
    ) -> Result<Vec<u8>, BindingError> {
        VerkleTree::new(py, values).prove(py, chain_id, keys, false)
    }

    /// Writes to the tree of these keys and values: the new root and the changed slots.
    #[staticmethod]
    fn apply(py: Python<'_>, values: Values, writes: Values) -> Result<Changes, BindingError> {
        VerkleTree::new(py, values).apply(py, writes)
    }

    /// Verifies a proof of values under a state root, absent counting as zero.
    #[staticmethod]
    fn verify(
        py: Python<'_>,
        chain_id: u64,
        root: Word,
        values: Values,
        proof: PyBackedBytes,
    ) -> Result<(), BindingError> {
        PartialVerkleTree::verify(py, chain_id, root, values, proof, false).map(|_| ())
    }

    /// Verifies a proof, and writes to the part of the tree that it shows.
    #[staticmethod]
    fn verify_and_apply(
        py: Python<'_>,
        chain_id: u64,
        root: Word,
        values: Values,
        proof: PyBackedBytes,
        writes: Values,
    ) -> Result<Changes, BindingError> {
        PartialVerkleTree::verify(py, chain_id, root, values, proof, false)?.apply(py, writes)
    }

    /// Reduces a proof to one opening: commitment, place, value and proof of EIP-4844.
    #[staticmethod]
    fn compute_final_opening(
        py: Python<'_>,
        chain_id: u64,
        root: Word,
        values: Values,
        proof: PyBackedBytes,
    ) -> Result<Opening, BindingError> {
        let opening = py
            .detach(|| verkle::compute_final_opening(chain_id, root.0.into(), &values.0, &proof))?;
        Ok((
            opening.commitment.to_compressed().to_vec(),
            opening.place.to_bytes(),
            opening.value.to_bytes(),
            opening.proof.to_compressed().to_vec(),
        ))
    }
}

fn encode_changes(root: [u8; 32], updates: &[UpdateEntry]) -> Changes {
    (root, updates.iter().map(|entry| entry.encode().to_vec()).collect())
}
