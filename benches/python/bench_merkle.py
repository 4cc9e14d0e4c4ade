"""The root over a thousand transactions of a packet."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from corollup.spec.merkle import compute_merkle_root

TRANSACTIONS = [b"\x02" * 110] * 1000


@pytest.mark.benchmark(group="Merkle root of 1000 transactions")
def test_reference(benchmark: BenchmarkFixture) -> None:
    benchmark(compute_merkle_root, TRANSACTIONS)
