//! The bytes of a proof.
//!
//! ```text
//! u8 version ‖ u8 flags ‖ u32 stems ‖ (depth | status << 5)*      by ascending stem
//! presence bits         one a key of each present stem, the lowest bit first
//! (u8 count ‖ (suffix ‖ value 32)*)*      per small stem, the pairs that were not requested
//! u32 hidden ‖ (stem 31 ‖ body 32)*       by ascending slot
//! u32 nodes ‖ point* ‖ −D ‖ π             by ascending path
//! ```
//! One byte string, and no other, stands for a proof with points of a given size.

use alloy_primitives::B256;
use rayon::prelude::*;

use super::ProofError;
use super::commitment::Pair;
use super::keys::Stem;
use super::layout::{Finding, Layout, Status, StemRequest};
use super::proof::{Proof, push_u32};
use crate::containers::Reader;
use crate::curve::Point;
use crate::curve::decoding::decode_points;

const VERSION: u8 = 1;
const COMPRESSED_FLAG: u8 = 1;
const STATUS_SHIFT: u32 = 5;
const DEPTH_MASK: u8 = 0x1f;
/// Bytes of the longest path to a slot.
const MAX_DEPTH: usize = 31;

/// The size of a point in a proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PointSize {
    /// 96 bytes, both coordinates: the faster to verify.
    #[default]
    Affine,
    /// 48 bytes, one coordinate and flags.
    Compressed,
}

/// The contents of a proof.
#[derive(Debug)]
pub(super) struct Witness {
    pub(super) findings: Vec<Finding>,
    /// For every key of a small or vector stem, whether it is present.
    pub(super) presence: Vec<bool>,
    /// For every small stem, its values that nobody asked for.
    pub(super) travelling: Vec<Vec<Pair>>,
    /// The stem and the body's hash of every neighbour nobody asked for.
    pub(super) hidden: Vec<(Stem, B256)>,
    pub(super) nodes: Commitments,
    pub(super) proof: Proof,
}

/// Points with the 96 bytes of each, which hashes absorb.
#[derive(Clone, Debug, Default)]
pub(super) struct Commitments {
    pub(super) points: Vec<Point>,
    pub(super) bytes: Vec<[u8; 96]>,
}

/// Decoded points by their 48 bytes: a cache that an endorser may keep.
///
/// Only points that were decoded from exactly these bytes may be found in it.
pub trait PointCache: Sync {
    /// The point that these bytes stand for, if it is known.
    fn get(&self, compressed: &[u8; 48]) -> Option<Point>;

    /// Learns what these bytes stand for.
    fn put(&self, compressed: &[u8; 48], point: Point);
}

impl PointSize {
    const fn bytes(self) -> usize {
        match self {
            Self::Affine => 96,
            Self::Compressed => 48,
        }
    }

    fn encode(self, bytes: &mut Vec<u8>, point: &Point) {
        match self {
            Self::Affine => bytes.extend_from_slice(&point.to_bytes()),
            Self::Compressed => bytes.extend_from_slice(&point.to_compressed()),
        }
    }
}

impl Witness {
    pub(super) fn encode(&self, point_size: PointSize) -> Vec<u8> {
        let flags = if point_size == PointSize::Compressed { COMPRESSED_FLAG } else { 0 };
        let mut bytes = vec![VERSION, flags];
        push_u32(&mut bytes, self.findings.len());
        bytes.extend(self.findings.iter().map(encode_finding));
        bytes.extend(
            self.presence.chunks(8).map(|bits| {
                bits.iter().rev().fold(0, |byte, present| byte << 1 | u8::from(*present))
            }),
        );
        for pairs in &self.travelling {
            bytes.push(u8::try_from(pairs.len()).unwrap_or(u8::MAX));
            for (suffix, value) in pairs {
                bytes.push(*suffix);
                bytes.extend_from_slice(value);
            }
        }
        push_u32(&mut bytes, self.hidden.len());
        for (stem, body) in &self.hidden {
            bytes.extend_from_slice(stem);
            bytes.extend_from_slice(body.as_slice());
        }
        push_u32(&mut bytes, self.nodes.points.len());
        match point_size {
            PointSize::Affine => bytes.extend_from_slice(self.nodes.bytes.as_flattened()),
            PointSize::Compressed => {
                bytes.extend(self.nodes.points.iter().flat_map(|point| point.to_compressed()));
            }
        }
        for point in [&self.proof.minus_d, &self.proof.pi] {
            point_size.encode(&mut bytes, point);
        }
        bytes
    }

