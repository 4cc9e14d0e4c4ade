"""The Merkle tree: roots, and paths that prove exactly one item at one index."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corollup.spec.encoding import keccak256
from corollup.spec.merkle import (
    MerklePath,
    compute_merkle_path,
    compute_merkle_root,
    verify_merkle_path,
)

item_lists = st.lists(st.binary(max_size=70), max_size=20)


def hash_leaf(item: bytes) -> bytes:
    return keccak256(b"\x20" + item)


def hash_node(left: bytes, right: bytes) -> bytes:
    return keccak256(b"\x21" + left + right)


def test_an_empty_tree_has_a_root_of_its_own() -> None:
    assert compute_merkle_root([]) == keccak256(b"\x22" + bytes(8))


def test_three_items_split_at_two() -> None:
    a, b, c = (hash_leaf(item) for item in (b"a", b"b", b"c"))
    top = hash_node(hash_node(a, b), c)
    assert compute_merkle_root([b"a", b"b", b"c"]) == keccak256(b"\x22" + bytes(7) + b"\3" + top)


def test_six_items_split_at_four() -> None:
    items = [bytes([number]) for number in range(6)]
    a, b, c, d, e, f = (hash_leaf(item) for item in items)
    top = hash_node(hash_node(hash_node(a, b), hash_node(c, d)), hash_node(e, f))
    assert compute_merkle_root(items) == keccak256(b"\x22" + bytes(7) + b"\6" + top)


@given(items=item_lists, other=item_lists)
def test_different_items_have_different_roots(items: list[bytes], other: list[bytes]) -> None:
    assert (compute_merkle_root(items) == compute_merkle_root(other)) == (items == other)


@given(items=item_lists.filter(bool), data=st.data())
def test_a_path_proves_its_item_alone(items: list[bytes], data: st.DataObject) -> None:
    root = compute_merkle_root(items)
    index = data.draw(st.integers(0, len(items) - 1))
    path = compute_merkle_path(items, index)

    assert verify_merkle_path(root, items[index], path)
    assert not verify_merkle_path(root, items[index] + b"\0", path)
    assert not verify_merkle_path(keccak256(root), items[index], path)


@given(items=st.lists(st.binary(max_size=8), min_size=1, max_size=20, unique=True), data=st.data())
def test_a_path_fits_one_index_and_one_count(items: list[bytes], data: st.DataObject) -> None:
    root = compute_merkle_root(items)
    index = data.draw(st.integers(0, len(items) - 1))
    other_index = data.draw(st.integers(-1, len(items)).filter(lambda other: other != index))
    path = compute_merkle_path(items, index)

    for changed in (
        MerklePath(path.count, other_index, path.siblings),
        MerklePath(path.count + 1, index, path.siblings),
        MerklePath(path.count, index, (*path.siblings, bytes(32))),
        MerklePath(path.count, index, tuple(keccak256(node) for node in path.siblings) or (root,)),
    ):
        assert not verify_merkle_path(root, items[index], changed)


@pytest.mark.parametrize("index", [-1, 2])
def test_an_item_outside_the_tree_has_no_path(index: int) -> None:
    with pytest.raises(IndexError, match=f"index {index} of 2 items"):
        compute_merkle_path([b"a", b"b"], index)
