"""Wallet libraries, each of which sends a transaction to the L2 and reads its receipt."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from corollup.engine import decode_transaction
from corollup.l1.dev_accounts import DEV_ACCOUNTS, DEV_BALANCE, ETHER
from corollup.l1.embedded import EmbeddedL1
from corollup.rpc.chains import L1Chain, L2Chain
from corollup.rpc.server import RpcServer
from tests.clock import FakeClock
from tests.rollup import Rollup
from tests.support import PROJECT_ROOT, require_tool, skip_or_fail

FOLDER = Path(__file__).parent
CAST = PROJECT_ROOT / "contracts/node_modules/@foundry-rs/cast-linux-amd64/bin/cast"
ALICE, BOB = DEV_ACCOUNTS[0], DEV_ACCOUNTS[1]
TO = f"0x{BOB.address.hex()}"
KEY = f"0x{ALICE.private_key.hex()}"


@dataclass(frozen=True)
class ProducingSink:
    """A pool that gives each transaction its packet at once."""

    rollup: Rollup
    waiting: dict[bytes, bytes] = field(default_factory=dict)

    async def submit(self, raw: bytes) -> bytes:
        self.rollup.produce(raw)
        return decode_transaction(raw).hash

    def pending_nonce(self, address: bytes) -> int | None:
        return self.rollup.ledger.account(address)[0]

    def pending_transaction(self, tx_hash: bytes) -> bytes | None:
        return self.waiting.get(tx_hash)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    rollup = Rollup()
    async with RpcServer(L2Chain(rollup.ledger, ProducingSink(rollup)), port=0) as server:
        yield server.url


@pytest.fixture(scope="session")
def node_modules() -> None:
    """The libraries, installed without running any of their scripts."""
    npm = require_tool("npm")
    if (FOLDER / "node_modules").exists():
        return
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        skip_or_fail(f"npm ci in {FOLDER} failed: {done.stderr.strip()[-200:]}")


async def run(*command: str) -> Any:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(60):
        output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


@pytest.mark.parametrize("library", ["ethers", "viem"])
@pytest.mark.usefixtures("node_modules")
async def test_a_library_of_node(url: str, library: str) -> None:
    script = FOLDER / f"send_{library}.mjs"
    receipt = await run(require_tool("node"), str(script), url, KEY, TO)
    assert len(receipt.pop("hash")) == 66
    assert receipt == {
        "status": 1,
        "gasUsed": 21_000,
        "blockNumber": 1,
        "isInBlock": True,
        "balance": str(DEV_BALANCE + ETHER),
    }


async def test_cast(url: str) -> None:
    if not CAST.exists():
        skip_or_fail(f"no cast at {CAST}: npm ci --ignore-scripts in contracts")
    send = ("send", "--rpc-url", url, "--private-key", KEY, "--value", "1ether", "--json", TO)
    receipt = await run(str(CAST), *send)
    assert (receipt["status"], receipt["gasUsed"], receipt["blockNumber"]) == (
        "0x1",
        "0x5208",
        "0x1",
    )
    again = await run(str(CAST), "receipt", "--rpc-url", url, "--json", receipt["transactionHash"])
    assert again["blockHash"] == receipt["blockHash"]


async def test_web3(url: str) -> None:
    await asyncio.to_thread(send_with_web3, url)


async def test_web3_on_the_embedded_l1() -> None:
    l1 = EmbeddedL1(clock=FakeClock())
    l1.automine = True
    async with RpcServer(L1Chain(l1), port=0) as server:
        await asyncio.to_thread(send_with_web3, server.url)
    assert int(l1.request("eth_getBalance", TO), 16) == DEV_BALANCE + ETHER


def send_with_web3(url: str) -> None:
    from web3 import HTTPProvider, Web3
    from web3.middleware import SignAndSendRawMiddlewareBuilder
    from web3.types import Wei

    web3 = Web3(HTTPProvider(url))
    assert web3.is_connected()
    account = web3.eth.account.from_key(KEY)
    web3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(account), layer=0)
    to = Web3.to_checksum_address(TO)
    tx_hash = web3.eth.send_transaction({"from": account.address, "to": to, "value": Wei(ETHER)})
    receipt = web3.eth.wait_for_transaction_receipt(tx_hash, poll_latency=0.05)
    assert (receipt["status"], receipt["gasUsed"], receipt["blockNumber"]) == (1, 21_000, 1)
    assert web3.eth.get_transaction(tx_hash)["blockHash"] == receipt["blockHash"]
    assert web3.eth.get_balance(to) == DEV_BALANCE + ETHER
