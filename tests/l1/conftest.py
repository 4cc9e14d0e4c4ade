"""An L1 to test against: the embedded one, and anvil."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from corollup.l1.client import L1Client
from corollup.l1.embedded import EmbeddedL1
from corollup.l1.transport import L1UnreachableError
from tests.clock import FakeClock
from tests.support import PROJECT_ROOT, skip_or_fail

ANVIL = PROJECT_ROOT / "contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"


@dataclass(frozen=True)
class TestL1:
    """A fresh chain that gives each transaction its block at once."""

    __test__ = False

    name: str
    client: L1Client

    async def mine(self, blocks: int = 1) -> None:
        await self.client.request("anvil_mine", hex(blocks))


@pytest.fixture(params=["embedded", "anvil"])
async def l1(request: pytest.FixtureRequest) -> AsyncIterator[TestL1]:
    """A fresh L1 with the funded accounts of the usual mnemonic, once embedded and once anvil."""
    if request.param == "embedded":
        embedded = EmbeddedL1(clock=FakeClock())
        embedded.automine = True
        yield TestL1("embedded", L1Client.embedded(embedded))
        return
    if not ANVIL.exists():
        skip_or_fail(f"no anvil at {ANVIL}: npm ci --ignore-scripts in contracts")
    async with run_anvil(ANVIL) as url:
        client = L1Client.http(url)
        await wait_until_ready(client)
        yield TestL1("anvil", client)
        await client.close()


@asynccontextmanager
async def run_anvil(binary: Path) -> AsyncIterator[str]:
    port = find_free_port()
    options = ("--port", str(port), "--hardfork", "osaka", "--enable-tx-gas-limit", "--silent")
    process = await asyncio.create_subprocess_exec(binary, *options)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


def find_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


async def wait_until_ready(client: L1Client) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                await client.get_chain_id()
            except L1UnreachableError:
                await asyncio.sleep(0.02)
            else:
                return
