//! From a proof to the part of the tree that it shows: what a node without the state works on.

use std::sync::Arc;

use alloy_primitives::B256;
use rayon::prelude::*;

use super::ProofError;
use super::children::Children;
use super::claims::{StemClaim, build_stems, divide};
use super::commitment::{hash_inners, hash_stem_nodes, hash_values, scalar_of_hash};
use super::keys::{Key, Value};
use super::layout::{Layout, NodeLayout, Slot, SlotContent, group_keys};
use super::nodes::{Child, Inner, Node, StemNode};
use super::proof::{Opening, Proof, Statement};
use super::update::{UpdateEntry, update};
use super::wire::{PointCache, Witness};
use crate::curve::fixed_base::{FixedBase, TableSize};
use crate::curve::{Point, Scalar};
use crate::error::Error;
use crate::lanes::{Backend, backend};

/// The part of a tree that a proof shows: enough to write to every key that the proof covers.
#[derive(Clone, Debug)]
pub struct PartialTree {
    top: Arc<Inner>,
    root: B256,
    keys: Vec<Key>,
    table_size: TableSize,
}

/// The single opening that a proof comes down to, as the point evaluation of EIP-4844 takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalOpening {
    /// The commitment, a combination of the nodes and −D.
    pub commitment: Point,
    /// Where it is opened.
    pub place: Scalar,
    /// What it opens to.
    pub value: Scalar,
    /// The proof of the opening.
    pub proof: Point,
}

/// How a proof is verified, beside what every verifier does.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Whether the commitments must be in the group of prime order, too.
    ///
    /// A commitment outside it says nothing about the values: the caller may distrust the proof,
    /// but can blame nobody for it.
    pub strict: bool,
    /// Points that need no decoding, for proofs with points of 48 bytes.
    pub points: Option<&'a dyn PointCache>,
}

/// Verifies a proof of values under a state root, absent counting as zero.
///
/// The keys are at least one, and strictly ascending. The commitments are checked to be on the
/// curve but not to be in the group of prime order: a pairing does not see the difference, and
/// every byte of them is bound by the root ([`Options::strict`] checks it).
pub fn verify(
    chain_id: u64,
    root: B256,
    values: &[(Key, Value)],
    proof: &[u8],
) -> Result<PartialTree, ProofError> {
    verify_with(chain_id, root, values, proof, Options::default())
}

/// As [`verify`], with the commitments checked to be in the group.
pub fn verify_strict(
    chain_id: u64,
    root: B256,
    values: &[(Key, Value)],
    proof: &[u8],
) -> Result<PartialTree, ProofError> {
    verify_with(chain_id, root, values, proof, Options { strict: true, ..Options::default() })
}

/// As [`verify`], with options.
pub fn verify_with(
    chain_id: u64,
    root: B256,
    values: &[(Key, Value)],
    proof: &[u8],
    options: Options<'_>,
) -> Result<PartialTree, ProofError> {
    let shown = Shown::decode(chain_id, root, values, proof, options.points)?;
    let (verified, tree) = rayon::join(|| shown.verify(), || shown.assemble(values));
    verified?;
    if options.strict && !shown.statement.nodes.points.par_iter().all(Point::is_in_group) {
        return Err(ProofError::OutsideGroup);
    }
    Ok(tree)
}

/// The opening that a proof comes down to; it verifies exactly when the proof does.
pub fn compute_final_opening(
    chain_id: u64,
    root: B256,
    values: &[(Key, Value)],
    proof: &[u8],
) -> Result<FinalOpening, ProofError> {
    let shown = Shown::decode(chain_id, root, values, proof, None)?;
    let opening = shown
        .statement
        .reduce(&shown.proof.minus_d)
        .ok_or_else(|| ProofError::invalid("the challenge is in the domain"))?;
    Ok(FinalOpening {
        commitment: opening.commitment(),
        place: opening.place,
        value: opening.value,
        proof: shown.proof.pi,
    })
}

impl PartialTree {
    /// The state root that the proof was verified against.
    pub fn root(&self) -> B256 {
        self.root
    }

    /// The state root and the changed slots after writes, which are to keys of the proof.
    ///
    /// The rules are those of [`super::Tree::apply`].
    pub fn apply(&self, writes: &[(Key, Value)]) -> Result<(B256, Vec<UpdateEntry>), Error> {
        if let Some((key, _)) = writes.iter().find(|(key, _)| self.keys.binary_search(key).is_err())
        {
            let key = B256::from(*key);
            return Err(Error::Argument(format!("write to {key}, which the proof does not cover")));
        }
        let updated = update(&self.top, writes, FixedBase::get(self.table_size));
        Ok(updated.map_or((self.root, Vec::new()), |updated| (updated.root, updated.entries())))
    }

    /// The same tree, working with the tables of the known points in this size.
    pub fn with_tables(self, table_size: TableSize) -> Self {
        Self { table_size, ..self }
    }
}

/// What a decoded proof claims.
struct Shown {
    statement: Statement,
    proof: Proof,
    layout: Layout,
    /// The scalars of the nodes, of the requested stems and of the hidden ones; zero where there
    /// is none.
    scalars: Scalars,
    /// The requested stems that are present.
    stems: Vec<Option<StemNode>>,
    hidden: Vec<StemNode>,
}

