//! What a proof says of each requested stem.

use rayon::prelude::*;

use super::ProofError;
use super::commitment::{Pair, SMALL_LIMIT};
use super::keys::{Key, Value, split};
use super::layout::{Layout, Status, StemRequest};
use super::nodes::{Body, StemNode};
use super::wire::Witness;
use crate::curve::Point;

/// The part of a proof that speaks of one requested stem.
pub(super) struct StemClaim<'a> {
    request: &'a StemRequest,
    status: Status,
    values: &'a [(Key, Value)],
    presence: &'a [bool],
    travelling: &'a [Pair],
    /// The commitment of a stem that has its own.
    commitment: Option<Point>,
}

/// Divides a proof among the requested stems.
pub(super) fn divide<'a>(
    requests: &'a [StemRequest],
    values: &'a [(Key, Value)],
    witness: &'a Witness,
    layout: &Layout,
) -> Vec<StemClaim<'a>> {
    let mut presence = &witness.presence[..];
    let mut travelling = witness.travelling.iter();
    let findings = witness.findings.iter().zip(&layout.stem_nodes);
    let claims = requests.iter().zip(findings).map(|(request, (finding, node))| {
        let present = matches!(finding.status, Status::Small | Status::Vector);
        let (own, rest) = presence.split_at(if present { request.keys.len() } else { 0 });
        presence = rest;
        let pairs = (finding.status == Status::Small).then(|| travelling.next()).flatten();
        StemClaim {
            request,
            status: finding.status,
            values: &values[request.keys.clone()],
            presence: own,
            travelling: pairs.map(Vec::as_slice).unwrap_or_default(),
            commitment: node.map(|node| witness.nodes.points[node]),
        }
    });
    claims.collect()
}

/// The stems that the claims describe; `None` for each that is said to be absent.
pub(super) fn build_stems(claims: &[StemClaim<'_>]) -> Result<Vec<Option<StemNode>>, ProofError> {
    // All of them, for the first error must not depend on the threads.
    let stems: Vec<Result<Option<StemNode>, ProofError>> =
        claims.par_iter().with_min_len(64).map(StemClaim::build).collect();
    stems.into_iter().collect()
}

impl StemClaim<'_> {
    /// The requested suffixes, each with its value if it is present.
    pub(super) fn values(&self) -> impl Iterator<Item = (u8, Option<&Value>)> {
        let present = self.presence.iter().chain(core::iter::repeat(&false));
        self.values
            .iter()
            .zip(present)
            .map(|((key, value), present)| (split(key).1, present.then_some(value)))
    }

    fn build(&self) -> Result<Option<StemNode>, ProofError> {
        let mut absent = self.values.iter().zip(self.values());
        if absent.any(|((_, value), (_, present))| present.is_none() && *value != Value::default())
        {
            return Err(ProofError::malformed("an absent key has a value"));
        }
        let body = match (self.status, self.commitment) {
            (Status::Small, _) => Body::small(&self.small_pairs()?),
            (Status::Vector, Some(commitment)) => {
                Body::vector(commitment, self.present_pairs().collect())
            }
            _ => return Ok(None),
        };
        Ok(Some(StemNode { stem: self.request.stem, body }))
    }

    fn present_pairs(&self) -> impl Iterator<Item = Pair> {
        self.values().filter_map(|(suffix, value)| Some((suffix, *value?)))
    }

    /// The pairs of the request and the travelling ones: all that the stem holds.
    fn small_pairs(&self) -> Result<Vec<Pair>, ProofError> {
        // Invariant: a requested suffix never travels, even one whose presence bit is 0. Else a
        // present key could be shown as absent.
        let requested =
            |suffix: u8| self.values.binary_search_by_key(&suffix, |(key, _)| split(key).1).is_ok();
        if self.travelling.iter().any(|(suffix, _)| requested(*suffix)) {
            return Err(ProofError::malformed("a requested suffix travels"));
        }
        let mut pairs: Vec<Pair> =
            self.present_pairs().chain(self.travelling.iter().copied()).collect();
        if pairs.is_empty() || pairs.len() > SMALL_LIMIT {
            let count = pairs.len();
            return Err(ProofError::malformed(format!("a small stem with {count} values")));
        }
        pairs.sort_unstable_by_key(|(suffix, _)| *suffix);
        Ok(pairs)
    }
}
