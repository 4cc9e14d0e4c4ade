"""`corollup fraud` against a devnet, whose L1 serves HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from corollup.cli import main
from corollup.devnet import Devnet, DevnetOptions
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.l1.network_file import NetworkFile
from corollup.node.headers import Head
from tests.l1.conftest import find_free_port

PARAMETERS = {"appeal_window": 20, "evidence_window": 400, "exit_delay": 800, "epoch_blocks": 600}


@dataclass
class Desk:
    """A running devnet, and files of what a reporter has."""

    net: Devnet
    network: Path
    key: Path
    capsys: pytest.CaptureFixture[str]

    async def run(self, *words: str) -> tuple[int, str, str]:
        command = ["fraud", *words, "--network", str(self.network)]
        code = await asyncio.to_thread(main, command)
        out, err = self.capsys.readouterr()
        return code, out, err

    async def ask(self, *words: str) -> dict[str, Any]:
        code, out, err = await self.run(*words, "--json")
        assert (code, err) == (0, "")
        answer: dict[str, Any] = json.loads(out)
        return answer

    def write_result(self, number: int) -> Path:
        node = self.net.producers[0]
        encoded = node.results.get(node.l1.commits[number].digest)
        assert encoded is not None
        path = self.network.with_name(f"{number}.result")
        path.write_bytes(encoded)
        return path

    def find_newest(self) -> int:
        return max(self.net.producers[0].l1.commits)


@pytest.fixture
async def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    # Any free ports, so that tests run beside a devnet.
    monkeypatch.setattr(DevnetOptions, "l1_port", find_free_port())
    monkeypatch.setattr(DevnetOptions, "l2_port", find_free_port())
    options = DevnetOptions(producers=1, endorsers=4, committees=1, traffic=False)
    # What the nodes log is not what the command prints.
    with capture_logs():
        async with Devnet(options, parameters=PARAMETERS) as net:
            assert net.l1_url is not None
            path, key = tmp_path / "network.json", tmp_path / "key"
            network = net.network
            contracts, start = network.contracts, network.start_block
            NetworkFile(net.l1_url, network.domain, network.config, contracts, start).write(path)
            assert NetworkFile.read(path).contracts == contracts
            key.write_text(DEV_ACCOUNTS[4].private_key.hex())
            await net.wait_for(1, Head.COMMITTED)
            yield Desk(net, path, key, capsys)


async def test_appeals_and_demands_by_hand(desk: Desk) -> None:
    key = ["--key-file", str(desk.key)]
    file = str(desk.write_result(desk.find_newest()))
    assert await desk.run("list") == (0, "", "")

    told = await desk.ask("appeal", file, *key, "--dry-run")
    assert told["bond"] == str(10**18)
    assert "transaction" not in told
    await desk.ask("appeal", file, *key)
    told = await desk.ask("status", "1")
    assert told["case"] == 1
    while "blocks_left" in told:
        await asyncio.sleep(0.5)
        told = await desk.ask("status", "1")
    assert (told["state"], told["votes"] >= 3) == ("valid", True)
    assert (await desk.ask("list"))["verdict"] == "valid"

    place = ["--list", "update", "--level", "0", "--index", "0"]
    told = await desk.ask("demand", file, *place, *key)
    assert told["bond"] == str(10**18 // 32)
    answered = await desk.run("answer", file, *place, *key)
    if answered[0] != 0:
        # A seat of the devnet was faster.
        assert "E1501 the contract refuses: NotDemanded" in answered[2]
    code, _, err = await desk.run("withheld", file, *place, *key)
    assert (code, err) == (1, "E1501 the contract refuses: NotDemanded()\n")


async def test_refusals_name_what_is_wrong(desk: Desk, tmp_path: Path) -> None:
    key = ["--key-file", str(desk.key)]
    file = str(desk.write_result(desk.find_newest()))
    code, _, err = await desk.run("prove", file, *key)
    assert code == 1
    assert err.startswith(f"E1502 {file} proves no fault by itself. ")
    code, _, err = await desk.run("status", "9")
    assert (code, err) == (1, "E1502 there is no case 9\n")
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"no result")
    code, _, err = await desk.run("appeal", str(garbage), *key)
    assert code == 1
    assert err.startswith(f"E1102 {garbage} is no execution result: ")
    desk.network.write_text("{}")
    code, _, err = await desk.run("list")
    assert code == 1
    assert err.startswith(f"E1102 {desk.network} is no network: ")
    desk.network.unlink()
    code, _, err = await desk.run("list")
    assert code == 1
    assert err.startswith(f"E1101 {desk.network} cannot be read")