    /// Decodes a proof for the requested stems, with the layout that it follows.
    pub(super) fn decode(
        requests: &[StemRequest],
        bytes: &[u8],
        cache: Option<&dyn PointCache>,
    ) -> Result<(Self, Layout), ProofError> {
        let mut reader = Reader::new("verkle proof", bytes);
        if reader.u8("version")? != VERSION {
            return Err(ProofError::malformed("unknown version"));
        }
        let point_size = match reader.u8("flags")? {
            0 => PointSize::Affine,
            COMPRESSED_FLAG => PointSize::Compressed,
            _ => return Err(ProofError::malformed("unknown flags")),
        };
        if reader.count(1, "stems")? != requests.len() {
            return Err(ProofError::malformed("the stems are not as many as the request's"));
        }
        let statuses = reader.take(requests.len(), "statuses")?;
        let findings: Vec<Finding> =
            statuses.iter().map(|byte| decode_finding(*byte)).collect::<Result<_, _>>()?;
        let most_nodes = reader.remaining() / point_size.bytes();
        let layout = Layout::derive(requests, &findings, most_nodes)?;
        let presence = decode_presence(&mut reader, requests, &findings)?;
        let small = findings.iter().filter(|finding| finding.status == Status::Small);
        let travelling = small.map(|_| decode_pairs(&mut reader)).collect::<Result<_, _>>()?;
        let hidden = decode_hidden(&mut reader, requests, &layout)?;
        let (nodes, proof) = decode_tail(reader, point_size, layout.nodes.len(), cache)?;
        Ok((Self { findings, presence, travelling, hidden, nodes, proof }, layout))
    }
}

fn encode_finding(finding: &Finding) -> u8 {
    let status = match finding.status {
        Status::Small => 0,
        Status::Vector => 1,
        Status::Other => 2,
        Status::Nothing => 3,
    };
    u8::try_from(finding.depth).unwrap_or(u8::MAX) | status << STATUS_SHIFT
}

fn decode_finding(byte: u8) -> Result<Finding, ProofError> {
    let depth = usize::from(byte & DEPTH_MASK);
    let status = match byte >> STATUS_SHIFT {
        0 => Status::Small,
        1 => Status::Vector,
        2 => Status::Other,
        3 => Status::Nothing,
        _ => return Err(ProofError::malformed("bit 7 of a status is not zero")),
    };
    if depth == 0 || (status == Status::Other && depth == MAX_DEPTH) {
        return Err(ProofError::malformed(format!("depth {depth} of a slot")));
    }
    Ok(Finding { depth, status })
}

fn decode_presence(
    reader: &mut Reader<'_>,
    requests: &[StemRequest],
    findings: &[Finding],
) -> Result<Vec<bool>, ProofError> {
    let present = requests
        .iter()
        .zip(findings)
        .filter(|(_, finding)| matches!(finding.status, Status::Small | Status::Vector));
    let count = present.map(|(request, _)| request.keys.len()).sum::<usize>();
    let bytes = reader.take(count.div_ceil(8), "presence bits")?;
    let mut bits: Vec<bool> =
        bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1)).collect();
    if bits.drain(count..).any(|padding| padding) {
        return Err(ProofError::malformed("padding of the presence bits is not zero"));
    }
    Ok(bits)
}

