"""For each fault of the lists a packet that has it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from corollup.spec.encoding import keccak256
from corollup.spec.evidence.access_list import AccessForm, ValueBefore
from corollup.spec.evidence.packets import Evidence
from corollup.spec.evidence.update_list import (
    MissingParent,
    MissingStem,
    NeedlessNode,
    StemOverOther,
    StemWithKids,
    UpdateForm,
)
from corollup.spec.evidence.update_nodes import ScalarBefore, WrongNode, WrongStem
from corollup.spec.verkle.updates import UpdateEntry, make_entry, sort_entries
from tests.spec.evidence.lists import Lists, make_leaf, make_lists
from tests.verkle_samples import VALUES, make_key, make_value

SMALL = make_key(b"\x01")
VECTOR = make_key(b"\x04", 40)
DEEP = make_key(b"\x02\x01\x01", 3)
LONE = make_key(b"\x03" * 31, 9)
BESIDE_LONE = make_key(b"\x03\x03\x03\x04")
NEW = make_key(b"\x05\x01")
STEM_5 = NEW[:31]

WRITES = [
    (SMALL, make_value(77)),
    (DEEP, make_value(78)),
    (BESIDE_LONE, make_value(79)),
    (VECTOR, make_value(80)),
    (make_key(b"\x04", 41), make_value(81)),
    (NEW, make_value(82)),
]
"""Writes that change every form of a slot."""

HONEST: Final = make_lists(VALUES, WRITES)
"""A packet without a fault."""


def with_updates(*entries: UpdateEntry) -> Lists:
    """Replace the entries with the paths of these, or add them."""
    new = {(entry.length, entry.path[: entry.length]): entry for entry in entries}
    old = [read(item) for item in HONEST.updates]
    kept = [entry for entry in old if (entry.length, entry.path[: entry.length]) not in new]
    updates = sort_entries([*kept, *new.values()])
    return replace(HONEST, updates=tuple(entry.encode() for entry in updates))


def read(item: bytes) -> UpdateEntry:
    return UpdateEntry(item[0], bool(item[1]), item[2:33], item[33:65], item[65:])


def find(path: bytes) -> UpdateEntry:
    entries = [read(item) for item in HONEST.updates]
    return next(entry for entry in entries if entry.path[: entry.length] == path)


def without(path: bytes) -> Lists:
    updates = tuple(item for item in HONEST.updates if item[2 : 2 + item[0]] != path)
    return replace(HONEST, updates=updates)


def with_access(old: bytes, *new: bytes) -> Lists:
    """Replace a leaf."""
    index = HONEST.access.index(old)
    return replace(HONEST, access=(*HONEST.access[:index], *new, *HONEST.access[index + 1 :]))


def make_false_value() -> Lists:
    return with_access(make_leaf(SMALL, 0, make_value(1)), make_leaf(SMALL, 0, make_value(2)))


def make_false_absence() -> Lists:
    leaf = make_leaf(NEW, 0, bytes(32))
    return with_access(leaf, make_leaf(NEW, 0, make_value(5)))


def make_false_vector_value() -> Lists:
    leaf = make_leaf(VECTOR, 0, VALUES[VECTOR])
    return with_access(leaf, make_leaf(VECTOR, 0, make_value(5)))


def make_repeated_write() -> Lists:
    leaf = make_leaf(SMALL, 2, make_value(77))
    return with_access(leaf, leaf, make_leaf(SMALL, 3, make_value(77)))


def make_key_without_start() -> Lists:
    return replace(HONEST, access=HONEST.access[1:])


def make_short_leaf() -> Lists:
    return replace(HONEST, access=(*HONEST.access, b"\0"))


def make_unordered_entries() -> Lists:
    first, second, *others = HONEST.updates
    return replace(HONEST, updates=(second, first, *others))


def make_entry_without_change() -> Lists:
    entry = find(b"\x01")
    return with_updates(replace(entry, after=entry.before))


def make_orphan() -> Lists:
    return without(b"\x02")


def make_stem_with_kids() -> Lists:
    kid = make_entry(b"\x01\x09", STEM_5, 0, 5)
    return with_updates(replace(kid, path=b"\x01\x09" + bytes(29)))


def make_stem_over_inner() -> Lists:
    entry = find(b"\x02")
    lists = with_updates(replace(entry, is_stem=True, path=DEEP[:31]))
    updates = tuple(item for item in lists.updates if item[0] == 1 or item[2] != 2)
    return replace(lists, updates=updates)


def make_stem_over_stem() -> Lists:
    entry = find(b"\x03")
    lists = with_updates(replace(entry, is_stem=True, path=BESIDE_LONE[:31]))
    updates = tuple(item for item in lists.updates if item[0] == 1 or item[2] != 3)
    return replace(lists, updates=updates)


def make_needless_node() -> Lists:
    entry = find(b"\x05")
    kid = make_entry(b"\x05\x01", STEM_5, 0, int.from_bytes(entry.after, "big"))
    return with_updates(replace(entry, is_stem=False, path=b"\x05" + bytes(30)), kid)


def make_unwritten_stem() -> Lists:
    return make_lists(VALUES, WRITES, WRITES[1:])


def make_lost_resident() -> Lists:
    return without(LONE[:4])


def make_false_scalar() -> Lists:
    return with_updates(replace(find(b"\x01"), before=make_value(3)))


def make_false_deep_scalar() -> Lists:
    return with_updates(replace(find(b"\x02\x01"), before=make_value(3)))


def make_wrong_inner_node() -> Lists:
    return with_updates(replace(find(b"\x02\x01"), after=make_value(3)))


def make_wrong_new_node() -> Lists:
    return with_updates(replace(find(b"\x03\x03"), after=make_value(3)))


def make_wrong_root() -> Lists:
    return replace(HONEST, post_root=make_value(3))


def make_wrong_value(key: bytes) -> Callable[[], Lists]:
    applied = [(k, make_value(99) if k == key else value) for k, value in WRITES]
    return lambda: make_lists(VALUES, WRITES, applied)


def make_unlisted_write() -> Lists:
    return make_lists(VALUES, WRITES, [*WRITES, (make_key(b"\x06"), make_value(1))])


FIFTH = [(make_key(b"\x01", suffix), make_value(suffix)) for suffix in range(1, 5)]


def make_wrong_fifth_value() -> Lists:
    return make_lists(VALUES, FIFTH, [*FIFTH[:-1], (FIFTH[-1][0], make_value(99))])


SAMPLES: Final[dict[str, tuple[Callable[[], Lists], type[Evidence]]]] = {
    "a false value of a small stem": (make_false_value, ValueBefore),
    "a false value of a vector stem": (make_false_vector_value, ValueBefore),
    "a value of an absent key": (make_false_absence, ValueBefore),
    "a write of the value that is there": (make_repeated_write, AccessForm),
    "a key without its value before": (make_key_without_start, AccessForm),
    "a leaf of another size": (make_short_leaf, AccessForm),
    "entries out of order": (make_unordered_entries, UpdateForm),
    "an entry without a change": (make_entry_without_change, UpdateForm),
    "an entry without its parent's": (make_orphan, MissingParent),
    "a slot below a stem": (make_stem_with_kids, StemWithKids),
    "a stem over an inner node": (make_stem_over_inner, StemOverOther),
    "a stem over another": (make_stem_over_stem, StemOverOther),
    "a node with one stem only": (make_needless_node, NeedlessNode),
    "a written stem left out": (make_unwritten_stem, MissingStem),
    "a stem that had to make place left out": (make_lost_resident, MissingStem),
    "a false scalar before": (make_false_scalar, ScalarBefore),
    "a false scalar before, deep": (make_false_deep_scalar, ScalarBefore),
    "a wrong inner node": (make_wrong_inner_node, WrongNode),
    "a wrong new node": (make_wrong_new_node, WrongNode),
    "a wrong root": (make_wrong_root, WrongNode),
    "a wrong small stem": (make_wrong_value(SMALL), WrongStem),
    "a wrong vector stem": (make_wrong_value(VECTOR), WrongStem),
    "a wrong new stem": (make_wrong_value(NEW), WrongStem),
    "a stem that became a vector, wrong": (make_wrong_fifth_value, WrongStem),
    "a stem that nobody wrote": (make_unlisted_write, WrongStem),
}
"""A packet and the fault that it has, by name."""


def make_large() -> Lists:
    """Make a packet with 400 written keys in a tree of 4096 stems."""
    values = {keccak256(i.to_bytes(4, "big")): make_value(i + 1) for i in range(4096)}
    return make_lists(values, [(key, make_value(7)) for key in [*values][:400]])


LARGE_PLACE: Final = 100
"""Index of the leaf and of the entry that are made wrong in a large packet."""


def make_large_false_value() -> tuple[Lists, Evidence]:
    lists = make_large()
    leaf = next(leaf for leaf in lists.access[LARGE_PLACE:] if leaf[35] == 0)
    index = lists.access.index(leaf)
    access = (*lists.access[:index], leaf[:36] + make_value(5), *lists.access[index + 1 :])
    lists = replace(lists, access=access)
    return lists, next(lists.search().find_values_before())


def make_large_wrong_entry(*, is_stem: bool) -> tuple[Lists, Evidence]:
    lists = make_large()
    places = range(LARGE_PLACE, len(lists.updates))
    index = next(i for i in places if read(lists.updates[i]).is_stem is is_stem)
    wrong = replace(read(lists.updates[index]), after=make_value(5))
    updates = (*lists.updates[:index], wrong.encode(), *lists.updates[index + 1 :])
    lists = replace(lists, updates=updates)
    search = lists.search()
    entry = search.entries[wrong.path[: wrong.length]]
    return lists, next(iter(search.find_faults_of_entry(entry)))


def make_large_wrong_root() -> tuple[Lists, Evidence]:
    lists = replace(make_large(), post_root=make_value(5))
    return lists, next(iter(lists.search().find_wrong_node(None)))


LARGE_SAMPLES: Final[dict[str, Callable[[], tuple[Lists, Evidence]]]] = {
    "a false value among 800 leaves": make_large_false_value,
    "a wrong stem among 600 entries": lambda: make_large_wrong_entry(is_stem=True),
    "a wrong inner node among 600 entries": lambda: make_large_wrong_entry(is_stem=False),
    "a wrong root over 600 entries": make_large_wrong_root,
}
"""A packet of usual size and the evidence of its fault, by name."""
