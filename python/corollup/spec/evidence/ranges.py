"""
Consecutive items of a list under a Merkle root.

One proof for all of them: the siblings from the leaves up, of each level the left one before the
right one. That the neighbours are in the range, or the list ends there, shows that it is complete.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from corollup.spec.encoding import Bytes32
from corollup.spec.merkle import hash_leaf, hash_node, hash_root


@dataclass(frozen=True, slots=True)
class Range:
    """Consecutive items of a list, and the proof that they are in it."""

    items: tuple[bytes, ...]
    """The items; none only of the empty list."""

    first: int
    """Index of the first one."""

    count: int
    """Items of the whole list."""

    path: tuple[Bytes32, ...]
    """The siblings."""

    @property
    def is_at_start(self) -> bool:
        """Whether the list starts with the range."""
        return self.first == 0

    @property
    def is_at_end(self) -> bool:
        """Whether the list ends with the range."""
        return self.first + len(self.items) == self.count


NO_RANGE = Range((), 0, 0, ())
"""What stands for a range that is not needed; also the whole of the empty list."""


def compute_range(items: Sequence[bytes], first: int, size: int) -> Range:
    """Compute the range of `size` items from index `first` on."""
    path: list[Bytes32] = []
    level = [hash_leaf(item) for item in items]
    low, high = first, first + size - 1
    while len(level) > 1:
        if low % 2 == 1:
            path.append(level[low - 1])
        if high % 2 == 0 and high + 1 < len(level):
            path.append(level[high + 1])
        level = pair_up(level)
        low, high = low // 2, high // 2
    return Range(tuple(items[first : first + size]), first, len(items), tuple(path))


def pair_up(level: Sequence[Bytes32]) -> list[Bytes32]:
    """Compute the level above; an odd last node rises as it is."""
    pairs = [hash_node(*level[i : i + 2]) for i in range(0, len(level) - 1, 2)]
    return pairs + list(level[len(pairs) * 2 :])


def verify_range(root: Bytes32, shown: Range) -> bool:
    """Decide whether a range is in the list under `root`; false for any malformed one."""
    if not shown.items:
        return shown == NO_RANGE and root == hash_root(0, b"")
    if not 0 <= shown.first <= shown.first + len(shown.items) <= shown.count < 1 << 64:
        return False
    nodes = [hash_leaf(item) for item in shown.items]
    siblings = list(reversed(shown.path))
    low, width = shown.first, shown.count
    while width > 1:
        if low % 2 == 1:
            if not siblings:
                return False
            nodes.insert(0, siblings.pop())
            low -= 1
        if len(nodes) % 2 == 1 and low + len(nodes) < width:
            if not siblings:
                return False
            nodes.append(siblings.pop())
        nodes = pair_up(nodes)
        low, width = low // 2, (width + 1) // 2
    return not siblings and hash_root(shown.count, nodes[0]) == root
