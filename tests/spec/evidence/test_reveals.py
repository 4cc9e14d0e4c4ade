"""Answers to demands of a node."""

from dataclasses import replace

import pytest

from corollup.spec.evidence.reveals import (
    MAX_LEVEL,
    Answer,
    compute_answer,
    compute_levels,
    verify_answer,
)
from corollup.spec.merkle import compute_merkle_root


def make_items(count: int) -> list[bytes]:
    return [bytes([i]) * 5 for i in range(count)]


@pytest.mark.parametrize("count", range(8))
def test_every_place_of_a_list_is_answered(count: int) -> None:
    items = make_items(count)
    root = compute_merkle_root(items)
    for level in (*range(len(compute_levels(items)) + 1), MAX_LEVEL, MAX_LEVEL + 1):
        for index in range(count + 2):
            answer = compute_answer(items, level, index)
            assert verify_answer(root, level, index, answer), (level, index)
            assert not verify_answer(bytes(32), level, index, answer)


def test_wrong_answers_are_refused() -> None:
    items = make_items(5)
    root = compute_merkle_root(items)
    leaf = compute_answer(items, 0, 2)
    wrong = [
        replace(leaf, item=b"another"),
        replace(leaf, count=6),
        replace(leaf, count=2),
        replace(leaf, path=leaf.path[:-1]),
        replace(leaf, path=(*leaf.path, bytes(32))),
        # That there is no such node is no answer if there is one.
        Answer(count=1, path=tuple(compute_levels(items)[-1])),
        Answer(count=5, path=tuple(compute_levels(items)[-1])),
    ]
    for answer in wrong:
        assert not verify_answer(root, 0, 2, answer)
    node = compute_answer(items, 1, 0)
    assert verify_answer(root, 1, 0, node)
    assert not verify_answer(root, 1, 1, node)
    assert not verify_answer(root, 1, 0, replace(node, right=bytes(32)))
