"""`corollup packet verify` on the packets of the vectors."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner, Result

from corollup.cli import build_app
from corollup.errors import UserError

VECTORS: Final = json.loads((Path(__file__).parent / "vectors" / "rejections.json").read_text())

NEEDS_A_NODE: Final = frozenset(
    {
        "WrongDomain",
        "WrongAnchor",
        "AnchorTimeMismatch",
        "WrongPrevRandao",
        "ProducerNotScheduled",
        "FeeCoverTooLow",
    }
)
"""Reasons that the file alone cannot show."""


def verify(tmp_path: Path, encoded: str, *options: str) -> Result:
    file = tmp_path / "1.result"
    file.write_bytes(bytes.fromhex(encoded.removeprefix("0x")))
    return CliRunner().invoke(build_app(), ["packet", "verify", str(file), *options])


def test_valid_packet_names_the_checks_that_need_a_node(tmp_path: Path) -> None:
    result = verify(tmp_path, VECTORS["valid"])
    assert result.exit_code == 0
    first, last = result.stdout.splitlines()
    assert first.startswith("valid: packet 1, gas ")
    assert last == "not checked without a node: domain, parent, anchor, schedule, cover"


def test_valid_packet_in_json(tmp_path: Path) -> None:
    result = verify(tmp_path, VECTORS["valid"], "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["valid"] is True
    assert document["status"] == 1
    assert document["reason"] is None
    assert document["number"] == 1


@pytest.mark.parametrize(
    "case",
    [case for case in VECTORS["invalid"] if case["reason"] not in NEEDS_A_NODE],
    ids=lambda case: case["reason"],
)
def test_each_reason_is_one_line(tmp_path: Path, case: dict[str, Any]) -> None:
    result = verify(tmp_path, case["encoded"])
    assert result.exit_code == 1
    assert f"rejected: {case['reason']}" in result.stdout.splitlines()


def test_file_that_is_no_execution_result_is_rejected(tmp_path: Path) -> None:
    result = verify(tmp_path, b"no packet".hex())
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "rejected: MalformedEncoding"


def test_missing_file_is_wrong_use(tmp_path: Path) -> None:
    arguments = ["packet", "verify", str(tmp_path / "absent")]
    result = CliRunner().invoke(build_app(), arguments)
    assert isinstance(result.exception, UserError)
    assert result.exception.exit_code == 2
