"""The whole tree: what a node that executes packets keeps."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from corollup.errors import ArgumentError
from corollup.spec.encoding import Bytes32
from corollup.spec.verkle import multiproof
from corollup.spec.verkle.multiproof import Openings, Statement
from corollup.spec.verkle.nodes import InnerNode, StemNode, build_tree
from corollup.spec.verkle.polynomials import SparseVector, commit
from corollup.spec.verkle.updates import UpdateEntry, compute_updates
from corollup.spec.verkle.wire import (
    Finding,
    Request,
    Status,
    Stem,
    Witness,
    derive_layout,
    encode_witness,
)

Writes = Iterable[tuple[Bytes32, Bytes32]]
"""Keys and values; of a key written twice the last counts."""

ABSENT_VALUE = bytes(32)
"""What an absent key counts as outside the tree."""


class Tree:
    """A Verkle tree of keys and values; nothing is ever deleted from it."""

    def __init__(self, values: Mapping[Bytes32, Bytes32] | None = None) -> None:
        self._values = dict(values or {})

    @cached_property
    def root_node(self) -> InnerNode:
        """The node at the root."""
        return build_tree(self._values)

    @property
    def root(self) -> Bytes32:
        """The state root."""
        return self.root_node.scalar.to_bytes(32, "big")

    def get(self, key: Bytes32) -> Bytes32 | None:
        """Return the value of a key, none if it was never written."""
        return self._values.get(key)

    def apply(self, writes: Writes) -> tuple[Bytes32, list[UpdateEntry]]:
        """
        Apply writes, and return the new root and the changed slots.

        A write of the value that is there, absent counting as zero, is no write.
        """
        before = self.root_node
        self._values.update(select_writes(self._values, writes))
        del self.root_node
        return self.root, compute_updates(before, self.root_node)

    def prove(self, chain_id: int, keys: Sequence[Bytes32], *, compressed: bool = False) -> bytes:
        """
        Prove the values and absences of keys under the root.

        Raises:
            ArgumentError: If the keys are not strictly ascending, or there are none.
        """
        request = group_keys(keys)
        findings = {stem: self.find(stem)[0] for stem in request}
        found = {stem: self.find(stem)[1] for stem in request}
        present = {stem: node for stem, node in found.items() if node and node.stem == stem}
        layout = derive_layout(findings)
        vectors = self.compute_vectors(layout.inner_paths)
        vectors |= {
            stem[: findings[stem].depth]: node.vector
            for stem, node in present.items()
            if not node.is_small
        }
        statement = Statement(
            chain_id=chain_id,
            root=self.root,
            nodes={path: commit(vectors[path]) for path in layout.node_paths},
            openings=compute_openings(request, findings, vectors),
        )
        witness = Witness(
            findings=findings,
            presence={
                (stem, suffix): suffix in node.pairs
                for stem, node in present.items()
                for suffix in request[stem]
            },
            travelling={
                stem: {s: value for s, value in node.pairs.items() if s not in request[stem]}
                for stem, node in present.items()
                if node.is_small
            },
            hidden={slot: self.describe_resident(slot) for slot in layout.hidden_slots},
            nodes=statement.nodes,
            proof=multiproof.prove(statement, vectors),
        )
        return encode_witness(witness, compressed=compressed)

    def find(self, stem: Stem) -> tuple[Finding, StemNode | None]:
        """Find the slot that a stem leads to and the stem in it."""
        node = self.root_node
        for depth, byte in enumerate(stem, start=1):
            child = node.children.get(byte)
            if child is None:
                return Finding(depth, Status.NOTHING), None
            if isinstance(child, StemNode):
                own_status = Status.SMALL if child.is_small else Status.VECTOR
                return Finding(depth, own_status if child.stem == stem else Status.OTHER), child
            node = child
        raise AssertionError("no inner node is as deep as a stem is long")

    def describe_resident(self, slot: bytes) -> tuple[Stem, Bytes32]:
        """Return the stem in a slot and the hash of its body."""
        _, node = self.find(slot.ljust(31, b"\0"))
        assert node is not None
        return node.stem, node.body

    def compute_vectors(self, paths: frozenset[bytes]) -> dict[bytes, SparseVector]:
        """Collect the vectors of the inner nodes at these paths."""
        nodes = self.root_node.iterate_inner_nodes()
        return {node.path: node.vector for node in nodes if node.path in paths}


def group_keys(keys: Sequence[Bytes32]) -> Request:
    """
    Group keys by stem.

    Raises:
        ArgumentError: If the keys are not strictly ascending, or there are none.
    """
    if not keys or any(left >= right for left, right in pairwise(keys)):
        raise ArgumentError("keys must be strictly ascending and not empty")
    request: dict[Stem, list[int]] = {}
    for key in keys:
        request.setdefault(key[:31], []).append(key[31])
    return request


def select_writes(values: Mapping[Bytes32, Bytes32], writes: Writes) -> Mapping[Bytes32, Bytes32]:
    """Select the writes that change a value."""
    return {
        key: value for key, value in dict(writes).items() if values.get(key, ABSENT_VALUE) != value
    }


def compute_openings(
    request: Request, findings: Mapping[Stem, Finding], vectors: Mapping[bytes, SparseVector]
) -> Openings:
    """Collect what the nodes of a request hold where its stems lead."""
    places = set()
    for stem, finding in findings.items():
        places |= {(stem[:i], stem[i]) for i in range(finding.depth)}
        if finding.status is Status.VECTOR:
            places |= {(stem[: finding.depth], suffix) for suffix in request[stem]}
    return {(path, index): dict(vectors[path]).get(index, 0) for path, index in places}
