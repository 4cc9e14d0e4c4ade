//! The checks of a data anchor: that its blobs hold the payloads since the last one.

use alloy_primitives::B256;

use super::Context;
use crate::blobs::{compute_data_hash, encode_blobs, verify_blobs};
use crate::containers::{Body, Config, ExecutionResult, Header, compute_payload_hash};
use crate::error::{Reason, Rejected, require, require_equal};
use crate::rules;

/// Checks that the packet is a data anchor if it must be one, and that its header names its blobs.
pub(super) fn verify_data_hash(
    result: &ExecutionResult,
    config: Option<&Config>,
) -> Result<(), Rejected> {
    let ExecutionResult { header, body, .. } = result;
    if let Some(config) = config {
        let expected = rules::count_anchored(config, header.number);
        let is_right = match expected {
            Some(payloads) => {
                !body.data.blobs.is_empty() && body.data.payloads.len() as u64 == payloads
            }
            None => body.data.is_empty(),
        };
        require(Reason::WrongDataHash, is_right, || {
            let (payloads, blobs) = (body.data.payloads.len(), body.data.blobs.len());
            format!("expected {expected:?} payloads, found {payloads} and {blobs} blobs")
        })?;
    }
    let data_hash = match body.data.blobs.as_slice() {
        [] => B256::ZERO,
        blobs => compute_data_hash(blobs),
    };
    require_equal(Reason::WrongDataHash, &data_hash, &header.data_hash)
}

/// Checks the payloads of earlier packets against the headers that this endorser knows.
pub(super) fn verify_payload_hashes(body: &Body, context: &Context<'_>) -> Result<(), Rejected> {
    let Some(hashes) = context.payload_hashes.filter(|_| !body.data.is_empty()) else {
        return Ok(());
    };
    let found: Vec<B256> =
        body.data.payloads.iter().map(|payload| compute_payload_hash(payload)).collect();
    require(Reason::PayloadHashMismatch, found == hashes, || {
        let place = found.iter().zip(hashes).position(|(found, hash)| found != hash);
        format!("expected {} anchored payloads, found others from {place:?} on", hashes.len())
    })
}

/// Checks that the blobs hold the payloads.
pub(super) fn verify_data(header: &Header, body: &Body) -> Result<(), Rejected> {
    if body.data.is_empty() {
        return Ok(());
    }
    let refuse = |why: String| Rejected::new(Reason::InvalidBlobProof, why);
    let earlier = body.data.payloads.len() as u64;
    let first = header
        .number
        .checked_sub(earlier)
        .ok_or_else(|| refuse(format!("{earlier} payloads before packet {}", header.number)))?;
    let payloads: Vec<_> = body.data.payloads.iter().chain([&body.payload]).collect();
    let blobs = encode_blobs(first, &payloads).map_err(|error| refuse(error.to_string()))?;
    verify_blobs(&blobs, &body.data.blobs).map_err(refuse)
}