struct Scalars {
    nodes: Vec<Scalar>,
    stems: Vec<Scalar>,
    hidden: Vec<Scalar>,
}

impl Scalars {
    fn of(&self, content: SlotContent) -> Scalar {
        match content {
            SlotContent::Inner(node) => self.nodes[node],
            SlotContent::Stem(request) => self.stems[request],
            SlotContent::Hidden(number) => self.hidden[number],
            SlotContent::Nothing => Scalar::ZERO,
        }
    }
}

impl Shown {
    fn decode(
        chain_id: u64,
        root: B256,
        values: &[(Key, Value)],
        bytes: &[u8],
        cache: Option<&dyn PointCache>,
    ) -> Result<Self, ProofError> {
        let backend = backend();
        let requests = group_keys(values.iter().map(|(key, _)| key))
            .ok_or_else(|| ProofError::malformed("keys do not ascend, or there are none"))?;
        let (witness, layout) = Witness::decode(&requests, bytes, cache)?;
        let claims = divide(&requests, values, &witness, &layout);
        let stems = build_stems(&claims)?;
        let hashes = hash_inners(backend, &witness.nodes.bytes);
        if hashes[0] != root {
            return Err(ProofError::invalid("the first node is not the root's"));
        }
        let hidden: Vec<StemNode> = witness.hidden.iter().map(StemNode::from_hidden).collect();
        let scalars = Scalars {
            nodes: hashes.iter().map(scalar_of_hash).collect(),
            stems: hash_present(backend, &stems),
            hidden: hash_stem_nodes(backend, hidden.iter()),
        };
        let openings = list_openings(backend, &layout, &claims, &scalars);
        let statement = Statement { chain_id, root, nodes: witness.nodes, openings };
        Ok(Self { statement, proof: witness.proof, layout, scalars, stems, hidden })
    }

    fn verify(&self) -> Result<(), ProofError> {
        if !self.proof.minus_d.is_in_group() || !self.proof.pi.is_in_group() {
            return Err(ProofError::invalid("a point of the proof is not in the group"));
        }
        if !self.statement.verify(&self.proof) {
            return Err(ProofError::invalid("the openings do not verify"));
        }
        Ok(())
    }

    /// Puts the shown nodes together, those below a node before it.
    fn assemble(&self, values: &[(Key, Value)]) -> PartialTree {
        let mut inners: Vec<Option<Arc<Inner>>> = vec![None; self.layout.nodes.len()];
        for (number, node) in self.layout.nodes.iter().enumerate().rev() {
            if matches!(node, NodeLayout::Stem(_)) {
                continue;
            }
            let child = |slot: &Slot| {
                let node = match slot.content {
                    SlotContent::Inner(below) => Node::Inner(inners[below].take()?),
                    SlotContent::Stem(request) => Node::Stem(self.stems[request].clone()?),
                    SlotContent::Hidden(number) => Node::Stem(self.hidden[number].clone()),
                    SlotContent::Nothing => return None,
                };
                Some((slot.index, Child { scalar: self.scalars.of(slot.content), node }))
            };
            let children = self.layout.slots(node).iter().filter_map(child);
            let children = Children::from_ascending(children);
            let commitment = self.statement.nodes.points[number];
            inners[number] = Some(Arc::new(Inner { commitment, children }));
        }
        PartialTree {
            top: inners[0].take().unwrap_or_default(),
            root: self.statement.root,
            keys: values.iter().map(|(key, _)| *key).collect(),
            table_size: TableSize::default(),
        }
    }
}

fn hash_present(backend: Backend, stems: &[Option<StemNode>]) -> Vec<Scalar> {
    let mut scalars = hash_stem_nodes(backend, stems.iter().flatten()).into_iter();
    stems
        .iter()
        .map(|stem| stem.as_ref().and_then(|_| scalars.next()).unwrap_or_default())
        .collect()
}

/// What each node must open to, ascending by node and index.
fn list_openings(
    backend: Backend,
    layout: &Layout,
    claims: &[StemClaim<'_>],
    scalars: &Scalars,
) -> Vec<Opening> {
    let vectors = layout.nodes.iter().filter_map(|node| match node {
        NodeLayout::Stem(request) => Some(&claims[*request]),
        NodeLayout::Inner(_) => None,
    });
    let present = vectors.flat_map(|claim| claim.values().filter_map(|(_, value)| value));
    let mut present = hash_values(backend, present).into_iter();
    let mut openings = Vec::with_capacity(layout.slots.len() + present.len());
    for (number, node) in layout.nodes.iter().enumerate() {
        match node {
            NodeLayout::Inner(_) => openings.extend(layout.slots(node).iter().map(|slot| {
                Opening { node: number, index: slot.index, value: scalars.of(slot.content) }
            })),
            NodeLayout::Stem(request) => {
                openings.extend(claims[*request].values().map(|(index, value)| {
                    let value = value.and_then(|_| present.next()).unwrap_or_default();
                    Opening { node: number, index, value }
                }));
            }
        }
    }
    openings
}
