"""Capture and stall probabilities against exact sums, and the elections that are refused."""

import itertools
import time
from decimal import Decimal
from fractions import Fraction
from math import comb

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corollup.errors import ArgumentError
from corollup.spec.security import (
    ARITHMETIC,
    MAX_COMMITTEE_SIZE,
    Election,
    assess_capture,
    assess_stall,
    compute_binomial_tail,
    compute_hypergeometric_tail,
    compute_repeated,
    compute_union_bound,
)

PUBLIC = Election(
    nodes=1024,
    byzantine=Fraction(1, 3),
    committee_size=128,
    committees=8,
    quorum_share=Fraction(2, 3),
    epoch_seconds=21_600,
    binomial=False,
)


def elect(**changes: object) -> Election:
    fields = {name: getattr(PUBLIC, name) for name in Election.__slots__}
    return Election(**{**fields, **changes})


def assert_close(found: Decimal, exact: Fraction) -> None:
    """Check forty digits."""
    expected = ARITHMETIC.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    assert abs(found - expected) <= abs(expected) * Decimal("1e-40")


@pytest.mark.parametrize(
    ("size", "quorum", "probability"),
    [(32, 22, "4.512e-5"), (64, 43, "3.277e-8"), (128, 86, "5.552e-15")],
)
def test_table_of_the_proposal(size: int, quorum: int, probability: str) -> None:
    election = elect(committee_size=size, binomial=True)
    assert election.quorum == quorum
    assert f"{assess_capture(election).single:.3e}" == probability


def test_hypergeometric_tail_counts_the_draws() -> None:
    # Every committee of every small population, one by one.
    for population in range(1, 8):
        for marked, sample in itertools.product(range(population + 1), range(1, population + 1)):
            draws = [
                sum(node < marked for node in draw)
                for draw in itertools.combinations(range(population), sample)
            ]
            for least in range(-1, sample + 2):
                exact = Fraction(sum(count >= least for count in draws), len(draws))
                assert_close(compute_hypergeometric_tail(population, marked, sample, least), exact)


def test_binomial_tail_counts_the_draws() -> None:
    for share in (Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(5, 7), Fraction(1)):
        for sample in range(1, 7):
            for least in range(-1, sample + 2):
                exact = sum(
                    (
                        share ** sum(draw) * (1 - share) ** (sample - sum(draw))
                        for draw in itertools.product((0, 1), repeat=sample)
                        if sum(draw) >= least
                    ),
                    Fraction(0),
                )
                assert_close(compute_binomial_tail(share, sample, least), exact)


@given(st.integers(1, 300), st.data())
@example(300, None)
def test_hypergeometric_tail_is_the_exact_sum(population: int, data: st.DataObject | None) -> None:
    if data is None:
        marked, sample, least = 100, 100, 67
    else:
        marked = data.draw(st.integers(0, population))
        sample = data.draw(st.integers(1, population))
        least = data.draw(st.integers(0, sample + 1))
    ways = sum(
        comb(marked, count) * comb(population - marked, sample - count)
        for count in range(least, sample + 1)
    )
    exact = Fraction(ways, comb(population, sample))
    assert_close(compute_hypergeometric_tail(population, marked, sample, least), exact)


@given(st.fractions(0, 1, max_denominator=1000), st.integers(1, 200), st.integers(0, 201))
def test_binomial_tail_is_the_exact_sum(share: Fraction, sample: int, least: int) -> None:
    exact = sum(
        (
            comb(sample, count) * share**count * (1 - share) ** (sample - count)
            for count in range(least, sample + 1)
        ),
        Fraction(0),
    )
    assert_close(compute_binomial_tail(share, sample, least), exact)


def test_binomial_is_the_limit_of_many_nodes() -> None:
    limit = assess_capture(elect(binomial=True)).single
    distances = [
        abs(assess_capture(elect(nodes=nodes)).single / limit - 1)
        for nodes in (10**4, 10**6, 10**8, 10**10)
    ]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < Decimal("1e-6")


@pytest.mark.parametrize("size", [128, 1024, 8192])
def test_huge_population_is_fast(size: int) -> None:
    started = time.process_time()
    election = elect(nodes=10**6, committee_size=size, committees=1, byzantine=Fraction(1, 4))
    assert 0 < assess_capture(election).single < assess_stall(election).single < 1
    assert time.process_time() - started < 2


