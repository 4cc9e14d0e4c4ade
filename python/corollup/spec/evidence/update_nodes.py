"""
Faults of the update list against the state before (O6): a scalar that is not what follows from it.

    F1   the scalar before is not the state's
    F3   the scalar of an inner node, or of the root, does not follow from its slots
    F4   the scalar of a stem does not follow from its values
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from py_ecc.optimized_bls12_381 import Z1, add

from corollup.errors import Rejected
from corollup.spec.encoding import Bytes32
from corollup.spec.evidence.access_list import AccessLeaf
from corollup.spec.evidence.packets import Claim
from corollup.spec.evidence.ranges import Range, verify_range
from corollup.spec.evidence.stem_proofs import StemProof, get_scalar_at, verify_stem_proof
from corollup.spec.evidence.update_list import Entry, Kind, Preimage, read_entry, read_kids
from corollup.spec.verkle.commitments import hash_inner
from corollup.spec.verkle.curve import decode_affine
from corollup.spec.verkle.partial import PartialTree, ShownStem, Values, commit_deltas
from corollup.spec.verkle.wire import Stem


@dataclass(frozen=True, slots=True)
class ScalarBefore:
    """An entry whose scalar before is not what the state before has in its slot (F1)."""

    entry: Range
    """The entry."""

    values: Values
    """Values of any stem below the slot, or in it."""

    proof: StemProof
    """Their proof under the state root before."""

    def proves(self, claim: Claim) -> bool:
        """Decide whether this is a fault of the packet."""
        entry = read_entry(claim.header.update_root, self.entry)
        if entry is None or not self.values[0][0].startswith(entry.path):
            return False
        root = claim.header.pre_state_root
        try:
            tree = verify_stem_proof(claim.chain_id, root, self.values, self.proof)
        except Rejected:
            return False
        # Below the slot in which the way ends there was nothing.
        is_there = len(entry.path) <= self.proof.depth
        return entry.before != (get_scalar_at(tree, entry.path) if is_there else 0)


@dataclass(frozen=True, slots=True)
class WrongNode:
    """An inner node whose scalar after does not follow from its slots (F3)."""

    entry: Range
    """Its entry; nothing for the root."""

    before: Preimage
    """What its slot held."""

    kids: Range
    """The entries below it, with the ones before and after them."""

    def proves(self, claim: Claim) -> bool:
        """Decide whether this is a fault of the packet."""
        header = claim.header
        if self.entry.items:
            entry = read_entry(header.update_root, self.entry)
        else:
            before, after = header.pre_state_root, header.post_state_root
            entry = Entry(b"", None, int.from_bytes(before, "big"), int.from_bytes(after, "big"))
        if entry is None or entry.stem is not None:
            return False
        kind = self.before.find_kind(entry.before)
        kids = read_kids(header.update_root, self.kids, entry.path)
        if kind is None or kids is None or (not entry.path and kind is not Kind.INNER):
            return False
        commitment = self.before.commitment if kind is Kind.INNER else b""
        return compute_node(commitment, kids) != entry.after


def compute_node(commitment: bytes, kids: Sequence[Entry]) -> int:
    """Compute the scalar of an inner node after changes of its slots; of no bytes for a new one."""
    start = decode_affine(commitment) if commitment else Z1
    deltas = {kid.path[-1]: kid.after - kid.before for kid in kids}
    return hash_inner(add(start, commit_deltas(deltas)))


@dataclass(frozen=True, slots=True)
class WrongStem:
    """An entry with a stem whose scalar after does not follow from the values (F4)."""

    entry: Range
    """The entry."""

    leaves: Range
    """All leaves of the stem in the access list, with the ones before and after them."""

    value: Bytes32
    """Value of the stem's first key if the list has none of its keys."""

    proof: StemProof
    """Proof of the values before of these keys, under the state root before."""

    def proves(self, claim: Claim) -> bool:
        """Decide whether this is a fault of the packet."""
        entry = read_entry(claim.header.update_root, self.entry)
        if entry is None or entry.stem is None:
            return False
        if not verify_range(claim.header.access_root, self.leaves):
            return False
        keys = read_keys(entry.stem, self.leaves)
        if keys is None:
            return False
        keys = keys or {entry.stem + b"\0": (self.value, self.value)}
        values = [(key, before) for key, (before, _) in keys.items()]
        root = claim.header.pre_state_root
        try:
            tree = verify_stem_proof(claim.chain_id, root, values, self.proof)
        except Rejected:
            return False
        return compute_stem(tree, entry.stem, keys) != entry.after


Keys = Mapping[Bytes32, tuple[Bytes32, Bytes32]]
"""Values before and after a packet by key."""


def compute_stem(tree: PartialTree, stem: Stem, keys: Keys) -> int | None:
    """Compute the scalar of a stem after a packet; none if it is not in the tree then."""
    writes = {key[31]: after for key, (before, after) in keys.items() if before != after}
    if stem not in tree.stems and not writes:
        return None
    return tree.stems.get(stem, ShownStem({}, None)).write(writes).compute_scalar(stem)


def read_keys(stem: Stem, shown: Range) -> Keys | None:
    """Read the values before and after of all keys of a stem; none if the range is not all."""
    read = [AccessLeaf.read(item) for item in shown.items]
    leaves = [leaf for leaf in read if leaf is not None]
    starts = shown.is_at_start or (leaves and leaves[0].key[:31] < stem)
    ends = shown.is_at_end or (leaves and leaves[-1].key[:31] > stem)
    if len(leaves) < len(read) or not starts or not ends:
        return None
    keys: dict[Bytes32, tuple[Bytes32, Bytes32]] = {}
    for leaf in leaves:
        if leaf.key[:31] != stem:
            continue
        if leaf.index == 0:
            keys[leaf.key] = (leaf.value, leaf.value)
        elif leaf.key in keys:
            keys[leaf.key] = (keys[leaf.key][0], leaf.value)
        else:
            return None
    return keys
