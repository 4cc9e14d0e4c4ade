"""
Faults of a packet, found by a node that has its body and the state before it.

Only what proves itself is evidence: a list that is not the one under the header's root shows
nothing, and an execution that contradicts the header is for the jurors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from corollup.engine import Engine, VerkleTree
from corollup.errors import Rejected
from corollup.spec.access_list import AccessList, encode_access_leaves
from corollup.spec.containers import ExecutionResult
from corollup.spec.evidence.access_list import LEAF_SIZE
from corollup.spec.evidence.finding import Search
from corollup.spec.evidence.packets import Claim, Evidence
from corollup.spec.evidence.ranges import NO_RANGE, compute_range
from corollup.spec.evidence.update_list import Preimage
from corollup.spec.evidence.update_nodes import WrongNode
from corollup.spec.merkle import compute_merkle_root
from corollup.spec.verkle.curve import encode_affine
from corollup.spec.verkle.partial import decode_statement

Pairs = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class PacketLists:
    """The lists of a packet that its body gives."""

    access: Sequence[bytes]
    """Leaves of the access list."""
    before: Pairs
    """Keys with their values before, ascending."""
    writes: Pairs
    """Keys whose last value differs from the one before, with that value."""


def read_lists(result: ExecutionResult) -> PacketLists | None:
    """Read the lists of a body; none if its access list is not the one under the header's root."""
    try:
        leaves = encode_access_leaves(AccessList.decode(result.body.access_list))
    except Rejected:
        return None
    if compute_merkle_root(leaves) != result.header.access_root:
        return None
    before: Pairs = []
    writes: Pairs = []
    for key, group in groupby(leaves, key=lambda leaf: leaf[:32]):
        first, *rest = group
        before.append((key, first[LEAF_SIZE - 32 :]))
        last = rest[-1][LEAF_SIZE - 32 :] if rest else first[LEAF_SIZE - 32 :]
        if last != first[LEAF_SIZE - 32 :]:
            writes.append((key, last))
    return PacketLists(leaves, before, writes)


def list_updates(engine: Engine, result: ExecutionResult, lists: PacketLists) -> list[bytes] | None:
    """
    Compute the update list of a packet from its body alone.

    Returns:
        Nothing if the body's proof does not verify, or the list is not under the header's root.
    """
    header = result.header
    try:
        _, updates = engine.verkle.verify_and_apply(
            result.l2_chain_id,
            header.pre_state_root,
            lists.before,
            result.body.proof,
            lists.writes,
        )
    except Rejected:
        return None
    return updates if compute_merkle_root(updates) == header.update_root else None


def find_evidence(result: ExecutionResult, state: VerkleTree) -> Evidence | None:
    """
    Find the cheapest evidence against a packet; none if nothing proves itself.

    Args:
        result: Its execution result.
        state: The state before it.
    """
    header = result.header
    lists = read_lists(result)
    if lists is None or state.root != header.pre_state_root:
        return None
    claim = Claim(header, result.l2_chain_id)
    search = Search(claim, lists.access, (), state)
    evidence = next(search.find_values_before(), None)
    if evidence is not None:
        return evidence
    root, updates = state.copy().apply(lists.writes)
    if compute_merkle_root(updates) != header.update_root or root == header.post_state_root:
        # An update list that nobody shows, or lists that are right: no fault proves itself.
        return None
    # Every entry is right, so it is the root that does not follow from them.
    return next(Search(claim, lists.access, updates, state).find_wrong_node(None), None)


def find_wrong_root(engine: Engine, result: ExecutionResult) -> Evidence | None:
    """
    Find the evidence that a new root does not follow from the update list, without the state.

    Returns:
        Nothing if it does, or if the body gives no list that is under the header's root.
    """
    lists = read_lists(result)
    updates = None if lists is None else list_updates(engine, result, lists)
    if lists is None or updates is None:
        return None
    header = result.header
    _, _, tree = decode_statement(
        result.l2_chain_id, header.pre_state_root, lists.before, result.body.proof
    )
    before = Preimage(commitment=encode_affine(tree.inner_nodes[b""]))
    first_byte = [item for item in updates if item[0] == 1]
    kids = compute_range(updates, 0, min(len(first_byte) + 1, len(updates)))
    evidence = WrongNode(NO_RANGE, before, kids)
    return evidence if evidence.proves(Claim(header, result.l2_chain_id)) else None
