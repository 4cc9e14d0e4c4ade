//! The multiproof: many openings of many commitments, proven by two points.
//!
//! ```text
//! openings (C_i, ω^k_i, y_i)         ρ_i = r^i, r by Fiat-Shamir over all of them
//! g(X) = Σ ρ_i (f_i(X) − y_i) / (X − ω^k_i)        D = [g]        t by Fiat-Shamir over r and −D
//! h(X) = Σ ρ_i f_i(X) / (t − ω^k_i)                v = Σ ρ_i y_i / (t − ω^k_i)
//! π proves that [h] − D opens to v at t
//! ```

use alloy_primitives::B256;
use rayon::prelude::*;

use super::commitment::hash_to_scalar;
use crate::curve::ceremony::WIDTH;
use crate::curve::domain::Domain;
use crate::curve::fixed_base::FixedBase;
use crate::curve::msm::multi_scalar_multiply;
use crate::curve::opening::verify_opening;
use crate::curve::{Point, Scalar};

const FIRST_CHALLENGE_TAG: u8 = 0x10;
const SECOND_CHALLENGE_TAG: u8 = 0x11;
const PROTOCOL: &[u8] = b"corollup/verkle/1";

type Vector = [Scalar; WIDTH];
/// A vector without its zeros.
pub(super) type SparseVector = Vec<(u8, Scalar)>;

/// What a multiproof proves: each opening says that a node's vector holds a value at an index.
pub(super) struct Statement {
    pub(super) chain_id: u64,
    pub(super) root: B256,
    /// The commitments of the nodes, in the order of their paths.
    pub(super) nodes: Vec<Point>,
    /// The openings, ascending by node and index.
    pub(super) openings: Vec<Opening>,
}

/// A node's vector holds `value` at `index`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) node: usize,
    pub(super) index: u8,
    pub(super) value: Scalar,
}

/// The two points that a statement is proven by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    pub(super) minus_d: Point,
    pub(super) pi: Point,
}

/// The one opening to which a statement and −D reduce: `commitment(t) = v`, proven by π.
pub(super) struct FinalOpening {
    pub(super) points: Vec<Point>,
    pub(super) scalars: Vec<Scalar>,
    pub(super) place: Scalar,
    pub(super) value: Scalar,
}

impl Statement {
    /// Proves the statement from the vectors of its nodes.
    pub(super) fn prove(&self, vectors: &[SparseVector], base: &FixedBase) -> Proof {
        let domain = Domain::get();
        let r = self.first_challenge();
        let groups = self.fold_by_index(vectors, r);
        let quotient = groups
            .par_iter()
            .map(|(index, folded)| domain.divide_outside(folded, *index))
            .reduce(zero_vector, add_vectors);
        let minus_d = base.commit(&quotient).negate();
        let place = second_challenge(r, &minus_d);
        // A place inside the domain comes up once in 2^246; the verifier refuses it.
        let weights = domain.inverse_distances(place).unwrap_or_else(|| *zero_vector());
        let mut h = groups
            .par_iter()
            .map(|(index, folded)| Box::new(folded.map(|scalar| scalar * weights[*index])))
            .reduce(zero_vector, add_vectors);
        let value =
            groups.iter().fold(Scalar::ZERO, |sum, (k, folded)| sum + folded[*k] * weights[*k]);
        for (index, scalar) in h.iter_mut().enumerate() {
            // (H − v) / (X − t), and 1 / (ω^j − t) = −weights[j]
            *scalar = (value + quotient[index] - *scalar) * weights[index];
        }
        Proof { minus_d, pi: base.commit(&h) }
    }

    /// Whether the proof proves the statement. The points of the proof must be in the group.
    pub(super) fn verify(&self, proof: &Proof) -> bool {
        self.reduce(&proof.minus_d).is_some_and(|opening| {
            let FinalOpening { points, scalars, place, value } = opening;
            verify_opening(points, scalars, place, value, &proof.pi)
        })
    }

    /// The final opening; `None` for a place inside the domain.
    pub(super) fn reduce(&self, minus_d: &Point) -> Option<FinalOpening> {
        let r = self.first_challenge();
        let place = second_challenge(r, minus_d);
        let weights = Domain::get().inverse_distances(place)?;
        let mut scalars = vec![Scalar::ZERO; self.nodes.len()];
        let mut value = Scalar::ZERO;
        let mut power = Scalar::from_u64(1);
        for opening in &self.openings {
            let weight = power * weights[usize::from(opening.index)];
            scalars[opening.node] += weight;
            value += weight * opening.value;
            power = power * r;
        }
        let mut points = self.nodes.clone();
        points.push(*minus_d);
        scalars.push(Scalar::from_u64(1));
        Some(FinalOpening { points, scalars, place, value })
    }

    /// `Σ ρ_i f_i` over the openings at one index, for every index that has any.
    fn fold_by_index(&self, vectors: &[SparseVector], r: Scalar) -> Vec<(usize, Box<Vector>)> {
        let mut by_index: Vec<Vec<(usize, Scalar)>> = vec![Vec::new(); WIDTH];
        let mut power = Scalar::from_u64(1);
        for opening in &self.openings {
            by_index[usize::from(opening.index)].push((opening.node, power));
            power = power * r;
        }
        by_index
            .into_par_iter()
            .enumerate()
            .filter(|(_, openings)| !openings.is_empty())
            .map(|(index, openings)| {
                let mut folded = zero_vector();
                for (node, power) in openings {
                    for (position, scalar) in &vectors[node] {
                        folded[usize::from(*position)] += power * *scalar;
                    }
                }
                (index, folded)
            })
            .collect()
    }

    /// Absorbs the whole statement; counts come before lists.
    fn first_challenge(&self) -> Scalar {
        let size = 128 + 96 * self.nodes.len() + 37 * self.openings.len();
        let mut bytes = Vec::with_capacity(size);
        bytes.push(FIRST_CHALLENGE_TAG);
        bytes.extend_from_slice(PROTOCOL);
        bytes.extend_from_slice(&[0; 24]);
        bytes.extend_from_slice(&self.chain_id.to_be_bytes());
        bytes.extend_from_slice(self.root.as_slice());
        push_u32(&mut bytes, self.nodes.len());
        for node in &self.nodes {
            bytes.extend_from_slice(&node.to_bytes());
        }
        push_u32(&mut bytes, self.openings.len());
        for opening in &self.openings {
            push_u32(&mut bytes, opening.node);
            bytes.push(opening.index);
            bytes.extend_from_slice(&opening.value.to_bytes());
        }
        hash_to_scalar(&[&bytes])
    }
}

impl FinalOpening {
    /// The commitment that is opened.
    pub(super) fn commitment(&self) -> Point {
        multi_scalar_multiply(&self.points, &self.scalars)
    }
}

fn second_challenge(r: Scalar, minus_d: &Point) -> Scalar {
    hash_to_scalar(&[&[SECOND_CHALLENGE_TAG], &r.to_bytes(), &minus_d.to_bytes()])
}

/// Writes a count that the limits of a packet keep far below 2^32.
pub(super) fn push_u32(bytes: &mut Vec<u8>, count: usize) {
    bytes.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
}

fn zero_vector() -> Box<Vector> {
    Box::new([Scalar::ZERO; WIDTH])
}

fn add_vectors(mut left: Box<Vector>, right: Box<Vector>) -> Box<Vector> {
    left.iter_mut().zip(right.iter()).for_each(|(sum, scalar)| *sum += *scalar);
    left
}
