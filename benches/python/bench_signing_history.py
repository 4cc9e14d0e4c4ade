"""What an endorsement costs with the history that keeps a key from signing twice, and without."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from corollup import bls
from corollup.node.signing_history import SigningHistory
from corollup.spec.containers import compute_endorse_message

(SECRET,) = bls.derive_keys(1, seed=3)
DOMAIN = bytes(32)

group = pytest.mark.benchmark(group="endorse a packet: sign, with its history on disk or not")


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SigningHistory]:
    with SigningHistory.open(tmp_path / "key.history", create=True) as opened:
        yield opened


def make_endorser(history: SigningHistory | None) -> Callable[[], None]:
    numbers = count()

    def endorse() -> None:
        number = next(numbers)
        digest = number.to_bytes(32)
        if history is not None:
            history.record(DOMAIN, number, 0, digest, 1)
        SECRET.sign(compute_endorse_message(digest, 1))

    return endorse


@group
def test_sign_with_history(benchmark: BenchmarkFixture, history: SigningHistory) -> None:
    benchmark(make_endorser(history))


@group
def test_sign_without_history(benchmark: BenchmarkFixture) -> None:
    benchmark(make_endorser(None))
