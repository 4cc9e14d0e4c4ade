"""The slots of inner nodes that a packet's writes changed: what the update root stands for."""

from collections.abc import Mapping
from dataclasses import dataclass

from corollup.spec.encoding import Bytes32
from corollup.spec.verkle.nodes import InnerNode, StemNode

STEM_KIND = 1
INNER_KIND = 0
STEM_SIZE = 31


@dataclass(frozen=True, slots=True)
class UpdateEntry:
    """A slot of an inner node whose scalar changed."""

    length: int
    """Bytes of the path to the slot, 1 to 31."""

    is_stem: bool
    """Whether a stem is in the slot afterwards; an inner node otherwise."""

    path: bytes
    """The stem, or the path to the inner node; 31 bytes, zero-padded."""

    before: Bytes32
    """The scalar before; zero for a slot of a node that was not there."""

    after: Bytes32
    """The scalar after."""

    def encode(self) -> bytes:
        """Encode as u8 length ‖ u8 kind ‖ path 31 ‖ before 32 ‖ after 32."""
        kind = STEM_KIND if self.is_stem else INNER_KIND
        return bytes([self.length, kind]) + self.path + self.before + self.after


def compute_updates(before: InnerNode, after: InnerNode) -> list[UpdateEntry]:
    """Compare two trees slot by slot, the shortest paths first."""
    scalars_before = compute_slot_scalars(before)
    entries = []
    for node in after.iterate_inner_nodes():
        for byte, child in node.children.items():
            slot = node.path + bytes([byte])
            scalar_before = scalars_before.get(slot, 0)
            if child.scalar != scalar_before:
                stem = child.stem if isinstance(child, StemNode) else None
                entries.append(make_entry(slot, stem, scalar_before, child.scalar))
    return sort_entries(entries)


def compute_slot_scalars(root: InnerNode) -> Mapping[bytes, int]:
    """Compute the scalar in every slot that is not empty, by its path."""
    return {
        node.path + bytes([byte]): child.scalar
        for node in root.iterate_inner_nodes()
        for byte, child in node.children.items()
    }


def make_entry(slot: bytes, stem: bytes | None, before: int, after: int) -> UpdateEntry:
    """Make the entry of a slot in which a stem, or else an inner node, is afterwards."""
    return UpdateEntry(
        length=len(slot),
        is_stem=stem is not None,
        path=slot.ljust(STEM_SIZE, b"\0") if stem is None else stem,
        before=before.to_bytes(32, "big"),
        after=after.to_bytes(32, "big"),
    )


def sort_entries(entries: list[UpdateEntry]) -> list[UpdateEntry]:
    """Sort by the length of the path, then by the path."""
    return sorted(entries, key=lambda entry: (entry.length, entry.path[: entry.length]))
