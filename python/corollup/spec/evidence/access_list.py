"""Faults of the access list: a false value before (O4), and faults of form."""

from dataclasses import dataclass

from corollup.errors import Rejected
from corollup.spec.encoding import Bytes32
from corollup.spec.evidence.packets import Claim
from corollup.spec.evidence.ranges import Range, verify_range
from corollup.spec.evidence.stem_proofs import StemProof, verify_stem_proof

LEAF_SIZE = 68
"""Size of a leaf: key 32 ‖ u32 index ‖ value 32."""


@dataclass(frozen=True, slots=True)
class AccessLeaf:
    """A leaf of the access list."""

    key: Bytes32
    """Key in the state tree."""

    index: int
    """0 for the value before the packet, else the step that wrote."""

    value: Bytes32
    """The value."""

    @classmethod
    def read(cls, item: bytes) -> "AccessLeaf | None":
        """Read a leaf; none if the item has another size."""
        if len(item) != LEAF_SIZE:
            return None
        return cls(item[:32], int.from_bytes(item[32:36], "big"), item[36:])


@dataclass(frozen=True, slots=True)
class ValueBefore:
    """A value before the packet that the state before it does not have."""

    leaf: Range
    """The leaf, with index 0."""

    value: Bytes32
    """The true value; zero if the key is absent."""

    proof: StemProof
    """Proof of the true value under the state root before."""

    def proves(self, claim: Claim) -> bool:
        """Decide whether this is a fault of the packet."""
        if len(self.leaf.items) != 1 or not verify_range(claim.header.access_root, self.leaf):
            return False
        leaf = AccessLeaf.read(self.leaf.items[0])
        if leaf is None or leaf.index != 0 or leaf.value == self.value:
            return False
        values = [(leaf.key, self.value)]
        try:
            verify_stem_proof(claim.chain_id, claim.header.pre_state_root, values, self.proof)
        except Rejected:
            return False
        return True


@dataclass(frozen=True, slots=True)
class AccessForm:
    """One leaf, or two in a row, that no access list has."""

    leaves: Range
    """The leaves."""

    def proves(self, claim: Claim) -> bool:
        """Decide whether this is a fault of the packet."""
        if not verify_range(claim.header.access_root, self.leaves):
            return False
        leaves = [AccessLeaf.read(item) for item in self.leaves.items]
        match leaves:
            case [None]:
                return True
            case [AccessLeaf() as only]:
                return self.leaves.is_at_start and only.index != 0
            case [AccessLeaf() as left, AccessLeaf() as right]:
                return is_fault_of_form(left, right)
            case _:
                return False


def is_fault_of_form(left: AccessLeaf, right: AccessLeaf) -> bool:
    """Decide whether no list has these leaves in a row."""
    if left.key != right.key:
        # A key starts with its value before.
        return left.key > right.key or right.index != 0
    return left.index >= right.index or left.value == right.value
