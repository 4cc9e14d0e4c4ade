"""The draw: a permutation, equal committees, one producer a view."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corollup.spec.committee import (
    compute_committee_index,
    compute_committees,
    compute_quorum,
    compute_shuffled_seats,
    compute_submitter_rank,
    compute_ticket,
)
from corollup.spec.encoding import keccak256

SEED = bytes(range(32))


@given(st.binary(min_size=32, max_size=32), st.integers(0, 70))
def test_shuffle_is_a_permutation(seed: bytes, count: int) -> None:
    assert sorted(compute_shuffled_seats(seed, range(count))) == list(range(count))


def test_shuffle_follows_the_text_of_the_rule() -> None:
    expected = list(range(5))
    for i in (4, 3, 2, 1):
        j = int.from_bytes(keccak256(SEED + i.to_bytes(32, "big")), "big") % (i + 1)
        expected[i], expected[j] = expected[j], expected[i]
    assert compute_shuffled_seats(SEED, range(5)) == expected


def test_shuffle_is_even() -> None:
    """Each of the 24 orders of four seats comes up about equally often."""
    seeds = (keccak256(i.to_bytes(4, "big")) for i in range(4800))
    orders = Counter(tuple(compute_shuffled_seats(seed, range(4))) for seed in seeds)
    assert len(orders) == 24
    assert all(140 < times < 260 for times in orders.values())


def test_committees_part_the_seats() -> None:
    committees = compute_committees(SEED, range(12), 3)
    assert [len(committee) for committee in committees] == [4, 4, 4]
    assert sorted(seat for committee in committees for seat in committee) == list(range(12))


def test_consecutive_packets_and_rungs_go_to_consecutive_committees() -> None:
    first = compute_committee_index(SEED, 0, 0, 5)
    for number in range(12):
        assert compute_committee_index(SEED, number, 0, 5) == (first + number) % 5
        assert compute_committee_index(SEED, number, 1, 5) == (first + number + 1) % 5


@pytest.mark.parametrize(("size", "quorum"), [(1, 1), (2, 2), (3, 2), (4, 3), (32, 22), (128, 86)])
def test_quorum_is_two_thirds_rounded_up(size: int, quorum: int) -> None:
    assert compute_quorum(size) == quorum


def test_tickets_follow_the_stake() -> None:
    """A producer with three quarters of the stake has about three quarters of the views."""
    views = sum(compute_ticket(SEED, view, 4) < 3 for view in range(2000))
    assert 1400 < views < 1600


@given(st.binary(min_size=32, max_size=32), st.integers(1, 50))
def test_submitter_ranks_are_all_different(digest: bytes, size: int) -> None:
    ranks = {compute_submitter_rank(position, digest, size) for position in range(size)}
    assert ranks == set(range(size))
