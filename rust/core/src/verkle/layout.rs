//! Which nodes, openings and neighbours the statuses of the requested stems call for.
//!
//! Nothing in a proof says how many points it holds: the verifier derives that from the request
//! and one status a stem, and demands exactly it.

use core::ops::Range;

use super::ProofError;
use super::keys::{Key, Stem, split};

/// What a tree holds where a requested stem belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// The stem, with one to four values.
    Small,
    /// The stem, with a commitment of its own.
    Vector,
    /// Another stem.
    Other,
    /// Nothing.
    Nothing,
}

/// The slot that a requested stem leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// Bytes of the path to the slot, 1 to 31; another stem in it leaves at most 30.
    pub(super) depth: usize,
    pub(super) status: Status,
}

/// A requested stem with the range of its keys in the request.
#[derive(Clone, Debug)]
pub(super) struct StemRequest {
    pub(super) stem: Stem,
    pub(super) keys: Range<usize>,
}

/// What a node of the proof is.
#[derive(Clone, Debug)]
pub(super) enum NodeLayout {
    /// An inner node, with the range of its slots that the request leads to.
    Inner(Range<usize>),
    /// The requested stem with this number.
    Stem(usize),
}

/// A slot of an inner node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) index: u8,
    pub(super) content: SlotContent,
}

/// What is in a slot.
#[derive(Clone, Copy, Debug)]
pub(super) enum SlotContent {
    /// The inner node with this number.
    Inner(usize),
    /// The requested stem with this number.
    Stem(usize),
    /// A neighbour nobody asked for, by its number among those.
    Hidden(usize),
    Nothing,
}

/// Everything that the statuses call for.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The nodes in path order: a node before those below it.
    pub(super) nodes: Vec<NodeLayout>,
    /// The slots of all inner nodes, those of a node side by side and ascending.
    pub(super) slots: Vec<Slot>,
    /// For every requested stem the number of its own node, when it has one.
    pub(super) stem_nodes: Vec<Option<usize>>,
    /// The paths of the neighbours nobody asked for, as a stem's number and a length.
    pub(super) hidden: Vec<(usize, usize)>,
}

/// Groups strictly ascending keys by stem; `None` when there is none or they do not ascend.
pub(super) fn group_keys<'a>(
    keys: impl ExactSizeIterator<Item = &'a Key>,
) -> Option<Vec<StemRequest>> {
    let mut requests: Vec<StemRequest> = Vec::new();
    let mut last = None;
    for (index, key) in keys.enumerate() {
        if last.is_some_and(|last| last >= key) {
            return None;
        }
        last = Some(key);
        let (stem, _) = split(key);
        match requests.last_mut() {
            Some(request) if request.stem == stem => request.keys.end = index + 1,
            _ => requests.push(StemRequest { stem, keys: index..index + 1 }),
        }
    }
    (!requests.is_empty()).then_some(requests)
}

impl Layout {
    /// Derives the layout; refuses statuses that no tree gives, and more than `most_nodes` nodes.
    pub(super) fn derive(
        requests: &[StemRequest],
        findings: &[Finding],
        most_nodes: usize,
    ) -> Result<Self, ProofError> {
        let layout = Self { stem_nodes: vec![None; requests.len()], ..Self::default() };
        let mut deriver = Deriver { requests, findings, most_nodes, layout };
        deriver.derive_inner(0..requests.len(), 0)?;
        Ok(deriver.layout)
    }

    /// The slots of a node; none, if it is a stem's.
    pub(super) fn slots(&self, node: &NodeLayout) -> &[Slot] {
        match node {
            NodeLayout::Inner(slots) => &self.slots[slots.clone()],
            NodeLayout::Stem(_) => &[],
        }
    }
}

struct Deriver<'a> {
    requests: &'a [StemRequest],
    findings: &'a [Finding],
    most_nodes: usize,
    layout: Layout,
}

impl Deriver<'_> {
    /// The node at the first `depth` bytes of the stems in the range, all of which go deeper.
    fn derive_inner(&mut self, range: Range<usize>, depth: usize) -> Result<usize, ProofError> {
        let requests = &self.requests[range.clone()];
        let groups = || requests.chunk_by(|left, right| left.stem[depth] == right.stem[depth]);
        let first = self.layout.slots.len();
        let unknown = |group: &[StemRequest]| Slot {
            index: group[0].stem[depth],
            content: SlotContent::Nothing,
        };
        self.layout.slots.extend(groups().map(unknown));
        let slots = first..self.layout.slots.len();
        let node = self.take_node(NodeLayout::Inner(slots.clone()))?;
        let mut start = range.start;
        for (slot, group) in slots.zip(groups()) {
            let end = start + group.len();
            self.layout.slots[slot].content = self.derive_slot(start..end, depth + 1)?;
            start = end;
        }
        Ok(node)
    }

    fn derive_slot(
        &mut self,
        range: Range<usize>,
        depth: usize,
    ) -> Result<SlotContent, ProofError> {
        let findings = &self.findings[range.clone()];
        let ending = findings.iter().filter(|finding| finding.depth == depth).count();
        if ending == 0 {
            return Ok(SlotContent::Inner(self.derive_inner(range, depth)?));
        }
        if ending < findings.len() {
            return Err(ProofError::malformed("a path is both a node and a slot"));
        }
        let empty = findings.iter().filter(|finding| finding.status == Status::Nothing).count();
        if empty > 0 {
            return match empty == findings.len() {
                true => Ok(SlotContent::Nothing),
                false => Err(ProofError::malformed("a slot is both empty and taken")),
            };
        }
        let mut residents = findings
            .iter()
            .zip(range.clone())
            .filter(|(finding, _)| matches!(finding.status, Status::Small | Status::Vector));
        let Some((finding, request)) = residents.next() else {
            self.layout.hidden.push((range.start, depth));
            return Ok(SlotContent::Hidden(self.layout.hidden.len() - 1));
        };
        if residents.next().is_some() {
            return Err(ProofError::malformed("a slot holds two stems"));
        }
        if finding.status == Status::Vector {
            self.layout.stem_nodes[request] = Some(self.take_node(NodeLayout::Stem(request))?);
        }
        Ok(SlotContent::Stem(request))
    }

    fn take_node(&mut self, node: NodeLayout) -> Result<usize, ProofError> {
        if self.layout.nodes.len() == self.most_nodes {
            return Err(ProofError::malformed("the nodes are not as many as their paths"));
        }
        self.layout.nodes.push(node);
        Ok(self.layout.nodes.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_nodes_above_the_most_are_refused() {
        let mut keys = [[0; 32], [0; 32]];
        keys[1][30] = 1;
        let requests = group_keys(keys.iter()).expect("they ascend");
        let findings = [Finding { depth: 31, status: Status::Small }; 2];
        let derive = |most_nodes| Layout::derive(&requests, &findings, most_nodes);
        assert_eq!(derive(31).map(|layout| layout.nodes.len()).ok(), Some(31));
        assert!(matches!(derive(30), Err(ProofError::Malformed(_))));
    }
}
