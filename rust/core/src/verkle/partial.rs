//! From a proof to the part of the tree that it shows: what a node without the state works on.

use std::sync::Arc;

use alloy_primitives::B256;
use rayon::prelude::*;

use super::ProofError;
use super::commitment::{Pair, SMALL_LIMIT, hash_inner, hash_value, scalar_of_hash};
use super::keys::{Key, Stem, Value, split};
use super::layout::{InnerLayout, Layout, SlotLayout, Status, StemRequest, group_keys};
use super::nodes::{Body, Child, Children, Inner, Node, StemNode, VectorBody};
use super::proof::{Opening, Proof, Statement};
use super::update::{UpdateEntry, update};
use super::wire::Witness;
use crate::curve::fixed_base::{FixedBase, TableSize};
use crate::curve::{Point, Scalar};
use crate::error::Error;

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

/// Verifies a proof of values under a state root, absent counting as zero.
///
/// The keys are at least one, and strictly ascending. The commitments are checked to be on the
/// curve but not to be in the group of prime order: a pairing does not see the difference, and
/// every byte of them is bound by the root ([`verify_strict`] checks it).
pub fn verify(
    chain_id: u64,
    root: B256,
    values: &[(Key, Value)],
    proof: &[u8],
) -> Result<PartialTree, ProofError> {
    let shown = Shown::decode(chain_id, root, values, proof)?;
    shown.verify()?;
    Ok(shown.tree)
}

/// As [`verify`], with the commitments checked to be in the group.
///
/// A commitment outside it says nothing about the values: the caller may distrust the proof, but
/// can blame nobody for it.
pub fn verify_strict(
    chain_id: u64,
    root: B256,
    values: &[(Key, Value)],
    proof: &[u8],
) -> Result<PartialTree, ProofError> {
    let shown = Shown::decode(chain_id, root, values, proof)?;
    shown.verify()?;
    if !shown.statement.nodes.par_iter().all(Point::is_in_group) {
        return Err(ProofError::OutsideGroup);
    }
    Ok(shown.tree)
}

/// The opening that a proof comes down to; it verifies exactly when the proof does.
pub fn compute_final_opening(
    chain_id: u64,
    root: B256,
    values: &[(Key, Value)],
    proof: &[u8],
) -> Result<FinalOpening, ProofError> {
    let shown = Shown::decode(chain_id, root, values, proof)?;
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
    tree: PartialTree,
}

impl Shown {
    fn decode(
        chain_id: u64,
        root: B256,
        values: &[(Key, Value)],
        bytes: &[u8],
    ) -> Result<Self, ProofError> {
        let requests = group_keys(values.iter().map(|(key, _)| key))
            .ok_or_else(|| ProofError::malformed("keys do not ascend, or there are none"))?;
        let (witness, layout) = Witness::decode(&requests, bytes)?;
        let stems = build_stems(&requests, values, &witness, &layout)?;
        let hashes: Vec<B256> = witness.nodes.par_iter().map(hash_inner).collect();
        if hashes[0] != root {
            return Err(ProofError::invalid("the first node is not the root's"));
        }
        let mut assembler = Assembler {
            stems,
            hidden: witness.hidden.into_iter(),
            nodes: &witness.nodes,
            hashes: &hashes,
            openings: Vec::new(),
        };
        let inner = assembler.assemble_inner(&layout.top);
        let mut openings = assembler.openings;
        openings.sort_by_key(|opening| (opening.node, opening.index));
        let statement = Statement { chain_id, root, nodes: witness.nodes, openings };
        let keys = values.iter().map(|(key, _)| *key).collect();
        let top = Arc::new(inner);
        let tree = PartialTree { top, root, keys, table_size: TableSize::default() };
        Ok(Self { statement, proof: witness.proof, tree })
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
}

/// A requested stem that is present, from its own part of the proof.
struct ShownStem {
    child: Child,
    /// The openings of its own node, when it has one.
    openings: Vec<Opening>,
}

/// The part of a proof that speaks of one requested stem.
struct StemClaim<'a> {
    request: &'a StemRequest,
    status: Status,
    values: &'a [(Key, Value)],
    presence: &'a [bool],
    travelling: &'a [Pair],
    node: Option<(usize, Point)>,
}

