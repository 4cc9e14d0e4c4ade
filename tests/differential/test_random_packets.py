"""Random packets and mainnet blocks: one result on every backend, thread count and engine."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corollup.engine import (
    ReplayBlock,
    check_random_packets,
    get_engine,
    make_random_packets,
)
from corollup.replay.files import read_blocks
from corollup.spec.verdict import Context
from tests.support import require_data

# The execution specs raise the recursion limit when they are imported, which hypothesis watches.
pytest.importorskip("ethereum")

seeds = st.integers(0, 2**64 - 1)


@given(st.lists(seeds, min_size=5, max_size=5, unique=True))
@settings(max_examples=5)
def test_every_backend_and_thread_count_gives_the_same(chosen: list[int]) -> None:
    assert check_random_packets(chosen, small=False) == 40


@given(seeds, st.integers(0, 7))
@settings(max_examples=100)
def test_native_and_reference_give_the_same_verdict(seed: int, index: int) -> None:
    native, reference = (get_engine(name).endorser for name in ("native", "reference"))
    for encoded in make_random_packets(seed, small=True)[index]:
        found, expected = native.verify(encoded, Context()), reference.verify(encoded, Context())
        assert (found.status, found.reason) == (expected.status, expected.reason)
        assert (found.digest, found.header) == (expected.digest, expected.header)


def test_mainnet_blocks_give_the_same() -> None:
    for files in read_blocks([require_data("mainnet-blocks")]):
        block = ReplayBlock(files.block, files.pre_state, files.codes, files.block_hashes)
        block.check_determinism()


def test_seeds_make_packets_of_every_kind() -> None:
    engine = get_engine("native").endorser
    verdicts = [
        engine.verify(altered, Context())
        for seed in range(12)
        for _, altered in make_random_packets(seed, small=False)
    ]
    reasons = {verdict.reason.value for verdict in verdicts if verdict.reason is not None}
    assert {verdict.status for verdict in verdicts} == {None, 0, 1}
    assert len(reasons) >= 12, reasons


def test_the_same_seed_gives_the_same_packets() -> None:
    assert make_random_packets(7, small=True) == make_random_packets(7, small=True)
    assert make_random_packets(7, small=True) != make_random_packets(8, small=True)
