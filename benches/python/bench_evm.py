"""Execution and stateless verification: the native core, and the specification on EELS."""

from typing import Final

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from corollup.engine import ReplayBlock, get_engine
from corollup.replay.files import read_blocks
from corollup.spec.verdict import Context
from tests.differential.native_packets import build_block, execute_by_specification
from tests.support import require_data

BLOCK: Final = 2675000
EXECUTION: Final = f"execute block {BLOCK}: 15 transactions, 1.3 million gas"
VERIFICATION: Final = f"verify block {BLOCK} without the state"


@pytest.fixture(scope="module")
def block() -> ReplayBlock:
    [files] = read_blocks([require_data(f"mainnet-blocks/blocks/{BLOCK}")])
    return ReplayBlock(files.block, files.pre_state, files.codes, files.block_hashes)


@pytest.fixture(scope="module")
def encoded(block: ReplayBlock) -> bytes:
    return build_block(block)


@pytest.mark.benchmark(group=EXECUTION)
def test_execute_native(benchmark: BenchmarkFixture, block: ReplayBlock) -> None:
    benchmark(block.run_bare, 1)


@pytest.mark.benchmark(group=EXECUTION)
def test_execute_reference(benchmark: BenchmarkFixture, encoded: bytes) -> None:
    benchmark.pedantic(execute_by_specification, [encoded], rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group=VERIFICATION)
def test_verify_native(benchmark: BenchmarkFixture, encoded: bytes) -> None:
    verdict = benchmark(get_engine("native").endorser.verify, encoded, Context())
    assert verdict.status == 1


@pytest.mark.benchmark(group=VERIFICATION)
def test_verify_reference(benchmark: BenchmarkFixture, encoded: bytes) -> None:
    verify = get_engine("reference").endorser.verify
    verdict = benchmark.pedantic(verify, [encoded, Context()], rounds=1)
    assert verdict.status == 1