fn build_stems(
    requests: &[StemRequest],
    values: &[(Key, Value)],
    witness: &Witness,
    layout: &Layout,
) -> Result<Vec<Option<ShownStem>>, ProofError> {
    let mut presence = &witness.presence[..];
    let mut travelling = witness.travelling.iter();
    let claims: Vec<StemClaim<'_>> = requests
        .iter()
        .zip(&witness.findings)
        .zip(&layout.stem_nodes)
        .map(|((request, finding), node)| {
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
                node: node.map(|node| (node, witness.nodes[node])),
            }
        })
        .collect();
    claims.par_iter().map(StemClaim::build).collect()
}

impl StemClaim<'_> {
    /// The stem that the claim describes; `None` when it says that there is none.
    fn build(&self) -> Result<Option<ShownStem>, ProofError> {
        let absent_bits = self.presence.iter().chain(core::iter::repeat(&false));
        let mut absent = self.values.iter().zip(absent_bits).filter(|(_, present)| !**present);
        if absent.any(|((_, value), _)| *value != Value::default()) {
            return Err(ProofError::malformed("an absent key has a value"));
        }
        let body = match (self.status, self.node) {
            (Status::Small, _) => Body::Small(self.small_pairs()?.into()),
            (Status::Vector, Some((_, commitment))) => {
                let pairs = self.present_pairs().collect();
                Body::Vector(Box::new(VectorBody { commitment, pairs }))
            }
            _ => return Ok(None),
        };
        let stem = StemNode { stem: self.request.stem, body };
        let openings = self.node.map(|(node, _)| self.openings(node)).unwrap_or_default();
        let scalar = stem.compute_scalar();
        let child = Child { scalar, node: Node::Stem(Arc::new(stem)) };
        Ok(Some(ShownStem { child, openings }))
    }

    fn present_pairs(&self) -> impl Iterator<Item = Pair> {
        let present = self.values.iter().zip(self.presence).filter(|(_, present)| **present);
        present.map(|((key, value), _)| (split(key).1, *value))
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

    fn openings(&self, node: usize) -> Vec<Opening> {
        let value = |value: &Value, present: bool| match present {
            true => hash_value(value),
            false => Scalar::ZERO,
        };
        let opening = |((key, before), present): (&(Key, Value), &bool)| Opening {
            node,
            index: split(key).1,
            value: value(before, *present),
        };
        self.values.iter().zip(self.presence).map(opening).collect()
    }
}

/// Puts the shown nodes together and notes what each must open to.
struct Assembler<'a> {
    stems: Vec<Option<ShownStem>>,
    hidden: std::vec::IntoIter<(Stem, B256)>,
    nodes: &'a [Point],
    hashes: &'a [B256],
    openings: Vec<Opening>,
}

impl Assembler<'_> {
    fn assemble_inner(&mut self, layout: &InnerLayout) -> Inner {
        let mut children = Children::default();
        for (index, slot) in &layout.slots {
            let child = self.assemble_slot(slot);
            let value = child.as_ref().map(|child| child.scalar).unwrap_or_default();
            self.openings.push(Opening { node: layout.node, index: *index, value });
            if let Some(child) = child {
                children.set(*index, child);
            }
        }
        Inner { commitment: self.nodes[layout.node], children }
    }

    fn assemble_slot(&mut self, slot: &SlotLayout) -> Option<Child> {
        match slot {
            SlotLayout::Inner(layout) => {
                let scalar = scalar_of_hash(&self.hashes[layout.node]);
                let node = Node::Inner(Arc::new(self.assemble_inner(layout)));
                Some(Child { scalar, node })
            }
            SlotLayout::Stem(request) => {
                let shown = self.stems[*request].take()?;
                self.openings.extend(shown.openings);
                Some(shown.child)
            }
            SlotLayout::Hidden => {
                let (stem, hash) = self.hidden.next()?;
                let stem = StemNode { stem, body: Body::Hidden(Box::new(hash)) };
                let scalar = stem.compute_scalar();
                Some(Child { scalar, node: Node::Stem(Arc::new(stem)) })
            }
            SlotLayout::Nothing => None,
        }
    }
}
