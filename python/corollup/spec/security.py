"""
How likely a random committee is captured, or stalled, by malicious nodes.

A committee of n is drawn from N nodes of which K are malicious, so their number X in it is
hypergeometric; for N without bound it is binomial with p = K/N:

    P[X = k] = C(K, k) · C(N−K, n−k) / C(N, n)           P[X = k] = C(n, k) · p^k · (1−p)^(n−k)

    captured    X ≥ q            they endorse what they like
    stalled     X ≥ n − q + 1    without them there is no quorum q

The first term of a tail is a quotient of exact integers, each further one a ratio of the last; all
is kept to fifty digits, of any size. Committees of one draw are not independent, so their union is
bounded by the sum, M times the single probability; draws are independent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from fractions import Fraction
from math import ceil, comb
from typing import Final, TypeAlias

from corollup.errors import ArgumentError

MAX_NODES: Final = 10**12
"""Largest population that is computed."""

MAX_COMMITTEE_SIZE: Final = 2**16
"""Largest committee that is computed."""

MAX_SHARE_DENOMINATOR: Final = 10**12
"""Largest denominator of a malicious share or a quorum."""

SECONDS_PER_YEAR: Final = 31_557_600
"""Seconds of a Julian year."""

DIGITS: Final = 50
"""Significant digits of the arithmetic; more than forty of a result are right."""

ARITHMETIC: Final = Context(prec=DIGITS, Emin=MIN_EMIN, Emax=MAX_EMAX)
"""Decimal arithmetic in which no probability underflows."""

SMALL: Final = Decimal("1e-20")
"""Below it, 1 − (1−u)^m is m·u to twenty digits, while computing it would cancel."""

NEGLIGIBLE: Final = Decimal(10) ** -DIGITS
"""A term below this part of the sum, as all that follow, does not change it."""

LEADING_BITS: Final = 256
"""Bits of an integer that decide the leading digits of a quotient."""

Byzantine: TypeAlias = int | Fraction
"""The malicious nodes: their number, or their share."""


@dataclass(frozen=True, slots=True)
class Election:
    """What is drawn: M disjoint committees of n from N nodes, again in every epoch."""

    nodes: int
    """Number of nodes, N."""

    byzantine: Byzantine
    """The malicious nodes, K; of a share, the largest number of nodes that is not above it."""

    committee_size: int
    """Members of a committee, n."""

    committees: int
    """Committees of one draw, M."""

    quorum_share: Fraction
    """Share of the members that is a quorum, rounded up."""

    epoch_seconds: int
    """Seconds between two draws."""

    binomial: bool
    """Whether each member is malicious independently, as in an unbounded population."""

    def __post_init__(self) -> None:
        _require_range("committee size", self.committee_size, 1, MAX_COMMITTEE_SIZE)
        _require_range("committees", self.committees, 1, MAX_NODES)
        _require_range("nodes", self.nodes, 1, MAX_NODES)
        _require_range("epoch seconds", self.epoch_seconds, 1, SECONDS_PER_YEAR)
        if isinstance(self.byzantine, Fraction):
            _require_share("byzantine", self.byzantine)
        else:
            _require_range("byzantine", self.byzantine, 0, self.nodes)
        _require_share("quorum", self.quorum_share)
        if self.quorum_share == 0:
            raise ArgumentError("quorum 0 is not above 0")
        seats = self.committees * self.committee_size
        if not self.binomial and seats > self.nodes:
            raise ArgumentError(
                f"{self.committees} committees of {self.committee_size} need {seats} nodes, "
                f"there are {self.nodes}"
            )

    @property
    def byzantine_nodes(self) -> int:
        """Number of malicious nodes, K."""
        share = self.byzantine
        return int(share * self.nodes) if isinstance(share, Fraction) else share

    @property
    def byzantine_share(self) -> Fraction:
        """Share of malicious nodes, p: exactly as given if it was given as a share."""
        share = self.byzantine
        return share if isinstance(share, Fraction) else Fraction(share, self.nodes)

    @property
    def quorum(self) -> int:
        """Members of a quorum, q."""
        return ceil(self.committee_size * self.quorum_share)

    @property
    def blocking(self) -> int:
        """The fewest members without whom there is no quorum."""
        return self.committee_size - self.quorum + 1

    @property
    def draws_per_year(self) -> int:
        """Draws in a year, rounded up."""
        return -(-SECONDS_PER_YEAR // self.epoch_seconds)


@dataclass(frozen=True, slots=True)
class Risk:
    """How likely it is that malicious members of a committee are at least so many."""

    members: int
    """The least number of malicious members."""

    single: Decimal
    """Probability for one committee."""

    any_committee: Decimal
    """Bound of the probability for any committee of one draw."""

    per_year: Decimal
    """Bound of the probability for any committee of a year."""


def assess_capture(election: Election) -> Risk:
    """Assess that a committee is captured: its malicious members are a quorum."""
    return assess_risk(election, election.quorum)


def assess_stall(election: Election) -> Risk:
    """Assess that a committee is stalled: its other members are no quorum."""
    return assess_risk(election, election.blocking)


def assess_risk(election: Election, members: int) -> Risk:
    """Assess that a committee has at least `members` malicious members."""
    if election.binomial:
        single = compute_binomial_tail(election.byzantine_share, election.committee_size, members)
    else:
        single = compute_hypergeometric_tail(
            election.nodes, election.byzantine_nodes, election.committee_size, members
        )
    any_committee = compute_union_bound(single, election.committees)
    per_year = compute_repeated(any_committee, election.draws_per_year)
    return Risk(members, single, any_committee, per_year)


def compute_hypergeometric_tail(population: int, marked: int, sample: int, least: int) -> Decimal:
    """Compute the probability of at least `least` marked ones in a sample."""
    others = population - marked
    most = min(marked, sample)
    if least <= max(sample - others, 0):
        return Decimal(1)
    if least > most:
        return Decimal(0)
    ways = comb(marked, least) * comb(others, sample - least)
    ratios = (
        ((marked - count) * (sample - count), (count + 1) * (others - sample + count + 1))
        for count in range(least, most)
    )
    return _sum_terms(_divide(ways, comb(population, sample)), ratios)


def compute_binomial_tail(probability: Fraction, sample: int, least: int) -> Decimal:
    """Compute the probability of at least `least` successes in a sample."""
    success, failure = probability.numerator, probability.denominator - probability.numerator
    if least <= 0 or (failure == 0 and least <= sample):
        return Decimal(1)
    if least > sample or success == 0:
        return Decimal(0)
    ways = comb(sample, least) * success**least * failure ** (sample - least)
    ratios = (((sample - count) * success, (count + 1) * failure) for count in range(least, sample))
    return _sum_terms(_divide(ways, probability.denominator**sample), ratios)


def _sum_terms(first: Decimal, ratios: Iterable[tuple[int, int]]) -> Decimal:
    """Sum a term and those that follow it, each a ratio (numerator, denominator) of the last."""
    total = term = first
    for numerator, denominator in ratios:
        term = ARITHMETIC.multiply(term, ARITHMETIC.divide(Decimal(numerator), denominator))
        total = ARITHMETIC.add(total, term)
        # The ratios fall, so once below one half the rest is less than this term.
        if 2 * numerator < denominator and ARITHMETIC.multiply(total, NEGLIGIBLE) > term:
            break
    return min(total, Decimal(1))


def _divide(numerator: int, denominator: int) -> Decimal:
    """Divide integers of up to a million digits, of which the leading ones decide."""
    excess = max(min(numerator.bit_length(), denominator.bit_length()) - LEADING_BITS, 0)
    return ARITHMETIC.divide(Decimal(numerator >> excess), Decimal(denominator >> excess))


def compute_union_bound(probability: Decimal, events: int) -> Decimal:
    """Bound the probability of any of `events` events, however they depend on each other."""
    return min(ARITHMETIC.multiply(probability, Decimal(events)), Decimal(1))


def compute_repeated(probability: Decimal, times: int) -> Decimal:
    """Compute the probability of an event in any of `times` independent tries, 1 − (1−u)^m."""
    expected = ARITHMETIC.multiply(probability, Decimal(times))
    if expected < SMALL:
        return expected
    none = ARITHMETIC.power(ARITHMETIC.subtract(Decimal(1), probability), Decimal(times))
    return ARITHMETIC.subtract(Decimal(1), none)


def _require_range(what: str, value: int, least: int, largest: int) -> None:
    if not least <= value <= largest:
        raise ArgumentError(f"{what} {value} is not in {least}..{largest}")


def _require_share(what: str, share: Fraction) -> None:
    if not 0 <= share <= 1:
        raise ArgumentError(f"{what} {share} is not in 0..1")
    if share.denominator > MAX_SHARE_DENOMINATOR:
        raise ArgumentError(f"{what} has a denominator above {MAX_SHARE_DENOMINATOR}")