def test_probability_below_every_float_is_no_zero() -> None:
    election = elect(nodes=10**6, committee_size=4096, committees=1, byzantine=Fraction(1, 4))
    assert f"{assess_capture(election).single:.3e}" == "1.646e-688"


def test_certain_and_impossible_events() -> None:
    assert assess_capture(elect(byzantine=0)).per_year == 0
    assert assess_stall(elect(byzantine=0)).per_year == 0
    assert assess_capture(elect(byzantine=1024)).single == 1
    assert assess_stall(elect(byzantine=1024)).per_year == 1
    assert assess_capture(elect(byzantine=85)).single == 0
    assert assess_capture(elect(byzantine=86)).single > 0


def test_share_is_the_largest_number_of_nodes_not_above_it() -> None:
    assert elect(byzantine=Fraction(1, 3)).byzantine_nodes == 341
    assert elect(byzantine=341).byzantine_share == Fraction(341, 1024)
    assert assess_capture(elect(byzantine=341)) == assess_capture(elect())


def test_quorum_and_blocking_share_one_member() -> None:
    for size in range(1, 130):
        election = elect(committee_size=size, committees=1)
        assert election.quorum == -(-2 * size // 3)
        assert election.quorum + election.blocking == size + 1


def test_union_is_bounded_by_the_sum() -> None:
    assert compute_union_bound(Decimal("0.01"), 8) == Decimal("0.08")
    assert compute_union_bound(Decimal("0.2"), 8) == 1


@given(st.fractions(0, 1, max_denominator=50), st.integers(1, 60))
def test_repeated_tries_are_independent(probability: Fraction, times: int) -> None:
    single = ARITHMETIC.divide(Decimal(probability.numerator), Decimal(probability.denominator))
    assert_close_sum(compute_repeated(single, times), 1 - (1 - probability) ** times)


def assert_close_sum(found: Decimal, exact: Fraction) -> None:
    """Check twenty digits: the difference from one cancels some."""
    expected = ARITHMETIC.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    assert abs(found - expected) <= expected * Decimal("1e-20")


@pytest.mark.parametrize("exponent", [19, 20, 21, 22, 500])
def test_repeated_rare_tries_add_up(exponent: int) -> None:
    found = compute_repeated(Decimal(10) ** -exponent, 1461)
    assert abs(found / (1461 * Decimal(10) ** -exponent) - 1) < Decimal("1e-15")


def test_draws_of_a_year_are_rounded_up() -> None:
    assert elect().draws_per_year == 1461
    assert elect(epoch_seconds=21_599).draws_per_year == 1462
    assert elect(epoch_seconds=31_557_600).draws_per_year == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nodes": 0}, "nodes 0 is not in 1..1000000000000"),
        ({"nodes": 10**12 + 1}, "nodes 1000000000001 is not in 1..1000000000000"),
        ({"committee_size": 0}, "committee size 0 is not in 1..65536"),
        ({"committee_size": 65537}, "committee size 65537 is not in 1..65536"),
        ({"committees": 0}, "committees 0 is not in 1..1000000000000"),
        ({"committees": 9}, "9 committees of 128 need 1152 nodes, there are 1024"),
        ({"byzantine": -1}, "byzantine -1 is not in 0..1024"),
        ({"byzantine": 1025}, "byzantine 1025 is not in 0..1024"),
        ({"byzantine": Fraction(4, 3)}, "byzantine 4/3 is not in 0..1"),
        ({"byzantine": Fraction(1, 10**12 + 1)}, "byzantine has a denominator above 1000000000000"),
        ({"quorum_share": Fraction(0)}, "quorum 0 is not above 0"),
        ({"quorum_share": Fraction(3, 2)}, "quorum 3/2 is not in 0..1"),
        ({"epoch_seconds": 0}, "epoch seconds 0 is not in 1..31557600"),
    ],
)
def test_impossible_election_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        elect(**changes)
    assert str(refusal.value) == message


def test_elections_at_the_limits_are_taken() -> None:
    assert elect(nodes=10**12, byzantine=10**12).byzantine_nodes == 10**12
    assert elect(byzantine=Fraction(1, 10**12)).byzantine_nodes == 0
    assert elect(quorum_share=Fraction(1)).blocking == 1
    assert elect(committees=9, binomial=True).committees == 9
    largest = elect(committee_size=MAX_COMMITTEE_SIZE, committees=1, nodes=MAX_COMMITTEE_SIZE)
    assert assess_stall(largest).single == 0
