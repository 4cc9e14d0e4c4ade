//! Ethereum's state tests.

use corollup_core::statetest::{StateTestFile, TestOutcome, run_files};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::error::BindingError;

/// Runs one entry in `stride` of each file `(name, bytes, offset)`, on all cores.
///
/// Returns the test, `passed`, `failed`, `skipped` or `exempt`, and the reason.
#[pyfunction]
pub(crate) fn run_state_tests(
    py: Python<'_>,
    files: Vec<(String, PyBackedBytes, usize)>,
    stride: usize,
) -> Result<Vec<(String, &'static str, String)>, BindingError> {
    let files: Vec<_> = files
        .iter()
        .map(|(name, json, offset)| StateTestFile { name, json, offset: *offset })
        .collect();
    let results = py.detach(|| run_files(&files, stride))?;
    let rows = results.into_iter().map(|result| match result.outcome {
        TestOutcome::Passed => (result.test, "passed", String::new()),
        TestOutcome::Failed(reason) => (result.test, "failed", reason),
        TestOutcome::Skipped(reason) => (result.test, "skipped", reason),
        TestOutcome::Exempt => (result.test, "exempt", String::new()),
    });
    Ok(rows.collect())
}
