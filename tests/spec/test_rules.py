"""Header rules: the base fee of EIP-1559, views, and what a packet takes over from its parent."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corollup.spec.constants import REPLAY_VERSION, Fork
from corollup.spec.containers import Config, Genesis, GenesisParent, Header, HeaderParent
from corollup.spec.rules import (
    compute_base_fee,
    compute_view,
    get_inbox,
    get_l1_number,
    get_timestamp,
    make_environment,
)
from tests.vectors.generate import make_struct

CONFIG = replace(make_struct(Config, "config"), genesis_time=1000, view_seconds=4)
GENESIS = make_struct(Genesis, "genesis")
HEADER = make_struct(Header, "header")


@pytest.mark.parametrize(
    ("gas_used", "gas_limit", "base_fee", "expected"),
    [
        (15_000_000, 30_000_000, 1000, 1000),
        (30_000_000, 30_000_000, 1000, 1125),
        (0, 30_000_000, 1000, 875),
        (15_000_001, 30_000_000, 7, 8),
        (0, 30_000_000, 7, 7),
        (2**64 - 1, 2**64 - 1, 2**64 - 1, 2**64 - 1),
        (1, 0, 8, 8),
    ],
)
def test_the_base_fee_follows_eip_1559(
    gas_used: int, gas_limit: int, base_fee: int, expected: int
) -> None:
    header = replace(HEADER, gas_used=gas_used, gas_limit=gas_limit, base_fee=base_fee)
    assert compute_base_fee(HeaderParent(header)) == expected


@given(
    gas_used=st.integers(0, 2**64 - 1),
    gas_limit=st.integers(0, 2**64 - 1),
    base_fee=st.integers(0, 2**64 - 1),
)
def test_the_base_fee_stays_in_its_type(gas_used: int, gas_limit: int, base_fee: int) -> None:
    header = replace(HEADER, gas_used=gas_used, gas_limit=gas_limit, base_fee=base_fee)
    assert 0 <= compute_base_fee(HeaderParent(header)) < 2**64


@pytest.mark.parametrize(
    ("timestamp", "view"), [(999, None), (1000, 0), (1003, 0), (1004, 1), (1400, 100)]
)
def test_a_view_holds_its_seconds(timestamp: int, view: int | None) -> None:
    assert compute_view(CONFIG, timestamp) == view


def test_a_network_without_view_seconds_has_no_views() -> None:
    assert compute_view(replace(CONFIG, view_seconds=0), 1000) is None


def test_the_first_packet_takes_over_from_the_genesis() -> None:
    parent = GenesisParent(CONFIG, GENESIS)
    assert compute_base_fee(parent) == CONFIG.genesis_base_fee
    assert get_inbox(parent) == (0, bytes(32))
    assert get_timestamp(parent) == 1000
    assert get_l1_number(parent) == GENESIS.l1_number


def test_another_packet_takes_over_from_its_parent() -> None:
    parent = HeaderParent(HEADER)
    assert get_inbox(parent) == (HEADER.inbox_count, HEADER.inbox_hash)
    assert get_timestamp(parent) == HEADER.timestamp
    assert get_l1_number(parent) == HEADER.l1_number


def test_only_a_replay_has_blobs_and_their_base_fee() -> None:
    replayed = replace(HEADER, version=REPLAY_VERSION + Fork.CANCUN)
    environment = make_environment(replayed, Fork.CANCUN, 1, CONFIG)
    assert (environment.allows_blobs, environment.blob_base_fee) == (True, CONFIG.blob_base_fee)
    native = make_environment(replace(HEADER, version=1), Fork.OSAKA, 1, CONFIG)
    assert (native.allows_blobs, native.blob_base_fee) == (False, 1)
