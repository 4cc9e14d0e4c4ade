"""The access list: one encoding a list, sorted leaves, a bounded size."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corollup.errors import Reason, Rejected
from corollup.spec.access_list import (
    AccessList,
    AccountAccess,
    Entry,
    SlotAccess,
    Write,
    compute_access_root,
    encode_access_leaves,
)
from corollup.spec.merkle import compute_merkle_root
from corollup.spec.verkle.keys import compute_storage_key
from tests.spec.strategies import access_lists, byte_changes, decode_or_refuse

ZERO = Entry(bytes(32))


@given(data=st.data())
@settings(max_examples=80)
def test_an_access_list_has_one_encoding(data: st.DataObject) -> None:
    access_list = data.draw(access_lists)
    encoded = access_list.encode()
    assert AccessList.decode(encoded) == access_list
    changed = data.draw(byte_changes(encoded))
    other = decode_or_refuse(AccessList.decode, changed)
    assert other is None or (other != access_list and other.encode() == changed)


@given(access_list=access_lists)
def test_leaves_ascend_strictly_and_begin_with_the_value_before(access_list: AccessList) -> None:
    leaves = encode_access_leaves(access_list)
    places = [leaf[:36] for leaf in leaves]
    assert places == sorted(set(places))
    assert all(key + bytes(4) + entry.before in leaves for key, entry in access_list.get_entries())
    assert compute_access_root(access_list) == compute_merkle_root(leaves)


def test_leaves_of_a_slot() -> None:
    address = b"\1" * 20
    entry = Entry(b"\2" * 32, (Write(1, b"\3" * 32), Write(4, b"\4" * 32)))
    access_list = AccessList((AccountAccess(address, ZERO, ZERO, (SlotAccess(9, entry),)),))

    key = compute_storage_key(address, 9)
    assert [leaf for leaf in encode_access_leaves(access_list) if leaf[:32] == key] == [
        key + b"\0\0\0\0" + b"\2" * 32,
        key + b"\0\0\0\1" + b"\3" * 32,
        key + b"\0\0\0\4" + b"\4" * 32,
    ]
    assert (entry.after, ZERO.after) == (b"\4" * 32, bytes(32))


def make_accounts(entries: int) -> bytes:
    accounts = (AccountAccess(bytes(19) + bytes([it]), ZERO, ZERO) for it in range(entries // 2))
    return AccessList(tuple(accounts)).encode()


def make_slots(entries: int) -> bytes:
    slots = tuple(SlotAccess(slot, ZERO) for slot in range(entries - 2))
    return AccessList((AccountAccess(bytes(20), ZERO, ZERO, slots),)).encode()


@pytest.mark.parametrize(("make", "past_bound"), [(make_accounts, 10), (make_slots, 9)])
def test_entries_are_bounded(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[int], bytes], past_bound: int
) -> None:
    monkeypatch.setattr("corollup.spec.access_list.MAX_ACCESS_ENTRIES", 8)
    assert AccessList.decode(make(8)).encode() == make(8)
    with pytest.raises(Rejected) as caught:
        AccessList.decode(make(past_bound))
    assert caught.value.reason is Reason.LIMIT_EXCEEDED
    assert caught.value.message == f"access list has {past_bound} entries, the limit is 8"
