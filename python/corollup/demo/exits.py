"""What the demos of the bridge share: a devnet, and a user at both ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from corollup.demo.stage import Stage
from corollup.devnet.network import Devnet
from corollup.devnet.options import ETHER, DevnetOptions
from corollup.devnet.source import L2Transport
from corollup.l1.abi import Call
from corollup.l1.account import L1Account
from corollup.l1.bridge_user import BridgeUser
from corollup.l1.client import L1Client, L1Receipt
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.node.headers import Head
from corollup.node.producer import ProducerPolicy

OPTIONS: Final = DevnetOptions(producers=1, endorsers=8, committees=2, serve=False, traffic=False)
"""Two committees of four."""
USER_WEI: Final = 10 * ETHER
"""What the user has on the L1 at first, wei."""


@dataclass(slots=True)
class Journey:
    """A user and the network that it enters and leaves."""

    stage: Stage
    """Where it is shown."""
    net: Devnet
    """The devnet."""
    user: BridgeUser
    """Both ends of its bridge."""
    l1: L1Account = field(init=False)
    """The user's account on the L1."""
    l2: L1Account = field(init=False)
    """The same account on the L2."""

    def __post_init__(self) -> None:
        secret, _ = self.net.keys.account("bridge user", 0)
        self.l1 = L1Account(self.user.l1, secret)
        self.l2 = L1Account(self.user.l2, secret)

    @property
    def address(self) -> bytes:
        """The user's address on both."""
        return self.l1.address

    def make_address(self, index: int) -> bytes:
        """Return an address that has nothing anywhere."""
        return self.net.keys.account("bridge stranger", index)[1]

    async def fund(self) -> None:
        """Give the user ETH on the L1."""
        payer = L1Account(self.user.l1, DEV_ACCOUNTS[0].private_key)
        await payer.transact(self.address, value=USER_WEI)

    async def send_l1(self, what: str, call: Call) -> L1Receipt:
        """Send a call from the user's account on the L1, and tell it."""
        receipt = await self.l1.transact(call.to, call.data, value=call.value)
        self.stage.report(what, receipt.tx_hash, gas=receipt.gas_used)
        return receipt

    async def wait_for_l2_balance(self, account: bytes, least: int) -> int:
        """Wait until an account has so much on the L2, and return its balance."""
        while (balance := await self.user.l2.get_balance(account)) < least:
            await self.net.clock.sleep(0.25)
        return balance

    async def wait_for_commit(self) -> int:
        """Wait until what is executed now is committed, and return that packet's number."""
        number = await self.user.l2.get_block_number()
        await self.net.wait_for(number, Head.COMMITTED)
        return number


@asynccontextmanager
async def start_journey(
    stage: Stage, policy: ProducerPolicy | None = None
) -> AsyncIterator[Journey]:
    """Run a devnet with a user that has ETH on the L1 alone."""
    net = Devnet(OPTIONS, clock=stage.clock, policy=policy or ProducerPolicy())
    async with net:
        l2 = L1Client(L2Transport(net.open_l2()))
        journey = Journey(stage, net, await BridgeUser.connect(net.client, l2))
        await journey.fund()
        await net.wait_for(1, Head.COMMITTED)
        stage.report("a devnet runs, and its first packet is committed")
        yield journey
