"""
Faults of the update list by itself and against the access list (O6), a rule each.

    F0   an entry's form, the order, an entry without the one of its parent
    F4   a stem over another, over an inner node, or with slots below it
    F5   an inner node that nothing needs
    F6   a stem that was written, or had to make place, without an entry

An honest list breaks none of these nor of those in `update_nodes`; a wrong one breaks some.
"""

from dataclasses import dataclass
from enum import Enum

from corollup.spec.encoding import Bytes32
from corollup.spec.evidence.access_list import AccessLeaf
from corollup.spec.evidence.packets import Claim
from corollup.spec.evidence.ranges import Range, verify_range
from corollup.spec.verkle.commitments import hash_stem, hash_to_scalar
from corollup.spec.verkle.curve import AFFINE_SIZE
from corollup.spec.verkle.updates import INNER_KIND, STEM_KIND, STEM_SIZE
from corollup.spec.verkle.wire import Stem

ENTRY_SIZE = 97
"""Size of an entry: u8 length ‖ u8 kind ‖ 31 bytes ‖ before 32 ‖ after 32."""

Order = tuple[int, bytes]
"""What entries ascend by: the length of the path, then the path."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the update list."""

    path: bytes
    """Path to the slot."""

    stem: Stem | None
    """The stem in the slot afterwards; none if an inner node is."""

    before: int
    """Scalar of the slot before."""

    after: int
    """Scalar of the slot after."""

    @property
    def order(self) -> Order:
        """What the entry is sorted by."""
        return len(self.path), self.path

    @classmethod
    def read(cls, item: bytes) -> "Entry | None":
        """Read an entry; none if the item is no change of a slot in its one form."""
        if len(item) != ENTRY_SIZE:
            return None
        length, kind, padded = item[0], item[1], item[2:33]
        before, after = item[33:65], item[65:]
        if not 1 <= length <= STEM_SIZE or before == after:
            return None
        path = padded[:length]
        if kind == INNER_KIND:
            # Stems that share 31 bytes are one stem, so no inner node is as deep.
            if length == STEM_SIZE or padded != path.ljust(STEM_SIZE, b"\0"):
                return None
        elif kind != STEM_KIND:
            return None
        stem = padded if kind == STEM_KIND else None
        return cls(path, stem, int.from_bytes(before, "big"), int.from_bytes(after, "big"))


class Kind(Enum):
    """What was in a slot before."""

    NOTHING = "nothing"
    STEM = "a stem"
    INNER = "an inner node"


@dataclass(frozen=True, slots=True)
class Preimage:
    """What was in a slot before."""

    commitment: bytes = b""
    """Commitment of an inner node, an affine point; else empty."""

    stem: Stem = bytes(STEM_SIZE)
    """A stem; zero if there was none."""

    body: Bytes32 = bytes(32)
    """The hash of what was under that stem."""

    def find_kind(self, before: int) -> Kind | None:
        """Find what was in a slot with that scalar; none if this was not."""
        if before == 0:
            return Kind.NOTHING
        if len(self.commitment) == AFFINE_SIZE:
            return Kind.INNER if hash_inner_bytes(self.commitment) == before else None
        return Kind.STEM if hash_stem(self.stem, self.body) == before else None


NOTHING = Preimage()
"""The preimage of 0."""


def hash_inner_bytes(commitment: bytes) -> int:
    """Compute the scalar of an inner node from its affine point."""
    return hash_to_scalar(b"\x01" + commitment)


def read_entry(root: Bytes32, shown: Range) -> Entry | None:
    """Read the entry that a range of one item shows."""
    if len(shown.items) != 1 or not verify_range(root, shown):
        return None
    return Entry.read(shown.items[0])


def read_between(root: Bytes32, shown: Range, least: Order, greatest: Order) -> list[Entry] | None:
    """Read all entries of an interval; none if the range does not show that they are all."""
    entries = [Entry.read(item) for item in shown.items]
    if not verify_range(root, shown) or None in entries:
        return None
    known = [entry for entry in entries if entry is not None]
    starts = shown.is_at_start or (known and known[0].order < least)
    ends = shown.is_at_end or (known and known[-1].order > greatest)
    if not starts or not ends:
        return None
    return [entry for entry in known if least <= entry.order <= greatest]


def read_kids(root: Bytes32, shown: Range, path: bytes) -> list[Entry] | None:
    """Read all entries of the slots of the node at a path."""
    length = len(path) + 1
    return read_between(root, shown, (length, path + b"\0"), (length, path + b"\xff"))


def shows_absence(root: Bytes32, shown: Range, path: bytes) -> bool:
    """Decide whether a range shows that the slot at a path has no entry."""
    return read_between(root, shown, (len(path), path), (len(path), path)) == []


