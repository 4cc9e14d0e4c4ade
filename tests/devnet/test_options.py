"""The bounds of a devnet's shape."""

import pytest

from corollup.devnet.options import (
    MAX_CACHE_MIB,
    MAX_STATE_CACHE_MIB,
    MAX_STATE_HISTORY,
    MIN_STATE_HISTORY,
    DevnetOptions,
)
from corollup.errors import UserError


@pytest.mark.parametrize("mib", [0, MAX_CACHE_MIB])
def test_caches_may_be_of_any_size_up_to_their_bound(mib: int) -> None:
    options = DevnetOptions(code_cache_mib=mib, point_cache_mib=mib)
    options.validate()
    options.make_caches()


@pytest.mark.parametrize("mib", [-1, MAX_CACHE_MIB + 1])
def test_cache_past_its_bound_is_refused(mib: int) -> None:
    with pytest.raises(UserError, match="--code-cache-mib"):
        DevnetOptions(code_cache_mib=mib).validate()
    with pytest.raises(UserError, match="--point-cache-mib"):
        DevnetOptions(point_cache_mib=mib).validate()


@pytest.mark.parametrize("history", [MIN_STATE_HISTORY, MAX_STATE_HISTORY])
@pytest.mark.parametrize("mib", [0, MAX_STATE_CACHE_MIB])
def test_state_has_its_bounds(history: int, mib: int) -> None:
    options = DevnetOptions(state_history=history, state_cache_mib=mib)
    options.validate()
    assert options.state_limits.history == history


@pytest.mark.parametrize("history", [MIN_STATE_HISTORY - 1, MAX_STATE_HISTORY + 1])
def test_history_past_its_bounds_is_refused(history: int) -> None:
    with pytest.raises(UserError, match="--state-history"):
        DevnetOptions(state_history=history).validate()


@pytest.mark.parametrize("mib", [-1, MAX_STATE_CACHE_MIB + 1])
def test_memory_of_a_state_past_its_bound_is_refused(mib: int) -> None:
    with pytest.raises(UserError, match="--state-cache-mib"):
        DevnetOptions(state_cache_mib=mib).validate()
