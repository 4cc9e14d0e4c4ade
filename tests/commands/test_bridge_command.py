"""`corollup bridge` on a running devnet: to the L2 and back, as a user does it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from corollup.cli import main
from corollup.devnet.network import Devnet
from corollup.devnet.options import ETHER, DevnetOptions
from corollup.l1.client import L1Client
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.node.headers import Head

USER = DEV_ACCOUNTS[3]
RECEIVER = b"\x77" * 20
OPTIONS = DevnetOptions(producers=1, endorsers=4, committees=1, traffic=False, instance=43)


@dataclass
class Desk:
    """A devnet that serves both chains, and the file of a user's key."""

    net: Devnet
    l2: L1Client
    key_file: str
    capsys: pytest.CaptureFixture[str]

    async def run(self, *words: str) -> tuple[int, str, str]:
        """Run the command in a thread, as this one's loop serves the chains."""
        code = await asyncio.to_thread(main, ["bridge", *words])
        out, err = self.capsys.readouterr()
        return code, out, err

    async def tell(self, *words: str) -> dict[str, Any]:
        """Run a command that succeeds, and return its JSON object; the nodes log before it."""
        code, out, err = await self.run(*words, "--json")
        assert (code, err) == (0, "")
        told: dict[str, Any] = json.loads(next(x for x in out.splitlines() if x[:1] == "{"))
        return told

    @property
    def l2_option(self) -> list[str]:
        assert self.net.l2_url is not None
        return ["--l2", self.net.l2_url]

    @property
    def nodes(self) -> list[str]:
        assert self.net.l1_url is not None
        return ["--l1", self.net.l1_url, *self.l2_option]

    @property
    def key(self) -> list[str]:
        return ["--key-file", self.key_file]


@pytest.fixture
async def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Desk]:
    key_file = tmp_path / "key"
    key_file.write_text(USER.private_key.hex())
    async with Devnet(OPTIONS) as net:
        assert net.l2_url is not None
        l2 = L1Client.http(net.l2_url)
        yield Desk(net, l2, str(key_file), capsys)
        await l2.close()


async def test_eth_goes_to_the_l2_and_back(desk: Desk) -> None:
    before = await desk.tell("status", *desk.nodes)
    cost = await desk.tell("deposit", "1.5", *desk.key, *desk.nodes, "--dry-run")
    assert "transaction" not in cost
    assert await desk.tell("status", *desk.nodes) | {"committed": 0, "finalized": 0} == before | {
        "committed": 0,
        "finalized": 0,
    }

    balance = await desk.l2.get_balance(USER.address)
    deposit = await desk.tell("deposit", "1.5", *desk.key, *desk.nodes)
    assert deposit["message"] == 0

    arrived = await desk.net.client.get_block_number()
    number = await desk.l2.get_block_number()
    while await desk.l2.get_balance(USER.address) != balance + 3 * ETHER // 2:
        number += 1
        await desk.net.wait_for(number, Head.EXECUTED)
    assert (
        await desk.net.client.get_block_number()
        <= arrived + desk.net.network.config.forced_inclusion_delay
    )
    to = ["--to", f"0x{RECEIVER.hex()}"]
    sent = await desk.tell("withdraw", "0.25", *desk.key, *desk.l2_option, *to)
    await desk.net.wait_for(sent["block"], Head.COMMITTED)

    proof = await desk.tell("prove", sent["transaction"], *desk.nodes)
    assert (proof["packet"], proof["nonce"], proof["is_paid"]) == (sent["block"], 0, False)
    payment = await desk.tell("finalize", sent["transaction"], *desk.key, *desk.nodes)
    assert payment["amount"] == str(ETHER // 4)
    assert await desk.net.client.get_balance(RECEIVER) == ETHER // 4
    after = await desk.tell("status", *desk.nodes)
    assert int(after["owed"]) == int(before["owed"]) + 5 * ETHER // 4
    assert (after["messages"], after["consumed"]) == (1, 1)

    code, _, error = await desk.run("finalize", sent["transaction"], *desk.key, *desk.nodes)
    assert (code, error) == (1, "E1503 message 0 was paid already\n")


async def test_what_is_not_possible_is_refused(desk: Desk) -> None:
    nothing = f"0x{'11' * 32}"
    code, _, error = await desk.run("prove", nothing, *desk.nodes)
    assert (code, error) == (1, f"E1503 transaction {nothing} sent no message to the L1\n")
    code, _, error = await desk.run("escape", *desk.key, *desk.nodes)
    assert (code, error) == (1, "E1503 the escape is not open\n")
    for amount in ("x", "-1", "0.0000000000000000001", "nan"):
        code, _, error = await desk.run("deposit", "--", amount, *desk.key, *desk.nodes)
        assert code == 2
    code, _, error = await desk.run("prove", "0x12", *desk.nodes)
    assert (code, error) == (2, "E1004 0x12 is no transaction hash\n")
