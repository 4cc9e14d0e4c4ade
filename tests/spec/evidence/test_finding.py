"""An honest list breaks no rule, and a wrong list or root breaks at least one."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corollup.l1.faults import REPORTS
from corollup.spec.evidence.packets import Evidence
from corollup.spec.evidence.update_nodes import WrongNode
from tests.spec.evidence.lists import Lists, make_lists
from tests.spec.evidence.samples import HONEST, SAMPLES
from tests.verkle_samples import VALUES, make_key, make_value
from tests.verkle_samples import writes as write_lists

EXAMPLES = 10
"""Packets a property; the reference curve takes long."""

SMALL_VALUES = {
    make_key(b"\x01"): make_value(1),
    make_key(b"\x02\x01"): make_value(2),
    make_key(b"\x02\x02"): make_value(3),
    **{make_key(b"\x00", suffix): make_value(suffix) for suffix in range(1, 7)},
}


def find(lists: Lists) -> list[Evidence]:
    return list(lists.search().run())


def find_kinds(lists: Lists) -> set[type[Evidence]]:
    return {type(evidence) for evidence in find(lists)}


@settings(max_examples=EXAMPLES)
@given(write_lists)
def test_an_honest_list_breaks_no_rule(writes: list[tuple[bytes, bytes]]) -> None:
    assert find(make_lists(SMALL_VALUES, writes)) == []


@settings(max_examples=EXAMPLES)
@given(write_lists, write_lists)
def test_a_list_of_other_writes_breaks_a_rule(
    writes: list[tuple[bytes, bytes]], applied: list[tuple[bytes, bytes]]
) -> None:
    honest = make_lists(SMALL_VALUES, writes)
    lists = make_lists(SMALL_VALUES, writes, applied)
    assume(lists != honest)
    assert find(lists) != []


@settings(max_examples=EXAMPLES)
@given(write_lists, st.data())
def test_an_altered_list_breaks_a_rule(
    writes: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    honest = make_lists(SMALL_VALUES, writes)
    assume(honest.updates)
    altered = data.draw(st.sampled_from([drop, repeat, swap, flip, cut]))(honest, data)
    assume(altered != honest)
    assert find(altered) != []


def drop(lists: Lists, data: st.DataObject) -> Lists:
    index = data.draw(st.integers(0, len(lists.updates) - 1))
    return replace(lists, updates=lists.updates[:index] + lists.updates[index + 1 :])


def repeat(lists: Lists, data: st.DataObject) -> Lists:
    index = data.draw(st.integers(0, len(lists.updates) - 1))
    return replace(lists, updates=lists.updates[: index + 1] + lists.updates[index:])


def swap(lists: Lists, data: st.DataObject) -> Lists:
    updates = [*lists.updates]
    left, right = (data.draw(st.integers(0, len(updates) - 1)) for _ in range(2))
    updates[left], updates[right] = updates[right], updates[left]
    return replace(lists, updates=tuple(updates))


def flip(lists: Lists, data: st.DataObject) -> Lists:
    index = data.draw(st.integers(0, len(lists.updates) - 1))
    item = bytearray(lists.updates[index])
    item[data.draw(st.integers(0, len(item) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    return replace(
        lists, updates=(*lists.updates[:index], bytes(item), *lists.updates[index + 1 :])
    )


def cut(lists: Lists, data: st.DataObject) -> Lists:
    count = data.draw(st.integers(0, len(lists.updates) - 1))
    return replace(lists, updates=lists.updates[:count])


@settings(max_examples=EXAMPLES)
@given(write_lists, st.data())
def test_an_altered_access_list_breaks_a_rule(
    writes: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    honest = make_lists(SMALL_VALUES, writes)
    index = data.draw(st.integers(0, len(honest.access) - 1))
    item = bytearray(honest.access[index])
    item[data.draw(st.integers(36, 67))] ^= 1
    access = (*honest.access[:index], bytes(item), *honest.access[index + 1 :])
    assert find(replace(honest, access=access)) != []


def test_a_wrong_root_breaks_a_rule() -> None:
    honest = make_lists(VALUES, [(make_key(b"\x01"), make_value(9))])
    assert find_kinds(replace(honest, post_root=bytes(32))) == {WrongNode}
    unchanged = make_lists(VALUES, [(make_key(b"\x01"), make_value(1))])
    assert unchanged.updates == ()
    assert find_kinds(replace(unchanged, post_root=honest.post_root)) == {WrongNode}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_fault_is_found_and_proves_itself(name: str) -> None:
    make, kind = SAMPLES[name]
    search = make().search()
    found = [evidence for evidence in search.run() if isinstance(evidence, kind)]
    assert found != []
    assert found[0].proves(search.claim)
    assert not found[0].proves(HONEST.search().claim)


def test_the_samples_have_every_kind_of_fault() -> None:
    assert {kind for _, kind in SAMPLES.values()} == set(REPORTS)
