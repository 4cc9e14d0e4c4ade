"""Public vectors of the precompiles, through revm."""

import json
from typing import Any, Final

import pytest

from corollup.engine import run_precompile
from tests.support import require_data

GAS_LIMIT: Final = 1_000_000_000

PRECOMPILES: Final = {
    "ecRecover": (0x01, "Osaka"),
    "modexp": (0x05, "Istanbul"),
    "modexp_eip7883": (0x05, "Osaka"),
    "bn256Add": (0x06, "Osaka"),
    "bn256ScalarMul": (0x07, "Osaka"),
    "bn256Pairing": (0x08, "Osaka"),
    "blake2F": (0x09, "Osaka"),
    "fail-blake2f": (0x09, "Osaka"),
    "pointEvaluation": (0x0A, "Osaka"),
    "blsG1Add": (0x0B, "Osaka"),
    "fail-blsG1Add": (0x0B, "Osaka"),
    "blsG1MultiExp": (0x0C, "Osaka"),
    "fail-blsG1MultiExp": (0x0C, "Osaka"),
    "blsG1Mul": (0x0C, "Osaka"),
    "fail-blsG1Mul": (0x0C, "Osaka"),
    "blsG2Add": (0x0D, "Osaka"),
    "fail-blsG2Add": (0x0D, "Osaka"),
    "blsG2MultiExp": (0x0E, "Osaka"),
    "fail-blsG2MultiExp": (0x0E, "Osaka"),
    "blsG2Mul": (0x0E, "Osaka"),
    "fail-blsG2Mul": (0x0E, "Osaka"),
    "blsPairing": (0x0F, "Osaka"),
    "fail-blsPairing": (0x0F, "Osaka"),
    "blsMapG1": (0x10, "Osaka"),
    "fail-blsMapG1": (0x10, "Osaka"),
    "blsMapG2": (0x11, "Osaka"),
    "fail-blsMapG2": (0x11, "Osaka"),
}
"""Address and fork of each file's precompile. The gas of modexp changed twice since Istanbul."""


def run(vector: dict[str, Any], name: str, gas_limit: int) -> tuple[bytes, int] | None:
    number, fork = PRECOMPILES[name]
    address = number.to_bytes(20, "big")
    return run_precompile(fork, address, bytes.fromhex(vector["Input"]), gas_limit)


@pytest.mark.parametrize("name", PRECOMPILES)
def test_precompile_vectors(name: str) -> None:
    vectors = json.loads((require_data("precompiles") / f"{name}.json").read_text())
    assert vectors
    for vector in vectors:
        found = run(vector, name, GAS_LIMIT)
        if "ExpectedError" in vector:
            assert found is None, vector["Name"]
        else:
            assert found == (bytes.fromhex(vector["Expected"]), vector["Gas"]), vector["Name"]
            if vector["Gas"]:
                assert run(vector, name, vector["Gas"]) == found, vector["Name"]
                assert run(vector, name, vector["Gas"] - 1) is None, vector["Name"]


def test_every_file_of_vectors_is_run() -> None:
    files = {file.stem for file in require_data("precompiles").glob("*.json")}
    assert files == set(PRECOMPILES)