fn decode_pairs(reader: &mut Reader<'_>) -> Result<Vec<Pair>, ProofError> {
    let count = reader.u8("pairs")?;
    let mut pairs: Vec<Pair> = Vec::new();
    for _ in 0..count {
        let pair = (reader.u8("suffix")?, reader.array("value")?);
        if pairs.last().is_some_and(|last| last.0 >= pair.0) {
            return Err(ProofError::malformed("pairs do not ascend"));
        }
        pairs.push(pair);
    }
    Ok(pairs)
}

fn decode_hidden(
    reader: &mut Reader<'_>,
    requests: &[StemRequest],
    layout: &Layout,
) -> Result<Vec<(Stem, B256)>, ProofError> {
    if reader.count(63, "hidden stems")? != layout.hidden.len() {
        return Err(ProofError::malformed("the hidden stems are not as many as their slots"));
    }
    let mut hidden = Vec::with_capacity(layout.hidden.len());
    for (request, depth) in &layout.hidden {
        let stem: Stem = reader.array("hidden stem")?;
        if stem[..*depth] != requests[*request].stem[..*depth] {
            return Err(ProofError::malformed("a hidden stem is not in its slot"));
        }
        if requests.binary_search_by_key(&stem, |request| request.stem).is_ok() {
            return Err(ProofError::malformed("a hidden stem is a requested one"));
        }
        hidden.push((stem, reader.array("hidden body")?.into()));
    }
    Ok(hidden)
}

/// Decodes the points that end a proof: those of the nodes, −D and π.
fn decode_tail(
    mut reader: Reader<'_>,
    point_size: PointSize,
    node_count: usize,
    cache: Option<&dyn PointCache>,
) -> Result<(Commitments, Proof), ProofError> {
    if reader.count(point_size.bytes(), "nodes")? != node_count {
        return Err(ProofError::malformed("the nodes are not as many as their paths"));
    }
    let bytes = reader.take((node_count + 2) * point_size.bytes(), "points")?;
    reader.finish()?;
    let mut points = match point_size {
        PointSize::Affine => decode_affine(bytes.as_chunks().0)?,
        PointSize::Compressed => decode_compressed(bytes.as_chunks().0, cache)?,
    };
    // Only the root of the empty tree is infinity, and there the proof is, too.
    let infinite = points.points.iter().filter(|point| point.is_infinity()).count();
    if infinite != if points.points[0].is_infinity() { node_count + 2 } else { 0 } {
        return Err(ProofError::malformed("a point is infinity outside the empty tree"));
    }
    points.bytes.truncate(node_count);
    let tail = points.points.split_off(node_count);
    Ok((points, Proof { minus_d: tail[0], pi: tail[1] }))
}

fn decode_affine(bytes: &[[u8; 96]]) -> Result<Commitments, ProofError> {
    let points = decode_points(bytes).map_err(|(_, error)| ProofError::from(error))?;
    Ok(Commitments { points, bytes: bytes.to_vec() })
}

fn decode_compressed(
    bytes: &[[u8; 48]],
    cache: Option<&dyn PointCache>,
) -> Result<Commitments, ProofError> {
    let decode = |bytes: &[u8; 48]| {
        if let Some(known) = cache.and_then(|cache| cache.get(bytes)) {
            return Ok(known);
        }
        let point = Point::from_compressed(bytes)?;
        if let Some(cache) = cache {
            cache.put(bytes, point);
        }
        Ok::<_, ProofError>(point)
    };
    // All of them, for the first error must not depend on the threads.
    let points: Vec<Result<Point, ProofError>> = bytes.par_iter().map(decode).collect();
    Ok(points.into_iter().collect::<Result<Vec<Point>, _>>()?.into())
}

impl From<Vec<Point>> for Commitments {
    fn from(points: Vec<Point>) -> Self {
        let bytes = points.par_iter().with_min_len(64).map(|point| point.to_bytes()).collect();
        Self { points, bytes }
    }
}
