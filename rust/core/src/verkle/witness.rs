//! From a whole tree to a proof: what a request leads to, gathered in path order.

use alloy_primitives::B256;

use super::commitment::{Pair, hash_bodies, hash_pairs};
use super::keys::{Key, split};
use super::layout::{Finding, Status, StemRequest, group_keys};
use super::nodes::{Body, Inner, NodeRef, StemNode, VectorBody};
use super::proof::{Opening, Statement, Vector};
use super::wire::{Commitments, PointSize, Witness};
use crate::curve::fixed_base::FixedBase;
use crate::curve::{Point, Scalar};
use crate::error::Error;
use crate::lanes::backend;

/// Proves the values and absences of strictly ascending keys below the node at the top of a tree.
pub(super) fn prove(
    top: &Inner,
    chain_id: u64,
    root: B256,
    keys: &[Key],
    point_size: PointSize,
    base: &FixedBase,
) -> Result<Vec<u8>, Error> {
    let requests = group_keys(keys.iter())
        .ok_or_else(|| Error::Argument("keys must be strictly ascending and not empty".into()))?;
    let mut gatherer = Gatherer { keys, ..Gatherer::default() };
    gatherer.visit_inner(top, 0, &requests);
    let hidden = gatherer.hidden.iter();
    let bodies = hash_bodies(backend(), hidden.clone().map(|stem| &stem.body));
    let nodes = Commitments::from(gatherer.nodes);
    let statement = Statement { chain_id, root, nodes, openings: gatherer.openings };
    let proof = statement.prove(&gatherer.vectors, base);
    let witness = Witness {
        findings: gatherer.findings,
        presence: gatherer.presence,
        travelling: gatherer.travelling,
        hidden: hidden.map(|stem| stem.stem).zip(bodies).collect(),
        nodes: statement.nodes,
        proof,
    };
    Ok(witness.encode(point_size))
}

/// What a request leads to, in the order of a proof.
#[derive(Default)]
struct Gatherer<'a> {
    keys: &'a [Key],
    findings: Vec<Finding>,
    presence: Vec<bool>,
    travelling: Vec<Vec<Pair>>,
    hidden: Vec<&'a StemNode>,
    nodes: Vec<Point>,
    vectors: Vec<Vector<'a>>,
    openings: Vec<Opening>,
}

impl<'a> Gatherer<'a> {
    fn visit_inner(&mut self, inner: &'a Inner, depth: usize, requests: &[StemRequest]) {
        let node = self.nodes.len();
        self.nodes.push(inner.commitment);
        self.vectors.push(Vector::Children(&inner.children));
        let groups = || requests.chunk_by(|left, right| left.stem[depth] == right.stem[depth]);
        for group in groups() {
            let index = group[0].stem[depth];
            self.openings.push(Opening { node, index, value: inner.children.scalar(index) });
        }
        for group in groups() {
            match inner.children.get(group[0].stem[depth]).map(|child| child.node) {
                Some(NodeRef::Inner(below)) => self.visit_inner(below, depth + 1, group),
                Some(NodeRef::Stem(resident)) => self.visit_stem(resident, depth + 1, group),
                Some(NodeRef::Unloaded(_)) => unreachable!("the paths of the keys are loaded"),
                None => self.note(group, |_| Finding { depth: depth + 1, status: Status::Nothing }),
            }
        }
    }

    fn visit_stem(&mut self, resident: &'a StemNode, depth: usize, requests: &[StemRequest]) {
        let own_status = match &resident.body {
            Body::Vector(_) => Status::Vector,
            Body::Single(_) | Body::Small(_) | Body::Hidden(_) => Status::Small,
        };
        self.note(requests, |request| {
            let status = if request.stem == resident.stem { own_status } else { Status::Other };
            Finding { depth, status }
        });
        match requests.iter().find(|request| request.stem == resident.stem) {
            Some(request) => self.visit_values(&resident.body, request),
            None => self.hidden.push(resident),
        }
    }

    fn visit_values(&mut self, body: &Body, request: &StemRequest) {
        let suffixes: Vec<u8> =
            self.keys[request.keys.clone()].iter().map(|key| split(key).1).collect();
        self.presence.extend(suffixes.iter().map(|suffix| body.get(*suffix).is_some()));
        match body.as_vector() {
            Some(vector) => self.visit_vector(vector, &suffixes),
            None => {
                let unasked = |suffix| suffixes.binary_search(&suffix).is_err();
                let pairs = body.pairs().iter().filter(|(suffix, _)| unasked(*suffix));
                self.travelling.push(pairs.copied().collect());
            }
        }
    }

    fn visit_vector(&mut self, vector: &VectorBody, suffixes: &[u8]) {
        let node = self.nodes.len();
        self.nodes.push(vector.commitment);
        let scalars = hash_pairs(backend(), &vector.pairs);
        for index in suffixes {
            let position = scalars.binary_search_by_key(index, |(suffix, _)| *suffix);
            let value = position.map_or(Scalar::ZERO, |position| scalars[position].1);
            self.openings.push(Opening { node, index: *index, value });
        }
        self.vectors.push(Vector::Values(scalars));
    }

    fn note(&mut self, requests: &[StemRequest], finding: impl Fn(&StemRequest) -> Finding) {
        self.findings.extend(requests.iter().map(finding));
    }
}
