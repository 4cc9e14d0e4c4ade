"""
Answers to demands of a node of a list.

Node `index` of level `l` stands over the leaves from `index · 2^l` on; level 0 are the leaves.
An answer shows what the node is made of, so that whoever asks can walk down to any leaf; a list
that has no such node is shown by its top.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from corollup.spec.encoding import Bytes32
from corollup.spec.evidence.ranges import pair_up
from corollup.spec.merkle import hash_leaf, hash_node, hash_root

NO_NODE: Bytes32 = bytes(32)
"""In place of a child that is not there."""

MAX_LEVEL = 63
"""Highest level on which a list of 64-bit count has a node."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is at a place."""

    item: bytes = b""
    """The leaf, on level 0."""

    left: Bytes32 = NO_NODE
    """The left child, above."""

    right: Bytes32 = NO_NODE
    """The right child; zero if there is none, and then the node is its left child."""

    count: int = 0
    """Leaves of the whole list."""

    path: tuple[Bytes32, ...] = ()
    """Siblings from the node up; the top of the list, if it has no such node."""


def compute_answer(items: Sequence[bytes], level: int, index: int) -> Answer:
    """Compute what is at a place of a list."""
    levels = compute_levels(items)
    if level >= len(levels) or index >= len(levels[level]):
        # On a level above the top the only node there would be is the top itself.
        if items and index == 0 and level <= MAX_LEVEL:
            return Answer(left=levels[-1][0], count=len(items))
        return Answer(count=len(items), path=tuple(levels[-1][:1]))
    path = compute_siblings(levels[level:], index)
    if level == 0:
        return Answer(item=items[index], count=len(items), path=path)
    left, *rest = levels[level - 1][2 * index : 2 * index + 2]
    return Answer(left=left, right=rest[0] if rest else NO_NODE, count=len(items), path=path)


def compute_levels(items: Sequence[bytes]) -> list[list[Bytes32]]:
    """Compute all nodes of a list, the leaves first; one level without nodes for the empty list."""
    levels = [[hash_leaf(item) for item in items]]
    while len(levels[-1]) > 1:
        levels.append(pair_up(levels[-1]))
    return levels


def compute_siblings(levels: Sequence[Sequence[Bytes32]], index: int) -> tuple[Bytes32, ...]:
    """Compute the siblings of a node of the first level, from there up."""
    siblings = []
    for level in levels:
        if index ^ 1 < len(level):
            siblings.append(level[index ^ 1])
        index //= 2
    return tuple(siblings)


def verify_answer(root: Bytes32, level: int, index: int, answer: Answer) -> bool:
    """Decide whether an answer shows what is at a place of the list under `root`."""
    width = compute_width(answer.count, level)
    if index >= width:
        tops = 1 if answer.count else 0
        if len(answer.path) != tops:
            return False
        return root == hash_root(answer.count, b"".join(answer.path))
    if level == 0:
        node = hash_leaf(answer.item)
    elif 2 * index + 1 < compute_width(answer.count, level - 1):
        node = hash_node(answer.left, answer.right)
    else:
        node = answer.left
    siblings = list(answer.path)
    while width > 1:
        if index ^ 1 < width:
            if not siblings:
                return False
            pair = (node, siblings.pop(0))
            node = hash_node(*pair) if index % 2 == 0 else hash_node(*reversed(pair))
        index, width = index // 2, (width + 1) // 2
    return not siblings and root == hash_root(answer.count, node)


def compute_width(count: int, level: int) -> int:
    """Compute how many nodes a level of a list has."""
    return 0 if level > MAX_LEVEL else -(-count >> level)
