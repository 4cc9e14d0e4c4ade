//! Measurements of the core beside its peers.

use std::path::PathBuf;

use corollup_lab::{goals, soak, store};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::BindingError;
use crate::replay::ReplayBlock;

/// Metric, figure, unit, peer and the peer's figure.
type Row = (String, f64, &'static str, String, f64);

/// An encoded packet, and what goes with it: an altered form, or its hints.
type Pair<'py> = (Bound<'py, PyBytes>, Bound<'py, PyBytes>);

/// What the rows of the goal table are measured on.
#[pyclass(frozen, module = "corollup._core")]
pub(crate) struct GoalBench(goals::Bench);

#[pymethods]
impl GoalBench {
    /// A bench that takes each time so often, on these mainnet blocks.
    #[new]
    fn new(runs: usize, blocks: Vec<Py<ReplayBlock>>) -> Self {
        let blocks = blocks.iter().map(|block| block.get().parts()).collect();
        Self(goals::Bench::new(runs, blocks))
    }

    /// Measures the rows of a subject with the backend in use.
    fn measure(&self, py: Python<'_>, subject: &str) -> Result<Vec<Row>, BindingError> {
        let subject = goals::Subject::from_name(subject)?;
        let rows = py.detach(|| self.0.measure(subject))?;
        let to_row = |row: goals::Row| (row.metric, row.value, row.unit, row.peer, row.peer_value);
        Ok(rows.into_iter().map(to_row).collect())
    }

    /// Builds the encoded packet of a mainnet block, in a tree with the further accounts, and its
    /// hints.
    fn build_block<'py>(&self, py: Python<'py>, number: u64) -> Result<Pair<'py>, BindingError> {
        let (encoded, hints) = py.detach(|| self.0.build_block(number))?;
        Ok((PyBytes::new(py, &encoded), PyBytes::new(py, &hints)))
    }
}

/// Checks that every backend and number of threads gives the same for the packets of some seeds.
///
/// Returns the number of packets.
#[pyfunction]
pub(crate) fn check_random_packets(
    py: Python<'_>,
    seeds: Vec<u64>,
    small: bool,
) -> Result<usize, BindingError> {
    Ok(py.detach(|| soak::check_seeds(&seeds, shape(small)))?)
}

/// Makes the random packets of a seed, each as an honest producer sends it and altered.
#[pyfunction]
pub(crate) fn make_random_packets<'py>(
    py: Python<'py>,
    seed: u64,
    small: bool,
) -> Result<Vec<Pair<'py>>, BindingError> {
    let pairs = py.detach(|| soak::make_packets(seed, shape(small)))?;
    let to_bytes =
        |pair: soak::Pair| (PyBytes::new(py, &pair.honest), PyBytes::new(py, &pair.altered));
    Ok(pairs.into_iter().map(to_bytes).collect())
}

/// Makes the file of a state with so many accounts, for a bench.
#[pyfunction]
pub(crate) fn fill_state(py: Python<'_>, path: PathBuf, accounts: u64) -> Result<(), BindingError> {
    Ok(py.detach(|| store::fill_state(&path, accounts))?)
}

/// Builds packets on such a file, or on a state in memory; returns the seconds of each.
#[pyfunction]
#[pyo3(signature = (path, accounts, packets))]
pub(crate) fn build_on_state(
    py: Python<'_>,
    path: Option<PathBuf>,
    accounts: u64,
    packets: usize,
) -> Result<Vec<f64>, BindingError> {
    Ok(py.detach(|| match path {
        Some(path) => store::build_on_state(&path, accounts, packets),
        None => store::build_in_memory(accounts, packets),
    })?)
}

fn shape(small: bool) -> soak::Shape {
    if small { soak::Shape::SMALL } else { soak::Shape::FULL }
}
