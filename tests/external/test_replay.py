"""Real mainnet blocks from packet to finality, and what is refused."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corollup.cli import main
from corollup.engine import get_engine
from corollup.errors import Reason
from corollup.spec.verdict import Context
from tests.support import require_data

BLOCKS = {
    46147: 21_000,
    116525: 2_625_335,
    2675000: 1_312_529,
    4370000: 6_609_719,
    5891667: 7_980_153,
    12300570: 14_934_316,
    13287210: 29_990_789,
    15537394: 29_983_006,
    17666333: 29_983_414,
    19426587: 2_633_933,
    19933122: 2_056_821,
}
SMALL_BLOCK = 2675000


def find_block(number: int) -> Path:
    return require_data("mainnet-blocks") / "blocks" / str(number)


@pytest.fixture
def copied_block(tmp_path: Path) -> Path:
    """A copy of a small block, to be changed by the test."""
    source = find_block(SMALL_BLOCK)
    for name in ("codes.json.gz", "block_hashes.json"):
        shutil.copy(source.parent.parent / name, tmp_path / name)
    return Path(shutil.copytree(source, tmp_path / "blocks" / source.name))


def change(path: Path, edit: Callable[[Any], None]) -> None:
    path.chmod(0o644)
    content = json.loads(gzip.decompress(path.read_bytes()))
    edit(content)
    path.write_bytes(gzip.compress(json.dumps(content).encode()))


def test_all_blocks_reach_finality(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = require_data("mainnet-blocks")
    assert main(["replay", str(folder), "--json", "--save-results", str(tmp_path)]) == 0
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {report["number"]: report["gas_used"] for report in reports} == BLOCKS
    assert all(report["finalized"] for report in reports)
    for report in reports:
        block = json.loads(
            gzip.decompress((find_block(report["number"]) / "block.json.gz").read_bytes())
        )
        assert report["logs_bloom"] == block["logsBloom"]
        assert report["transactions_root"] == block["transactionsRoot"]
        if report["number"] >= 4370000:
            assert report["receipts_root"] == block["receiptsRoot"]
        encoded = (tmp_path / f"{report['number']}.result").read_bytes()
        assert get_engine().endorser.verify(encoded, Context()).status == 1


def test_bench_takes_cold_warm_and_bare_times(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["replay", str(find_block(SMALL_BLOCK)), "--json"]
    assert main([*command, "--bench"]) == 0
    report = json.loads(capsys.readouterr().out)
    for name in ("verify_cold_min_ms", "verify_warm_min_ms", "bare_min_ms"):
        assert 0 < report[name] < 60_000
    assert report["bare_min_ms"] < report["verify_cold_min_ms"]
    assert main(command) == 0
    assert "bare_min_ms" not in json.loads(capsys.readouterr().out)


def test_saved_result_with_another_byte_is_refused(tmp_path: Path) -> None:
    arguments = ["replay", str(find_block(SMALL_BLOCK)), "--json", "--save-results", str(tmp_path)]
    assert main(arguments) == 0
    file, hints = (tmp_path / f"{SMALL_BLOCK}.{what}" for what in ("result", "hints"))
    assert main(["packet", "verify", str(file), "--hints", str(hints)]) == 0
    encoded = bytearray(file.read_bytes())
    encoded[-1] ^= 1
    verdict = get_engine().endorser.verify(bytes(encoded), Context())
    assert verdict.reason in {Reason.MALFORMED_PROOF, Reason.INVALID_PROOF}


def test_folder_that_cannot_be_written_is_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A folder takes the name of the file, which stops a superuser too.
    (tmp_path / f"{SMALL_BLOCK}.result").mkdir()
    arguments = ["replay", str(find_block(SMALL_BLOCK)), "--save-results", str(tmp_path)]
    assert main(arguments) == 2
    (message,) = capsys.readouterr().err.splitlines()
    assert message.startswith(f"E1101 {tmp_path / f'{SMALL_BLOCK}.result'} cannot be written: ")


def test_further_accounts_deepen_the_tree(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = []
    for accounts in ("0", "2000"):
        command = ["replay", str(find_block(SMALL_BLOCK)), "--json", "--accounts", accounts]
        assert main(command) == 0
        sizes.append(json.loads(capsys.readouterr().out)["witness_bytes"])
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (
            "gasUsed",
            "0x1406f2",
            "block 2675000: the gas used of the block's header is 1312498, the execution gives",
        ),
        (
            "transactionsRoot",
            "0x" + "11" * 32,
            "block 2675000: the transactions root of the block's header is 0x" + "11" * 32,
        ),
        (
            "logsBloom",
            "0x" + "00" * 256,
            "block 2675000: the logs bloom of the block's header is 0x" + "00" * 256,
        ),
    ],
)
def test_value_that_differs_from_the_header_is_named(
    copied_block: Path, capsys: pytest.CaptureFixture[str], field: str, value: str, message: str
) -> None:
    change(copied_block / "block.json.gz", lambda block: block.update({field: value}))
    assert main(["replay", str(copied_block), "--json"]) == 1
    assert message in capsys.readouterr().err


def test_missing_code_is_named(copied_block: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes = copied_block.parent.parent / "codes.json.gz"
    pre_state = json.loads(gzip.decompress((copied_block / "pre_state.json.gz").read_bytes()))
    code_hash = next(
        account["code_hash"] for account in pre_state.values() if "code_hash" in account
    )
    change(codes, lambda content: content.pop(code_hash))
    assert main(["replay", str(copied_block)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"block 2675000: the code {code_hash} of 0x")
    assert error.endswith("is missing\n")


def test_code_of_another_hash_is_refused(
    copied_block: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = copied_block.parent.parent / "codes.json.gz"

    def swap(content: dict[str, str]) -> None:
        content[next(iter(content))] += "00"

    change(codes, swap)
    assert main(["replay", str(copied_block)]) == 1
    assert "block 2675000: codes: expected hash" in capsys.readouterr().err


def test_transaction_without_funds_is_named(
    copied_block: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def impoverish(pre_state: dict[str, Any]) -> None:
        for account in pre_state.values():
            account["balance"] = "0x0"

    change(copied_block / "pre_state.json.gz", impoverish)
    assert main(["replay", str(copied_block)]) == 1
    assert "block 2675000: transaction 0 is refused: " in capsys.readouterr().err


def test_one_bad_block_does_not_hide_the_others(
    copied_block: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(copied_block / "block.json.gz", lambda block: block.update(gasUsed="0x0"))
    assert main(["replay", str(copied_block), str(find_block(46147)), "--json"]) == 1
    captured = capsys.readouterr()
    reports = [json.loads(line) for line in captured.out.splitlines()]
    assert [report["number"] for report in reports] == [SMALL_BLOCK, 46147]


def test_folder_without_blocks_is_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("E1101 ")


def test_damaged_file_is_wrong_use(copied_block: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copied_block / "pre_state.json.gz"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-20])
    assert main(["replay", str(copied_block)]) == 2
    assert "pre_state.json.gz cannot be read" in capsys.readouterr().err


def test_file_with_other_contents_is_named(
    copied_block: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(copied_block / "block.json.gz", lambda block: block.pop("transactions"))
    assert main(["replay", str(copied_block)]) == 1
    assert "block 2675000: block: missing field `transactions`" in capsys.readouterr().err
