"""Public vectors of EIP-2537, through the library of the contracts."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from corollup.l1.abi import split_words
from tests.artifacts import LibraryHarness, Reverted
from tests.support import require_data


@cache
def read_cases(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(require_data(f"precompiles/{name}.json").read_text())
    return cases


@pytest.fixture(scope="module")
def harness() -> LibraryHarness:
    return LibraryHarness.deploy()


def add(name: str, size: int) -> Callable[[LibraryHarness, bytes], bytes]:
    return lambda harness, data: harness.call_raw(
        name, split_words(data[:size]), split_words(data[size:])
    )


CALLS: dict[str, tuple[int, int, Callable[[LibraryHarness, bytes], bytes]]] = {
    "blsG1Add": (0x0B, 256, add("addG1", 128)),
    "blsG2Add": (0x0D, 512, add("addG2", 256)),
    "blsMapG2": (0x11, 128, lambda harness, data: harness.call_raw("mapToG2", data)),
    "blsPairing": (0x0F, 384, lambda harness, data: harness.call_raw("isPairingOne", data)),
}
"""Number of the precompile, size of its input or of one pair of it, and the call."""


@pytest.mark.parametrize("name", CALLS)
def test_valid_inputs(harness: LibraryHarness, name: str) -> None:
    _, _, call = CALLS[name]
    cases = read_cases(name)
    assert len(cases) > 100
    for case in cases:
        output = call(harness, bytes.fromhex(case["Input"]))
        assert output.hex() == case["Expected"], case["Name"]


@pytest.mark.parametrize("name", CALLS)
def test_invalid_inputs_fail_cleanly(harness: LibraryHarness, name: str) -> None:
    precompile, size, call = CALLS[name]
    cases = read_cases(f"fail-{name}")
    # The library has no way to pass another length, except to the pairing.
    if name != "blsPairing":
        cases = [case for case in cases if len(case["Input"]) == 2 * size]
    assert len(cases) >= 2
    for case in cases:
        with pytest.raises(Reverted) as refusal:
            call(harness, bytes.fromhex(case["Input"]))
        expected = harness.artifact.encode_error("PrecompileFailed", precompile)
        assert refusal.value.data == expected, case["Name"]
