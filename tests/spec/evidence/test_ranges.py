"""A range proves its items at their places, and nothing else."""

from dataclasses import replace

import pytest

from corollup.spec.evidence.ranges import NO_RANGE, Range, compute_range, verify_range
from corollup.spec.merkle import compute_merkle_path, compute_merkle_root

ITEMS = [bytes([i]) * (i % 3) for i in range(21)]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13, 21])
def test_every_range_of_a_list_verifies(count: int) -> None:
    items = ITEMS[:count]
    root = compute_merkle_root(items)
    for first in range(count):
        for size in range(1, count - first + 1):
            shown = compute_range(items, first, size)
            assert verify_range(root, shown)
            assert (shown.is_at_start, shown.is_at_end) == (first == 0, first + size == count)
            for wrong in list_alterations(shown):
                assert not verify_range(root, wrong)


def list_alterations(shown: Range) -> list[Range]:
    return [
        replace(shown, first=shown.first + 1),
        replace(shown, count=shown.count + 1),
        replace(shown, count=shown.count - 1),
        replace(shown, items=(*shown.items, b"")),
        replace(shown, items=shown.items[1:]),
        replace(shown, items=(shown.items[0] + b"\0", *shown.items[1:])),
        replace(shown, path=(*shown.path, bytes(32))),
        replace(shown, path=shown.path[1:]) if shown.path else replace(shown, path=(bytes(32),)),
    ]


@pytest.mark.parametrize("count", [1, 2, 7, 21])
def test_a_range_of_one_item_has_its_path(count: int) -> None:
    for index in range(count):
        path = compute_merkle_path(ITEMS[:count], index)
        assert compute_range(ITEMS[:count], index, 1).path == path.siblings


def test_the_empty_list_is_shown_by_no_range() -> None:
    assert verify_range(compute_merkle_root([]), NO_RANGE)
    assert not verify_range(compute_merkle_root(ITEMS), NO_RANGE)
    assert not verify_range(compute_merkle_root([]), replace(NO_RANGE, count=1))
