"""
The tree as a function of the values in it.

An inner node stands where two stems share a prefix, and at the root; a stem stands in the first
slot that it has to itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from corollup.spec.encoding import Bytes32
from corollup.spec.verkle.commitments import (
    SMALL_LIMIT,
    Pairs,
    compute_value_vector,
    hash_inner,
    hash_small_body,
    hash_stem,
    hash_vector_body,
)
from corollup.spec.verkle.curve import Point
from corollup.spec.verkle.polynomials import SparseVector, commit


@dataclass(frozen=True)
class StemNode:
    """All the values under a stem."""

    stem: bytes
    """The first 31 bytes of their keys."""

    pairs: Pairs
    """The values by suffix, at least one."""

    @property
    def is_small(self) -> bool:
        """Whether the stem is hashed as it is, without a commitment."""
        return len(self.pairs) <= SMALL_LIMIT

    @cached_property
    def vector(self) -> SparseVector:
        """The scalars of the values."""
        return compute_value_vector(self.pairs)

    @property
    def commitment(self) -> Point:
        """The commitment to the values."""
        return commit(self.vector)

    @cached_property
    def body(self) -> Bytes32:
        """The hash of all that is under the stem."""
        return hash_small_body(self.pairs) if self.is_small else hash_vector_body(self.commitment)

    @property
    def scalar(self) -> int:
        """What the parent commits to."""
        return hash_stem(self.stem, self.body)


@dataclass(frozen=True)
class InnerNode:
    """A node with up to 256 children."""

    path: bytes
    """The bytes that lead here from the root."""

    children: Mapping[int, "Node"]
    """The children by their next byte."""

    @cached_property
    def vector(self) -> SparseVector:
        """The scalars of the children."""
        return tuple((byte, child.scalar) for byte, child in sorted(self.children.items()))

    @property
    def commitment(self) -> Point:
        """The commitment to the children."""
        return commit(self.vector)

    @cached_property
    def scalar(self) -> int:
        """What the parent commits to; at the root, the state root."""
        return hash_inner(self.commitment)

    def iterate_inner_nodes(self) -> Iterator["InnerNode"]:
        """Yield this node and all inner nodes below it, in the order of their paths."""
        yield self
        for _, child in sorted(self.children.items()):
            if isinstance(child, InnerNode):
                yield from child.iterate_inner_nodes()


Node = StemNode | InnerNode
"""What can be in a slot."""


def build_tree(values: Mapping[Bytes32, Bytes32]) -> InnerNode:
    """Build the tree of these values by key."""
    by_stem = groupby(sorted(values.items()), key=lambda item: item[0][:31])
    stems = [StemNode(stem, {key[31]: value for key, value in pairs}) for stem, pairs in by_stem]
    return build_inner_node(stems, b"")


def build_inner_node(stems: list[StemNode], path: bytes) -> InnerNode:
    """Build the node at a path that the ascending stems share."""
    children: dict[int, Node] = {}
    for byte, group in groupby(stems, key=lambda node: node.stem[len(path)]):
        below = list(group)
        # A single stem is in the slot itself, however long its path.
        children[byte] = (
            below[0] if len(below) == 1 else build_inner_node(below, path + bytes([byte]))
        )
    return InnerNode(path, children)
