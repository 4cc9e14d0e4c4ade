//! Verification of execution results.

use alloy_primitives::B256;
use corollup_core::caches::{self, Limits};
use corollup_core::containers::{Config, Header, KeyBytes};
use corollup_core::endorser::{self, Anchor, Context, Inbox, Network, Schedule};
use corollup_core::error::Class;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::error::BindingError;

/// What verifications of one process remember from packet to packet.
#[pyclass(frozen, module = "corollup._core")]
pub(crate) struct Caches(caches::Caches);

#[pymethods]
impl Caches {
    /// Empty caches of these sizes in bytes.
    #[new]
    #[pyo3(signature = (*, code_bytes, point_bytes))]
    fn new(code_bytes: usize, point_bytes: usize) -> Self {
        Self(caches::Caches::new(Limits { code_bytes, point_bytes }))
    }
}

/// What an endorser thinks of an execution result.
#[pyclass(frozen, get_all, module = "corollup._core")]
pub(crate) struct Verdict {
    /// 1 valid, 0 contradicts its own body, none proves nothing.
    status: Option<u8>,
    /// The first check that failed.
    reason: Option<&'static str>,
    /// What follows from the reason.
    reason_class: Option<&'static str>,
    /// The two values that differ.
    message: String,
    /// Digest of the header.
    digest: Option<[u8; 32]>,
    /// The ABI words of the header.
    header: Option<Vec<u8>>,
    /// The checks that the context left out.
    checks_not_done: Vec<&'static str>,
}

impl From<endorser::Verdict> for Verdict {
    fn from(verdict: endorser::Verdict) -> Self {
        let rejected = verdict.outcome.as_ref().err();
        Self {
            status: verdict.status(),
            reason: rejected.map(|rejected| rejected.reason.name()),
            reason_class: rejected.map(|rejected| match rejected.reason.class() {
                Class::Ignore => "IGNORE",
                Class::Reject => "REJECT",
            }),
            message: rejected.map(|rejected| rejected.message.clone()).unwrap_or_default(),
            digest: verdict.header.as_ref().map(|(_, digest)| digest.0),
            header: verdict.header.as_ref().map(|(header, _)| Header::encode(header)),
            checks_not_done: verdict.checks_not_done.iter().map(|check| check.name()).collect(),
        }
    }
}

/// Verifies the bytes of an execution result, without the state.
#[pyfunction]
#[pyo3(signature = (
    encoded, *, network=None, parent_hash=None, anchor=None, schedule=None, inbox=None,
    payload_hashes=None, fee_cover=None, hints=None, caches=None, strict=false
))]
#[expect(clippy::too_many_arguments, reason = "keywords in Python")]
pub(crate) fn verify_execution_result(
    py: Python<'_>,
    encoded: PyBackedBytes,
    network: Option<([u8; 32], PyBackedBytes)>,
    parent_hash: Option<[u8; 32]>,
    anchor: Option<([u8; 32], u64, [u8; 32], u64)>,
    schedule: Option<([u8; 20], KeyBytes)>,
    inbox: Option<(u64, u64, [u8; 32])>,
    payload_hashes: Option<Vec<[u8; 32]>>,
    fee_cover: Option<u128>,
    hints: Option<PyBackedBytes>,
    caches: Option<Bound<'_, Caches>>,
    strict: bool,
) -> Result<Verdict, BindingError> {
    let network = match network {
        Some((domain, config)) => {
            Some(Network { domain: domain.into(), config: Config::decode(&config)? })
        }
        None => None,
    };
    let payload_hashes: Option<Vec<B256>> =
        payload_hashes.map(|hashes| hashes.into_iter().map(B256::from).collect());
    let context = Context {
        network: network.as_ref(),
        parent_hash: parent_hash.map(Into::into),
        anchor: anchor.map(|(hash, timestamp, prev_randao, depth)| Anchor {
            hash: hash.into(),
            timestamp,
            prev_randao: prev_randao.into(),
            depth,
        }),
        schedule: schedule.map(|(producer, key)| Schedule { producer: producer.into(), key }),
        inbox: inbox.map(|(due, sent, hash)| Inbox { due, sent, hash: hash.into() }),
        payload_hashes: payload_hashes.as_deref(),
        fee_cover,
        codes: None,
        hints: hints.as_deref(),
        strict,
        caches: caches.as_ref().map(|caches| &caches.get().0),
    };
    let verdict = py.detach(|| endorser::verify(&encoded, &context))?;
    Ok(verdict.into())
}
