//! Which backend does the arithmetic on public data.

use corollup_core::lanes;
use pyo3::prelude::*;

use crate::error::BindingError;

/// Chooses the backend of this process: `auto`, `lanes` or `portable`.
#[pyfunction]
pub(crate) fn choose_backend(name: &str) -> Result<(), BindingError> {
    Ok(lanes::choose(name.parse()?)?)
}

/// The backend in use: `lanes` or `portable`.
#[pyfunction]
pub(crate) fn backend() -> &'static str {
    lanes::backend().name()
}

/// The backends of this machine, the fastest first.
#[pyfunction]
pub(crate) fn available_backends() -> Vec<&'static str> {
    lanes::Backend::available().iter().map(|backend| backend.name()).collect()
}

/// Follows the environment variable.
pub(crate) fn choose_from_environment() -> Result<(), BindingError> {
    Ok(lanes::choose_from_environment()?)
}
