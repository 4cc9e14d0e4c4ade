"""`corollup stake` against an L1 that serves HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from corollup.cli import main
from corollup.engine import get_engine
from corollup.l1.account import L1Account
from corollup.l1.client import L1Client
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.l1.embedded import EmbeddedL1
from corollup.rpc.chains import L1Chain
from corollup.rpc.server import RpcServer
from tests.clock import FakeClock
from tests.l1.conftest import TestL1
from tests.l1.network import deploy

BLS = get_engine("native").bls
OPERATOR = DEV_ACCOUNTS[2]


@dataclass
class Desk:
    """A deployed network without members, its L1 over HTTP, and the files of an operator."""

    url: str
    l1: TestL1
    management: str
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def write_key(self, name: str, secret: bytes) -> str:
        path = self.folder / name
        path.write_text(f"0x{secret.hex()}\n")
        return str(path)

    async def run(self, *words: str) -> tuple[int, str, str]:
        """Run the command in a thread, as the L1 is served by this one's loop."""
        code = await asyncio.to_thread(main, ["stake", *words])
        out, err = self.capsys.readouterr()
        return code, out, err

    def options(self, bls_index: int | None = None) -> list[str]:
        common = ["--l1", self.url, "--management", self.management]
        common += ["--key-file", self.write_key("operator", OPERATOR.private_key), "--json"]
        if bls_index is not None:
            secret = BLS.derive_secret_key(b"\x09" * 32, f"m/{bls_index}")
            common += ["--bls-key-file", self.write_key(f"bls-{bls_index}", secret)]
        return common

    async def show(self, member: int) -> dict[str, Any]:
        words = ["show", str(member), "--l1", self.url, "--management", self.management, "--json"]
        _, out, _ = await self.run(*words)
        found: dict[str, Any] = json.loads(out)
        return found


@pytest.fixture
async def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Desk]:
    embedded = EmbeddedL1(clock=FakeClock())
    embedded.automine = True
    l1 = TestL1("embedded", L1Client.embedded(embedded))
    _, _, network = await deploy(l1, committees=1, committee_size=4)
    async with RpcServer(L1Chain(embedded), port=0) as server:
        address = f"0x{network.contracts.management.hex()}"
        yield Desk(server.url, l1, address, tmp_path, capsys)


async def test_life_of_a_seat(desk: Desk) -> None:
    code, out, err = await desk.run("register", "--position", "0", *desk.options(0))
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["stake"] == str(32 * 10**18)
    assert told["gas"] >= told["gas_used"] > 0
    assert int(told["gas_cost"]) == told["gas"] * int(told["gas_price"])

    await desk.run("top-up", "1", "2.5", *desk.options())
    member = await desk.show(1)
    assert member["stake"] == str(34 * 10**18 + 5 * 10**17)
    assert (member["role"], member["position"], member["status"]) == ("endorser", 0, "in its table")

    # Another key at the own place: the same stake again, the old key on its way out.
    await desk.run("rotate-key", "--position", "0", *desk.options(1))
    assert (await desk.show(2))["stake"] == member["stake"]
    assert (await desk.show(1))["status"].startswith("left in block")

    await desk.run("leave", "2", *desk.options())
    await desk.run("exit", "2", *desk.options())
    code, _, err = await desk.run("withdraw", "2", *desk.options())
    assert code == 1
    assert err.startswith("E1501 the contract refuses: StakeLocked(id 2, exitBlock ")
    await desk.l1.mine(120)
    before = await desk.l1.client.get_balance(OPERATOR.address)
    code, _, _ = await desk.run("withdraw", "2", *desk.options())
    assert code == 0
    gained = await desk.l1.client.get_balance(OPERATOR.address) - before
    assert gained > int(member["stake"]) - 10**16


async def test_dry_run_tells_the_cost_and_sends_nothing(desk: Desk) -> None:
    nonce = await desk.l1.client.get_nonce(OPERATOR.address)
    words = ["register", "--position", "1", *desk.options(0), "--dry-run"]
    code, out, _ = await desk.run(*words)
    told = json.loads(out)
    assert code == 0
    assert told["gas"] > 100_000
    assert "transaction" not in told
    words.remove("--json")
    _, out, _ = await desk.run(*words)
    assert "stake         32.000000000 ETH" in out
    assert out.endswith("Nothing was sent.\n")
    assert await desk.l1.client.get_nonce(OPERATOR.address) == nonce


async def test_refusals_name_the_fix(desk: Desk) -> None:
    options = desk.options(0)
    code, _, err = await desk.run("register", "--position", "0", "--stake", "1", *options)
    assert (code, err) == (
        2,
        "E1004 place 0 costs 32.0 ETH. Leave --stake out, or stake as much.\n",
    )
    code, _, err = await desk.run("register", "--position", "9", *options)
    assert (code, err) == (1, "E1501 the contract refuses: NoSuchPosition(position 9)\n")
    code, _, err = await desk.run("show", "--management", "0x12", "--l1", desk.url)
    assert (code, err) == (2, "E1004 --management 0x12 is no address. Use 0x and 40 hex digits.\n")
    code, _, err = await desk.run("show", "7", "--management", desk.management, "--l1", desk.url)
    assert (code, err) == (1, "E1501 the contract refuses: NoSuchMember(id 7)\n")
    absent = ["--key-file", str(desk.folder / "absent")]
    code, _, err = await desk.run("leave", "1", *options[:4], *absent)
    assert code == 1
    assert err.startswith("E1101 ")
    short = desk.folder / "short"
    short.write_text("0x12")
    code, _, err = await desk.run("leave", "1", *options[:4], "--key-file", str(short))
    assert (code, err) == (1, f"E1102 {short} has 1 bytes, a key has 32\n")


async def test_unreachable_l1_is_told(desk: Desk) -> None:
    words = ["show", "--management", desk.management, "--l1", "http://127.0.0.1:9"]
    code, _, err = await desk.run(*words)
    assert code == 1
    assert err == "E1301 L1 http://127.0.0.1:9 does not answer. Start it, or use --l1.\n"


async def test_displacing_another_costs_the_margin_more(desk: Desk) -> None:
    await desk.run("register", "--position", "0", *desk.options(0))
    rival = L1Account(desk.l1.client, DEV_ACCOUNTS[3].private_key)
    options = desk.options(1)
    options[options.index("--key-file") + 1] = desk.write_key("rival", rival.private_key)
    code, out, _ = await desk.run("displace", "--position", "0", *options)
    assert code == 0
    assert json.loads(out)["stake"] == str(352 * 10**17)
    assert (await desk.show(2))["operator"] == f"0x{rival.address.hex()}"