@dataclass(frozen=True, slots=True)
class UpdateForm:
    """One entry, or two in a row, that no list has (F0)."""

    entries: Range
    """The entries."""

    def proves(self, claim: Claim) -> bool:
        """Decide whether this is a fault of the packet."""
        if not verify_range(claim.header.update_root, self.entries):
            return False
        match [Entry.read(item) for item in self.entries.items]:
            case [None]:
                return True
            case [Entry() as left, Entry() as right]:
                return left.order >= right.order
            case _:
                return False


@dataclass(frozen=True, slots=True)
class MissingParent:
    """An entry below an inner node whose own slot has none (F0)."""

    entry: Range
    """The entry."""

    absence: Range
    """The entries around the place of the parent's."""

    def proves(self, claim: Claim) -> bool:
        """Decide whether this is a fault of the packet."""
        root = claim.header.update_root
        entry = read_entry(root, self.entry)
        if entry is None or len(entry.path) == 1:
            return False
        return shows_absence(root, self.absence, entry.path[:-1])


@dataclass(frozen=True, slots=True)
class StemWithKids:
    """An entry with a stem whose slot has entries below it (F4)."""

    entry: Range
    """The entry."""

    kid: Range
    """An entry below it."""

    def proves(self, claim: Claim) -> bool:
        """Decide whether this is a fault of the packet."""
        root = claim.header.update_root
        entry, kid = read_entry(root, self.entry), read_entry(root, self.kid)
        if entry is None or kid is None or entry.stem is None:
            return False
        return kid.path[:-1] == entry.path


@dataclass(frozen=True, slots=True)
class StemOverOther:
    """An entry with a stem in a slot that held an inner node or another stem (F4)."""

    entry: Range
    """The entry."""

    before: Preimage
    """What the slot held."""

    def proves(self, claim: Claim) -> bool:
        """Decide whether this is a fault of the packet."""
        entry = read_entry(claim.header.update_root, self.entry)
        if entry is None or entry.stem is None:
            return False
        kind = self.before.find_kind(entry.before)
        return kind is Kind.INNER or (kind is Kind.STEM and self.before.stem != entry.stem)


@dataclass(frozen=True, slots=True)
class NeedlessNode:
    """A new inner node that has no changed slot, or one with a stem only (F5)."""

    entry: Range
    """Its entry."""

    before: Preimage
    """What its slot held."""

    kids: Range
    """The entries below it, with the ones before and after them."""

    def proves(self, claim: Claim) -> bool:
        """Decide whether this is a fault of the packet."""
        root = claim.header.update_root
        entry = read_entry(root, self.entry)
        if entry is None or entry.stem is not None:
            return False
        if self.before.find_kind(entry.before) not in {Kind.NOTHING, Kind.STEM}:
            return False
        kids = read_kids(root, self.kids, entry.path)
        if kids is None:
            return False
        return not kids or (len(kids) == 1 and kids[0].stem is not None)


@dataclass(frozen=True, slots=True)
class StemReason:
    """Why a stem must have an entry: a key of it was written, or it had to make place."""

    stem: Stem
    """The stem."""

    first: Range
    """The leaf with the value before of a key of the stem; nothing if it had to make place."""

    last: Range
    """The last leaf of that key, and the leaf after it unless the list ends."""

    node: Range
    """The entry of the new inner node in its place; nothing if a key was written."""

    body: Bytes32
    """The hash of what was under the stem that had to make place."""

    def holds(self, claim: Claim) -> bool:
        """Decide whether this is so."""
        if self.node.items:
            node = read_entry(claim.header.update_root, self.node)
            scalar = hash_stem(self.stem, self.body)
            return node is not None and node.stem is None and node.before == scalar
        root = claim.header.access_root
        if not verify_range(root, self.first) or not verify_range(root, self.last):
            return False
        leaves = [AccessLeaf.read(item) for item in (*self.first.items, *self.last.items)]
        match leaves:
            case [AccessLeaf() as first, AccessLeaf() as last] if len(self.first.items) == 1:
                is_last = self.last.is_at_end
            case [AccessLeaf() as first, AccessLeaf() as last, AccessLeaf() as behind] if (
                len(self.first.items) == 1
            ):
                is_last = behind.key != last.key
            case _:
                return False
        is_key = first.index == 0 and first.key == last.key and first.key[:31] == self.stem
        return is_key and is_last and first.value != last.value


@dataclass(frozen=True, slots=True)
class MissingStem:
    """A stem that must have an entry and has none (F6)."""

    reason: StemReason
    """Why it must."""

    deepest: Range
    """The deepest entry on its way; nothing if there is none."""

    absence: Range
    """The entries around the place of the next one; nothing if the deepest has another stem."""

    def proves(self, claim: Claim) -> bool:
        """Decide whether this is a fault of the packet."""
        root, stem = claim.header.update_root, self.reason.stem
        if not self.reason.holds(claim):
            return False
        length = 0
        if self.deepest.items:
            entry = read_entry(root, self.deepest)
            if entry is None or not stem.startswith(entry.path) or entry.stem == stem:
                return False
            if entry.stem is not None:
                return True
            length = len(entry.path)
        return shows_absence(root, self.absence, stem[: length + 1])
