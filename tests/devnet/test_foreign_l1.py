"""A devnet on a node that is not its own."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from corollup.devnet import Devnet, DevnetOptions
from corollup.devnet.edges import IdleMiner
from corollup.devnet.options import make_config
from corollup.errors import UserError
from corollup.l1.client import L1Client
from corollup.l1.transport import L1UnreachableError
from corollup.node.clock import SystemClock
from corollup.node.headers import Head
from tests.l1.conftest import ANVIL, run_anvil, wait_until_ready
from tests.support import skip_or_fail


async def test_packets_are_committed_on_anvil_that_mines_on_demand() -> None:
    if not ANVIL.exists():
        skip_or_fail(f"no anvil at {ANVIL}: npm ci --ignore-scripts in contracts")
    async with run_anvil(ANVIL) as url:
        client = L1Client.http(url)
        await wait_until_ready(client)
        await client.close()
        options = DevnetOptions(
            l1_url=url, producers=1, endorsers=4, committees=1, traffic=False, serve=False
        )
        async with Devnet(options) as net:
            await net.wait_for(2, Head.COMMITTED)
            node = net.producers[0]
            assert node.l1.commits[2].digest == node.tree.committed_at(2)


class SilentNode:
    """An L1 that went away."""

    def __init__(self) -> None:
        self.asked = 0
        self.asked_twice = asyncio.Event()

    async def request(self, method: str, params: Sequence[Any]) -> Any:  # noqa: ARG002
        self.asked += 1
        if self.asked == 2:
            self.asked_twice.set()
        raise L1UnreachableError("no answer")

    async def close(self) -> None:
        pass


class PoorNode(SilentNode):
    """An L1 on which nobody has anything."""

    async def request(self, method: str, params: Sequence[Any]) -> Any:  # noqa: ARG002
        return "0x0"


async def test_l1_that_goes_away_is_asked_again() -> None:
    node = SilentNode()
    mining = asyncio.create_task(IdleMiner(L1Client(node)).run(SystemClock()))
    async with asyncio.timeout(30):
        await node.asked_twice.wait()
    mining.cancel()


async def test_payer_without_funds_is_told_what_the_set_up_takes() -> None:
    net = Devnet(DevnetOptions(producers=1, endorsers=4, committees=1))
    net.client = L1Client(PoorNode())
    with pytest.raises(UserError) as refused:
        await net._require_funds(b"\x11" * 20, make_config(net.options, 0), 0)
    assert str(refused.value) == (
        "E1302 0x1111111111111111111111111111111111111111 has 0.0 ETH on the L1: "
        "the set-up takes 1505.0 ETH and gas. Fund it, or use fewer --producers and --endorsers."
    )
