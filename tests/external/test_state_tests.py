"""Ethereum's state tests through producer and endorser."""

import json
from typing import Final

import pytest
from typer.testing import CliRunner

from corollup.cli import build_app
from tests.support import require_data

STRIDE: Final = 10
"""`make test` runs one entry in ten, and the first of every folder."""

ARCHIVES: Final = {"state-tests.tar.xz": 1_000, "state-tests-prague-osaka.tar.xz": 2_100}
"""Entries that the slice of each archive has at least."""


@pytest.mark.parametrize("archive", ARCHIVES)
def test_slice_of_the_state_tests_passes(archive: str) -> None:
    path = require_data(archive)
    arguments = ["statetest", str(path), "--stride", str(STRIDE), "--json"]
    result = CliRunner().invoke(build_app(), arguments)
    report = json.loads(result.stdout)
    assert report["failures"] == []
    assert result.exit_code == 0
    assert report["passed"] >= ARCHIVES[archive]
    assert all("is not below 2^128" in skip["reason"] for skip in report["skips"])
