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

use super::children::Children;
use super::commitment::hash_to_scalar;
use super::wire::Commitments;
use crate::curve::ceremony::WIDTH;
use crate::curve::domain::Domain;
use crate::curve::fixed_base::FixedBase;
use crate::curve::msm::multi_scalar_multiply;
use crate::curve::opening::verify_opening;
use crate::curve::{Point, ProductSum, Scalar};

const FIRST_CHALLENGE_TAG: u8 = 0x10;
const SECOND_CHALLENGE_TAG: u8 = 0x11;
const PROTOCOL: &[u8] = b"corollup/verkle/1";

type Dense = Box<[Scalar; WIDTH]>;

/// The vector under a node's commitment, without its zeros.
pub(super) enum Vector<'a> {
    /// That of an inner node.
    Children(&'a Children),
    /// That of a stem.
    Values(Vec<(u8, Scalar)>),
}

/// What a multiproof proves: each opening says that a node's vector holds a value at an index.
pub(super) struct Statement {
    pub(super) chain_id: u64,
    pub(super) root: B256,
    /// The commitments of the nodes, in the order of their paths.
    pub(super) nodes: Commitments,
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
    pub(super) fn prove(&self, vectors: &[Vector<'_>], base: &FixedBase) -> Proof {
        let domain = Domain::get();
        let r = self.first_challenge();
        let groups = self.fold_by_index(vectors, r);
        let quotient = domain.divide_outside(&groups);
        let minus_d = base.commit(&quotient).negate();
        let place = second_challenge(r, &minus_d);
        // A place inside the domain comes up once in 2^246; the verifier refuses it.
        let weights = domain.inverse_distances(place).unwrap_or([Scalar::ZERO; WIDTH]);
        let mut value = ProductSum::default();
        groups.iter().for_each(|(k, folded)| value.add(folded[*k], weights[*k]));
        let value = value.reduce();
        // (H − v) / (X − t), and 1 / (ω^j − t) = −weights[j]
        let at = |j: usize| {
            let mut h = ProductSum::default();
            groups.iter().for_each(|(k, folded)| h.add(folded[j], weights[*k]));
            (value + quotient[j] - h.reduce()) * weights[j]
        };
        let pi: Vec<Scalar> = (0..WIDTH).into_par_iter().map(at).collect();
        Proof { minus_d, pi: base.commit(&core::array::from_fn(|index| pi[index])) }
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
        let mut scalars = vec![Scalar::ZERO; self.nodes.points.len()];
        let mut value = ProductSum::default();
        let mut power = Scalar::ONE;
        for opening in &self.openings {
            let weight = power * weights[usize::from(opening.index)];
            scalars[opening.node] += weight;
            value.add(weight, opening.value);
            power = power * r;
        }
        let mut points = self.nodes.points.clone();
        points.push(*minus_d);
        scalars.push(Scalar::ONE);
        Some(FinalOpening { points, scalars, place, value: value.reduce() })
    }

    /// `Σ ρ_i f_i` over the openings at one index, for every index that has any.
    fn fold_by_index(&self, vectors: &[Vector<'_>], r: Scalar) -> Vec<(usize, Dense)> {
        let mut by_index: Vec<Vec<(usize, Scalar)>> = vec![Vec::new(); WIDTH];
        let mut power = Scalar::ONE;
        for opening in &self.openings {
            by_index[usize::from(opening.index)].push((opening.node, power));
            power = power * r;
        }
        let fold = |(index, openings): (usize, Vec<(usize, Scalar)>)| {
            let mut sums = [ProductSum::default(); WIDTH];
            for (node, power) in openings {
                vectors[node].for_each(|position, scalar| sums[position].add(power, *scalar));
            }
            (index, Box::new(sums.map(|sum| sum.reduce())))
        };
        let groups = by_index.into_par_iter().enumerate();
        groups.filter(|(_, openings)| !openings.is_empty()).map(fold).collect()
    }

    /// Absorbs the whole statement; counts come before lists.
    fn first_challenge(&self) -> Scalar {
        let mut head = vec![FIRST_CHALLENGE_TAG];
        head.extend_from_slice(PROTOCOL);
        head.extend_from_slice(&[0; 24]);
        head.extend_from_slice(&self.chain_id.to_be_bytes());
        head.extend_from_slice(self.root.as_slice());
        push_u32(&mut head, self.nodes.bytes.len());
        let mut openings = Vec::with_capacity(4 + 37 * self.openings.len());
        push_u32(&mut openings, self.openings.len());
        for opening in &self.openings {
            push_u32(&mut openings, opening.node);
            openings.push(opening.index);
            openings.extend_from_slice(&opening.value.to_bytes());
        }
        hash_to_scalar(&[&head, self.nodes.bytes.as_flattened(), &openings])
    }
}

impl Vector<'_> {
    #[inline]
    fn for_each(&self, mut visit: impl FnMut(usize, &Scalar)) {
        match self {
            Self::Children(children) => {
                children.scalars().for_each(|(byte, scalar)| visit(byte.into(), scalar));
            }
            Self::Values(values) => {
                values.iter().for_each(|(suffix, scalar)| visit((*suffix).into(), scalar));
            }
        }
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
