"""
Finding the faults of a packet, by a node that has its body and the state before it.

What is found here is what the contracts accept: every rule is an evidence that proves itself.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from corollup.spec.encoding import Bytes32
from corollup.spec.evidence.access_list import AccessForm, AccessLeaf, ValueBefore
from corollup.spec.evidence.packets import Claim, Evidence, StateProver
from corollup.spec.evidence.ranges import NO_RANGE, Range, compute_range
from corollup.spec.evidence.stem_proofs import StemProof, get_scalar_at
from corollup.spec.evidence.update_list import (
    NOTHING,
    Entry,
    MissingParent,
    MissingStem,
    NeedlessNode,
    Preimage,
    StemOverOther,
    StemReason,
    StemWithKids,
    UpdateForm,
)
from corollup.spec.evidence.update_nodes import (
    ScalarBefore,
    WrongNode,
    WrongStem,
    compute_stem,
    read_keys,
)
from corollup.spec.verkle.commitments import hash_small_body, hash_vector_body
from corollup.spec.verkle.curve import encode_affine
from corollup.spec.verkle.partial import PartialTree, ShownStem, Values, decode_statement
from corollup.spec.verkle.wire import Stem


@dataclass(frozen=True, slots=True)
class Slot:
    """What a slot of the tree held before the packet."""

    scalar: int
    """Its scalar."""

    content: Preimage
    """What was in it."""

    values: Values
    """Values of a stem below it, or in it."""

    proof: StemProof
    """Their proof."""


@dataclass
class StateView:
    """The state before a packet, stem by stem, with proofs."""

    claim: Claim
    """The packet."""

    state: StateProver
    """The state before it."""

    def prove(self, keys: Sequence[Bytes32]) -> tuple[Values, StemProof, PartialTree]:
        """Prove keys of one stem."""
        chain_id, root = self.claim.chain_id, self.claim.header.pre_state_root
        values = [(key, self.state.get(key) or bytes(32)) for key in keys]
        wire = self.state.prove(chain_id, list(keys))
        # The state is our own, so its proofs need no check.
        _, _, tree = decode_statement(chain_id, root, values, wire)
        return values, StemProof.from_wire(chain_id, root, values, wire), tree

    def look(self, path: bytes) -> Slot:
        """Look what is in the slot at a path."""
        stem = path.ljust(31, b"\0")
        values, proof, tree = self.prove([stem + b"\0"])
        if len(path) > proof.depth:
            return Slot(0, NOTHING, values, proof)
        content = NOTHING
        if path in tree.inner_nodes:
            content = Preimage(commitment=encode_affine(tree.inner_nodes[path]))
        elif stem in tree.stems:
            content = Preimage(stem=stem, body=hash_body(tree.stems[stem]))
        elif tree.slots[path] is not None:
            content = Preimage(stem=proof.other_stem, body=proof.other_body)
        return Slot(get_scalar_at(tree, path), content, values, proof)


def hash_body(stem: ShownStem) -> Bytes32:
    """Hash what is under a stem."""
    if stem.commitment is None:
        return hash_small_body(stem.pairs)
    return hash_vector_body(stem.commitment)


@dataclass
class Search:
    """The faults of one packet."""

    claim: Claim
    """What its signers stand for."""

    access_items: Sequence[bytes]
    """The leaves under its access root."""

    update_items: Sequence[bytes]
    """The entries under its update root."""

    state: StateProver
    """The state before it."""

    view: StateView = field(init=False)
    """The state, with proofs."""

    def __post_init__(self) -> None:
        """Open the view."""
        self.view = StateView(self.claim, self.state)

    @cached_property
    def leaves(self) -> list[AccessLeaf]:
        """The leaves of a list without faults of form."""
        return [leaf for item in self.access_items if (leaf := AccessLeaf.read(item))]

    @cached_property
    def entries(self) -> dict[bytes, Entry]:
        """The entries of a list without faults of form, by path."""
        read = [entry for item in self.update_items if (entry := Entry.read(item))]
        return {entry.path: entry for entry in read}

    def run(self) -> Iterator[Evidence]:
        """Find faults, the cheapest first; after one of form there is no further search."""
        forms = [*self.find_access_forms(), *self.find_update_forms()]
        yield from forms
        if forms:
            return
        yield from self.find_values_before()
        for entry in self.entries.values():
            yield from self.find_faults_of_entry(entry)
        yield from self.find_wrong_node(None)
        yield from self.find_missing_stems()

    def find_access_forms(self) -> Iterator[Evidence]:
        """Find leaves that no access list has."""
        for shown in list_short_ranges(self.access_items):
            if (evidence := AccessForm(shown)).proves(self.claim):
                yield evidence

    def find_update_forms(self) -> Iterator[Evidence]:
        """Find entries that no update list has (F0)."""
        for shown in list_short_ranges(self.update_items):
            if (evidence := UpdateForm(shown)).proves(self.claim):
                yield evidence

    def find_values_before(self) -> Iterator[Evidence]:
        """Find false values before (O4)."""
        for position, leaf in enumerate(self.leaves):
            value = self.state.get(leaf.key) or bytes(32)
            if leaf.index == 0 and leaf.value != value:
                _, proof, _ = self.view.prove([leaf.key])
                yield ValueBefore(compute_range(self.access_items, position, 1), value, proof)

    def find_faults_of_entry(self, entry: Entry) -> Iterator[Evidence]:
        """Find what is wrong with one entry."""
        shown = self.show_entry(entry.path)
        if len(entry.path) > 1 and entry.path[:-1] not in self.entries:
            yield MissingParent(shown, self.show_place(entry.path[:-1]))
        slot = self.view.look(entry.path)
        if entry.before != slot.scalar:
            yield ScalarBefore(shown, slot.values, slot.proof)
            return
        if entry.stem is None:
            yield from self.find_wrong_node(entry)
            needless = NeedlessNode(shown, slot.content, self.show_kids(entry.path))
            if needless.proves(self.claim):
                yield needless
            return
        for kid in self.entries:
            if kid[:-1] == entry.path:
                yield StemWithKids(shown, self.show_entry(kid))
        over = StemOverOther(shown, slot.content)
        if over.proves(self.claim):
            yield over
        yield from self.find_wrong_stem(entry, entry.stem)

    def find_wrong_stem(self, entry: Entry, stem: Stem) -> Iterator[Evidence]:
        """Find a stem whose scalar does not follow from its values (F4)."""
        leaves = self.show_leaves(stem)
        listed = read_keys(stem, leaves) or {}
        values, proof, tree = self.view.prove([*listed] or [stem + b"\0"])
        if compute_stem(tree, stem, listed) != entry.after:
            value = bytes(32) if listed else values[0][1]
            yield WrongStem(self.show_entry(entry.path), leaves, value, proof)

    def find_wrong_node(self, entry: Entry | None) -> Iterator[Evidence]:
        """Find an inner node, or the root, whose scalar does not follow from its slots (F3)."""
        path = entry.path if entry else b""
        if entry:
            content, shown = self.view.look(path).content, self.show_entry(path)
        else:
            _, _, tree = self.view.prove([bytes(32)])
            content, shown = Preimage(commitment=encode_affine(tree.inner_nodes[b""])), NO_RANGE
        evidence = WrongNode(shown, content, self.show_kids(path))
        if evidence.proves(self.claim):
            yield evidence

    def find_missing_stems(self) -> Iterator[Evidence]:
        """Find stems that must have an entry and have none (F6)."""
        for reason in (*self.list_written_stems(), *self.list_residents()):
            path = reason.stem[:1]
            while path in self.entries and self.entries[path].stem is None:
                path = reason.stem[: len(path) + 1]
            last = self.entries.get(path)
            deepest = path if last else path[:-1]
            shown = self.show_entry(deepest) if deepest else NO_RANGE
            absence = NO_RANGE if last else self.show_place(path)
            evidence = MissingStem(reason, shown, absence)
            if evidence.proves(self.claim):
                yield evidence

    def list_written_stems(self) -> Iterator[StemReason]:
        """List the stems with a key that has another value afterwards."""
        seen: set[Stem] = set()
        positions = groupby(range(len(self.leaves)), key=lambda i: self.leaves[i].key)
        for key, group in positions:
            first, *_ = places = list(group)
            is_written = self.leaves[first].value != self.leaves[places[-1]].value
            if is_written and key[:31] not in seen:
                seen.add(key[:31])
                yield StemReason(
                    stem=key[:31],
                    first=compute_range(self.access_items, first, 1),
                    last=show(self.access_items, places[-1], places[-1] + 2),
                    node=NO_RANGE,
                    body=bytes(32),
                )

    def list_residents(self) -> Iterator[StemReason]:
        """List the stems in whose slot there is a new inner node."""
        for path, entry in self.entries.items():
            content = self.view.look(path).content
            if entry.stem is None and any(content.body):
                node = self.show_entry(path)
                yield StemReason(content.stem, NO_RANGE, NO_RANGE, node, content.body)

    def show_entry(self, path: bytes) -> Range:
        """Show the entry at a path."""
        return compute_range(self.update_items, [*self.entries].index(path), 1)

    def show_place(self, path: bytes) -> Range:
        """Show the entries around the place of an entry that is not there."""
        place = bisect_left([entry.order for entry in self.entries.values()], (len(path), path))
        return show(self.update_items, place - 1, place + 1)

    def show_kids(self, path: bytes) -> Range:
        """Show the entries below a node, with the ones before and after them."""
        orders = [entry.order for entry in self.entries.values()]
        length = len(path) + 1
        start = bisect_left(orders, (length, path + b"\0"))
        stop = bisect_left(orders, (length, path + b"\xff\0"))
        return show(self.update_items, start - 1, stop + 1)

    def show_leaves(self, stem: Stem) -> Range:
        """Show the leaves of a stem, with the ones before and after them."""
        keys = [leaf.key[:31] for leaf in self.leaves]
        start = bisect_left(keys, stem)
        return show(self.access_items, start - 1, start + keys.count(stem) + 1)


def list_short_ranges(items: Sequence[bytes]) -> Iterator[Range]:
    """List all ranges of one and of two items."""
    for position in range(len(items)):
        yield compute_range(items, position, 1)
        if position + 1 < len(items):
            yield compute_range(items, position, 2)


def show(items: Sequence[bytes], start: int, stop: int) -> Range:
    """Show the items from one index up to another, as far as there are any."""
    start, stop = max(start, 0), min(stop, len(items))
    return compute_range(items, start, stop - start) if items else NO_RANGE
