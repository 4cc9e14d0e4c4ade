"""
The binary keccak Merkle tree under every root of the header but the two Verkle ones.

    leaf = keccak(0x20 ‖ item)       node = keccak(0x21 ‖ left ‖ right)
    root = keccak(0x22 ‖ u64 count ‖ top)       empty = keccak(0x22 ‖ u64 0)

A node splits its leaves at the largest power of two below their count.
The tags keep the three kinds of preimage apart, and the count makes the shape part of the root.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from corollup.spec.encoding import Bytes32, keccak256

LEAF_TAG: Final = b"\x20"
NODE_TAG: Final = b"\x21"
ROOT_TAG: Final = b"\x22"


def compute_merkle_root(items: Sequence[bytes]) -> Bytes32:
    """Compute the Merkle root of `items` in their order."""
    return hash_root(len(items), compute_top(items) if items else b"")


def compute_top(items: Sequence[bytes]) -> Bytes32:
    """Compute the top node over one item or more."""
    if len(items) == 1:
        return hash_leaf(items[0])
    middle = find_split(len(items))
    return hash_node(compute_top(items[:middle]), compute_top(items[middle:]))


def find_split(count: int) -> int:
    """Return the largest power of two below `count`, which is 2 or more."""
    return 1 << (count - 1).bit_length() - 1


@dataclass(frozen=True, slots=True)
class MerklePath:
    """The proof that an item has an index under a root of `count` items."""

    count: int
    """Number of items of the tree."""

    index: int
    """Index of the item, below the count."""

    siblings: tuple[Bytes32, ...]
    """The other child of every node from the leaf up."""


def compute_merkle_path(items: Sequence[bytes], index: int) -> MerklePath:
    """
    Compute the path of the item at `index`.

    Raises:
        IndexError: If there is no such item.
    """
    if not 0 <= index < len(items):
        raise IndexError(f"index {index} of {len(items)} items")
    return MerklePath(len(items), index, tuple(_collect_siblings(items, index)))


def _collect_siblings(items: Sequence[bytes], index: int) -> list[Bytes32]:
    if len(items) == 1:
        return []
    middle = find_split(len(items))
    left, right = items[:middle], items[middle:]
    if index < middle:
        return [*_collect_siblings(left, index), compute_top(right)]
    return [*_collect_siblings(right, index - middle), compute_top(left)]


def verify_merkle_path(root: Bytes32, item: bytes, path: MerklePath) -> bool:
    """Decide whether `item` is at the path's index under `root`; false for any malformed path."""
    if not 0 <= path.index < path.count < 1 << 64:
        return False
    turns = _find_turns(path.count, path.index)
    if len(turns) != len(path.siblings):
        return False
    node = hash_leaf(item)
    for is_left, sibling in zip(turns, path.siblings, strict=True):
        node = hash_node(node, sibling) if is_left else hash_node(sibling, node)
    return hash_root(path.count, node) == root


def _find_turns(count: int, index: int) -> list[bool]:
    """Find for every node from the leaf up whether the path comes from its left child."""
    if count == 1:
        return []
    middle = find_split(count)
    if index < middle:
        return [*_find_turns(middle, index), True]
    return [*_find_turns(count - middle, index - middle), False]


def hash_leaf(item: bytes) -> Bytes32:
    """Hash an item."""
    return keccak256(LEAF_TAG + item)


def hash_node(left: Bytes32, right: Bytes32) -> Bytes32:
    """Hash two children."""
    return keccak256(NODE_TAG + left + right)


def hash_root(count: int, top: bytes) -> Bytes32:
    """Hash the count and the top node, which is nothing for an empty tree."""
    return keccak256(ROOT_TAG + count.to_bytes(8, "big") + top)
