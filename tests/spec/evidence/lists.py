"""Packets as far as faults see them: the lists under their roots, and the state before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from corollup.spec.containers import Header
from corollup.spec.evidence.finding import Search
from corollup.spec.evidence.packets import Claim
from corollup.spec.merkle import compute_merkle_root
from corollup.verkle import VerkleTree
from tests.vectors.generate import make_struct
from tests.verkle_samples import CHAIN_ID

HEADER = make_struct(Header, "evidence")

Pairs = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Lists:
    """A packet's lists and roots."""

    values: Mapping[bytes, bytes]
    """The state before."""

    access: tuple[bytes, ...]
    """Leaves of the access list."""

    updates: tuple[bytes, ...]
    """Entries of the update list."""

    post_root: bytes
    """The state root after."""

    def search(self) -> Search:
        """Open the search for faults of the packet."""
        tree = VerkleTree([*self.values.items()])
        header = replace(
            HEADER,
            pre_state_root=tree.root,
            post_state_root=self.post_root,
            access_root=compute_merkle_root(self.access),
            update_root=compute_merkle_root(self.updates),
        )
        return Search(Claim(header, CHAIN_ID), self.access, self.updates, tree)


def make_lists(values: Mapping[bytes, bytes], writes: Pairs, applied: Pairs | None = None) -> Lists:
    """
    Make the lists of a packet with these writes.

    Args:
        values: The state before.
        writes: The writes of the access list; a value that is there already is only a read.
        applied: The writes that the update list and the root are made from, if they are others.
    """
    tree = VerkleTree([*values.items()])
    final = dict(writes)
    post_root, updates = tree.apply([*(final if applied is None else dict(applied)).items()])
    return Lists(values, make_leaves(values, final), tuple(updates), post_root)


def make_leaves(values: Mapping[bytes, bytes], writes: Mapping[bytes, bytes]) -> tuple[bytes, ...]:
    leaves = []
    for key, value in sorted(writes.items()):
        before = values.get(key, bytes(32))
        leaves.append(make_leaf(key, 0, before))
        if value != before:
            leaves.append(make_leaf(key, 2, value))
    return tuple(leaves)


def make_leaf(key: bytes, index: int, value: bytes) -> bytes:
    return key + index.to_bytes(4, "big") + value


def rehash(lists: Lists, index: int, item: bytes) -> Lists:
    """Put another entry into the update list."""
    updates = [*lists.updates]
    updates[index] = item
    return replace(lists, updates=tuple(updates))
