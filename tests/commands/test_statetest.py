"""`corollup statetest` on a test of our own."""

import io
import json
import tarfile
import zipfile
from copy import deepcopy
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from typer.testing import CliRunner

from corollup.cli import build_app
from corollup.commands import statetest
from corollup.errors import UserError

SENDER: Final = "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b"
TEST: Final[dict[str, Any]] = {
    "env": {
        "currentBaseFee": "0x0a",
        "currentCoinbase": "0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba",
        "currentDifficulty": "0x00",
        "currentExcessBlobGas": "0x00",
        "currentGasLimit": "0x0f4240",
        "currentNumber": "0x01",
        "currentRandom": "0x" + "00" * 32,
        "currentTimestamp": "0x03e8",
    },
    "pre": {SENDER: {"balance": "0xffffffff", "nonce": "0x00", "code": "0x", "storage": {}}},
    "transaction": {
        "data": ["0x"],
        "gasLimit": ["0x5208"],
        "gasPrice": "0x0a",
        "nonce": "0x00",
        "secretKey": "0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8",
        "sender": SENDER,
        "to": "0x0000000000000000000000000000000000001000",
        "value": ["0x01"],
    },
    "post": {
        "Cancun": [
            {
                "hash": "0xd334d486ee7ed2e12c360e233aa9ce0f9844be1c7819de789e1b2707908c4b08",
                "logs": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
                "indexes": {"data": 0, "gas": 0, "value": 0},
            }
        ]
    },
}
"""A transfer of 1 wei. The root is made by EELS, of the sender with nonce 1 and the recipient."""


def change(**post: Any) -> dict[str, Any]:
    """The test with other expectations."""
    test = deepcopy(TEST)
    test["post"]["Cancun"][0].update(post)
    return test


def run(path: Path) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(build_app(), ["statetest", str(path), "--json"])
    return result.exit_code, json.loads(result.stdout)


def write(folder: Path, **tests: Any) -> Path:
    file = folder / "transfer.json"
    file.write_text(json.dumps(tests))
    return file


def test_transfer_passes_from_file_folder_and_archives(tmp_path: Path) -> None:
    file = write(tmp_path, transfer=TEST)
    content = file.read_bytes()
    with zipfile.ZipFile(tmp_path / "tests.zip", "w") as archive:
        archive.writestr("a/transfer.json", content)
    modes: tuple[Literal["w:xz", "w:gz"], ...] = ("w:xz", "w:gz")
    for mode in modes:
        with tarfile.open(tmp_path / f"tests.tar.{mode[2:]}", mode) as tar:
            member = tarfile.TarInfo("a/transfer.json")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    for path in (file, tmp_path, *tmp_path.glob("tests.*")):
        exit_code, report = run(path)
        assert (exit_code, report["passed"], report["failures"]) == (0, 1, [])


@pytest.mark.parametrize(
    ("expectation", "reason"),
    [
        ({"hash": "0x" + "00" * 32}, "post-state root: expected 0x0000"),
        ({"logs": "0x" + "00" * 32}, "logs hash: expected 0x0000"),
        ({"expectException": "TransactionException.NONCE_IS_MAX"}, "it did not fail with"),
    ],
)
def test_other_expectation_fails(tmp_path: Path, expectation: dict[str, str], reason: str) -> None:
    exit_code, report = run(write(tmp_path, transfer=change(**expectation)))
    assert exit_code == 1
    assert report["failed"] == 1
    [failure] = report["failures"]
    assert failure["test"] == "transfer.json::transfer/Cancun/0"
    assert failure["reason"].startswith(reason)


def test_unexpected_failure_of_the_transaction_fails(tmp_path: Path) -> None:
    test = deepcopy(TEST)
    test["transaction"]["nonce"] = "0x01"
    exit_code, report = run(write(tmp_path, transfer=test))
    assert exit_code == 1
    assert report["failures"][0]["reason"] == "nonce 1 too high, expected 0"


def test_balance_that_no_leaf_holds_is_skipped(tmp_path: Path) -> None:
    test = deepcopy(TEST)
    test["pre"][SENDER]["balance"] = hex(2**128)
    exit_code, report = run(write(tmp_path, transfer=test))
    assert (exit_code, report["skipped"]) == (0, 1)
    assert report["skips"][0]["reason"].endswith("is not below 2^128")


def test_state_that_no_chain_has_is_exempt(tmp_path: Path) -> None:
    exit_code, report = run(write(tmp_path, RevertInCreateInInit_Paris=TEST))
    assert (exit_code, report["exempt"]) == (0, 1)


def test_path_without_tests_is_wrong_use(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        result = CliRunner().invoke(build_app(), ["statetest", str(path)])
        assert isinstance(result.exception, UserError)
        assert result.exception.exit_code == 2


def test_file_without_an_end_is_wrong_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, transfer=TEST)
    monkeypatch.setattr(statetest, "MAX_FILE_BYTES", file.stat().st_size)
    assert run(file)[0] == 0
    monkeypatch.setattr(statetest, "MAX_FILE_BYTES", file.stat().st_size - 1)
    result = CliRunner().invoke(build_app(), ["statetest", str(file)])
    assert isinstance(result.exception, UserError)
    assert result.exception.exit_code == 2
    assert f"has more than {file.stat().st_size - 1} bytes" in str(result.exception)
