//! State files and snapshots.

use std::path::PathBuf;

use corollup_core::error::Error;
use corollup_core::ledger::snapshot::Summary;
use corollup_core::ledger::{self};
use pyo3::prelude::*;

use crate::error::BindingError;

/// What a snapshot holds.
#[pyclass(frozen, get_all, module = "corollup._core")]
pub(crate) struct SnapshotSummary {
    /// Number of the packet that the state is the result of.
    number: u64,
    /// Digest of the packet, or the genesis hash.
    digest: [u8; 32],
    /// Verkle root.
    state_root: [u8; 32],
    /// Stems of the tree.
    stems: u64,
    /// Codes.
    codes: u64,
}

impl From<Summary> for SnapshotSummary {
    fn from(summary: Summary) -> Self {
        let Summary { head, stems, codes } = summary;
        let (digest, state_root) = (head.digest.0, head.root.0);
        Self { number: head.number, digest, state_root, stems, codes }
    }
}

/// Writes the state in a file as a snapshot; `progress` is told how many stems are through.
#[pyfunction]
pub(crate) fn export_state(
    py: Python<'_>,
    state: PathBuf,
    snapshot: PathBuf,
    progress: Bound<'_, PyAny>,
) -> PyResult<SnapshotSummary> {
    report(py, progress, |progress| ledger::export_file(&state, &snapshot, progress))
}

/// Makes a state file from a snapshot; `progress` is told how many stems are through.
#[pyfunction]
pub(crate) fn import_state(
    py: Python<'_>,
    snapshot: PathBuf,
    state: PathBuf,
    progress: Bound<'_, PyAny>,
) -> PyResult<SnapshotSummary> {
    report(py, progress, |progress| ledger::import_file(&snapshot, &state, None, progress))
}

/// Works without the interpreter's lock but for the reports; what a report raises ends the work.
fn report(
    py: Python<'_>,
    progress: Bound<'_, PyAny>,
    work: impl Send + FnOnce(ledger::snapshot::Progress<'_>) -> Result<Summary, Error>,
) -> PyResult<SnapshotSummary> {
    let progress = progress.unbind();
    let mut raised = None;
    let summary = py.detach(|| {
        work(&mut |stems| {
            let told = Python::attach(|py| {
                py.check_signals()?;
                progress.call1(py, (stems,)).map(drop)
            });
            told.map_err(|error| {
                raised = Some(error);
                Error::State("stopped by the caller".into())
            })
        })
    });
    match (raised, summary) {
        (Some(error), _) => Err(error),
        (None, Ok(summary)) => Ok(summary.into()),
        (None, Err(error)) => Err(BindingError::from(error).into()),
    }
}
