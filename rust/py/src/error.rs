//! The one place where an error of the core becomes a Python exception.

use corollup_core::error::{Error, Rejected};
use corollup_core::ledger::RpcError;
use pyo3::prelude::*;

/// An error of the core on its way to Python: `corollup.errors` has a class for each kind.
#[derive(Debug)]
pub(crate) enum BindingError {
    /// An error of this machine or of the caller.
    Core(Error),
    /// A refused message.
    Rejected(Rejected),
    /// A JSON-RPC answer that is no result.
    Rpc(RpcError),
}

impl From<RpcError> for BindingError {
    fn from(error: RpcError) -> Self {
        Self::Rpc(error)
    }
}

impl From<Error> for BindingError {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<Rejected> for BindingError {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

impl From<BindingError> for PyErr {
    fn from(error: BindingError) -> Self {
        // A failure to build the exception is itself an exception, and the one to report.
        Python::attach(|py| error.to_exception(py).unwrap_or_else(|failure| failure))
    }
}

impl BindingError {
    fn to_exception(&self, py: Python<'_>) -> PyResult<PyErr> {
        let errors = py.import("corollup.errors")?;
        let exception = match self {
            Self::Core(Error::Encoding { what, why }) => {
                errors.getattr("EncodingError")?.call1((*what, why.as_str()))
            }
            Self::Core(Error::Bls(message)) => errors.getattr("BlsError")?.call1((*message,)),
            Self::Core(Error::Argument(message)) => {
                errors.getattr("ArgumentError")?.call1((message.as_str(),))
            }
            Self::Core(Error::State(message)) => {
                errors.getattr("StateError")?.call1((message.as_str(),))
            }
            Self::Core(Error::Store(error)) => {
                errors.getattr("StoreError")?.call1((error.to_string(),))
            }
            Self::Rejected(Rejected { reason, message }) => {
                let reason = errors.getattr("Reason")?.call1((reason.name(),))?;
                errors.getattr("Rejected")?.call1((reason, message.as_str()))
            }
            Self::Rpc(RpcError { code, message, data }) => {
                let data = data.as_ref().map(|data| data.to_vec());
                errors.getattr("RpcError")?.call1((*code, message.as_str(), data))
            }
        }?;
        Ok(PyErr::from_value(exception))
    }
}
