"""`corollup packet verify`: exit 0 for a valid packet, 1 with the reason, 2 for wrong use."""

import json
from pathlib import Path

import pytest

from corollup import cli
from corollup.engine import backend, choose_backend
from corollup.errors import Reason
from tests.vectors.generate import FOLDER

DOCUMENT = json.loads((FOLDER / "rejections.json").read_text())
VALID = bytes.fromhex(DOCUMENT["valid"][2:])
GAS_USED_MISMATCH = next(
    bytes.fromhex(case["encoded"][2:])
    for case in DOCUMENT["invalid"]
    if case["reason"] == Reason.GAS_USED_MISMATCH.value
)
NOT_DONE = ["domain", "parent", "anchor", "schedule", "inbox", "cover"]
DIGEST = "0xfc477f440fcc2137b328619a4e66705f0845b1913e8837b126f56a0d39580ce1"


def write(folder: Path, encoded: bytes) -> str:
    path = folder / "1.result"
    path.write_bytes(encoded)
    return str(path)


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_a_valid_packet(engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["packet", "verify", write(tmp_path, VALID), "--engine", engine]) == 0
    assert capsys.readouterr().out == (
        f"valid: packet 1, gas 72348, digest {DIGEST}\n"
        "not checked without a node: domain, parent, anchor, schedule, inbox, cover\n"
    )


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_the_strict_check_passes_an_honest_packet(engine: str, tmp_path: Path) -> None:
    command = ["packet", "verify", write(tmp_path, VALID), "--engine", engine, "--strict"]
    assert cli.main(command) == 0


def test_a_packet_that_contradicts_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["packet", "verify", write(tmp_path, GAS_USED_MISMATCH)]) == 1
    assert capsys.readouterr().out.splitlines()[:2] == [
        "rejected: GasUsedMismatch",
        "REJECT: expected 72348, found 72349",
    ]


def test_a_file_that_is_no_packet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["packet", "verify", write(tmp_path, b"no packet at all")]) == 1
    assert capsys.readouterr().out.splitlines()[:2] == [
        "rejected: MalformedEncoding",
        "IGNORE: no execution result",
    ]


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["packet", "verify", "--json", write(tmp_path, VALID)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "valid": True,
        "status": 1,
        "reason": None,
        "class": None,
        "message": "",
        "digest": DIGEST,
        "number": 1,
        "gas_used": 72348,
        "checks_not_done": NOT_DONE,
    }


def test_repeated_verification_tells_its_times(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = backend()
    file = write(tmp_path, VALID)
    command = ["packet", "verify", file, "--repeat", "3", "--backend", "portable"]
    try:
        assert cli.main([*command, "--json"]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert cli.main(command) == 0
    finally:
        choose_backend(before)
    assert (shown["valid"], shown["runs"], shown["backend"]) == (True, 3, "portable")
    assert 0 < shown["verify_min_ms"] <= shown["verify_median_ms"]
    assert 10 < shown["peak_rss_mib"] < 10_000
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("3 times on portable: least ")


def test_hints_of_another_packet_are_false(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hints = tmp_path / "1.hints"
    hints.write_bytes(b"\1" * 95)
    command = ["packet", "verify", write(tmp_path, VALID), "--hints", str(hints)]
    assert cli.main(command) == 1
    assert capsys.readouterr().out.startswith("rejected: FalseHint\nIGNORE: ")


def test_repeated_rejection_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["packet", "verify", write(tmp_path, GAS_USED_MISMATCH), "--repeat", "2", "--json"]
    assert cli.main(command) == 1
    shown = json.loads(capsys.readouterr().out)
    assert (shown["reason"], shown["runs"]) == ("GasUsedMismatch", 2)


@pytest.mark.parametrize("count", ["0", "-1", "many"])
def test_impossible_repetition_is_wrong_use(count: str, tmp_path: Path) -> None:
    assert cli.main(["packet", "verify", write(tmp_path, VALID), "--repeat", count]) == 2


def test_json_of_a_rejection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["packet", "verify", "--json", write(tmp_path, GAS_USED_MISMATCH)]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert (shown["valid"], shown["status"]) == (False, 0)
    assert (shown["reason"], shown["class"]) == ("GasUsedMismatch", "REJECT")


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "absent.result"
    assert cli.main(["packet", "verify", str(path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("E1101 ")


def test_a_device_without_an_end_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["packet", "verify", "/dev/zero"]) == 1
    assert capsys.readouterr().out.startswith("rejected: LimitExceeded\n")
