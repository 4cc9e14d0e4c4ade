"""What the demos of faults share: a devnet with a fisherman, its L1 transactions, its stakes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from corollup.demo.stage import Stage, require
from corollup.devnet.attackers import inject
from corollup.devnet.crimes import Crime, Plot
from corollup.devnet.network import Devnet
from corollup.devnet.options import DevnetOptions
from corollup.engine import get_engine
from corollup.l1.abi import unpack_positions
from corollup.l1.events import Event, StateReset, StateRootCommitted, get_topic
from corollup.l1.management import ManagementContract
from corollup.node.fisherman import Filed, Fisherman
from corollup.node.headers import Head

PARAMETERS: Final = {
    "appeal_window": 10,
    "evidence_window": 600,
    "exit_delay": 1200,
    "epoch_blocks": 600,
}
"""
Windows of the demos, L1 blocks of a second: on a public network they are minutes and days, on a
devnet so short that a slow machine could miss them.
"""
OPTIONS: Final = DevnetOptions(
    producers=2, endorsers=12, committees=3, fisherman=True, serve=False, traffic=True
)
"""Three committees of four: without the corrupted quorum of one, nine of twelve seats can judge."""
FIRST_PACKETS: Final = 3
"""Honest packets before the crime."""


@dataclass(slots=True)
class Scene:
    """A devnet on which a crime is committed, detected and paid for."""

    stage: Stage
    """Where it is shown."""
    net: Devnet
    """The devnet."""
    filed: list[Filed] = field(default_factory=list)
    """What the fisherman's transactions were for."""
    stakes: dict[int, int] = field(default_factory=dict)
    """Stake of each member before the crime, wei."""
    reward_before: int = 0
    """The fisherman's balance before the crime, wei."""

    @property
    def fisherman(self) -> Fisherman:
        """The service that reports."""
        node = self.net.fisherman
        assert node is not None
        assert node.fisherman is not None
        return node.fisherman

    @property
    def management(self) -> ManagementContract:
        """The Management Contract."""
        return ManagementContract(self.net.client, self.net.network.contracts.management)

    async def commit_crime(self, crime: Crime) -> Plot:
        """Let the attackers do it, and note what everybody has before."""
        await self.net.wait_for(FIRST_PACKETS, Head.FINALIZED)
        self.stage.report(f"{FIRST_PACKETS} honest packets are final")
        members = self.fisherman.l1.members
        self.stakes = {id_: (await self.management.get_member(id_)).stake for id_ in members}
        self.reward_before = await self.net.client.get_balance(self.fisherman.submitter.address)
        self.fisherman.listeners.append(self._note)
        plot = await inject(self.net, crime)
        number = plot.packets[0].number
        self.stage.report(
            f"packet {number} is a lie",
            crime=crime.value,
            digests=[f"0x{packet.digest.hex()}" for packet in plot.packets],
            corrupted_seats=len(plot.seats),
        )
        return plot

    def _note(self, filed: Filed) -> None:
        self.filed.append(filed)
        what = f"fisherman: {filed.what} of {filed.number}"
        self.stage.report(what, filed.receipt.tx_hash, gas=filed.receipt.gas_used)

    def is_filed(self, what: str) -> bool:
        """Whether the fisherman had a transaction of this kind."""
        return any(filed.what == what for filed in self.filed)

    async def find_transaction(self, contract: bytes, kind: type[Event], *topics: bytes) -> bytes:
        """Return the transaction that logged the newest event of a kind with these topics."""
        wanted = [get_topic(kind), *topics]
        start = self.net.network.start_block
        logs = await self.net.client.get_logs(address=contract, topics=wanted, from_block=start)
        require(bool(logs), f"no event {kind.__name__} was logged")
        return logs[-1].tx_hash

    async def wait_for_commit(self, plot: Plot) -> int:
        """Wait until the false packet is committed, and return how many signed it."""
        [packet] = plot.packets
        l1 = self.fisherman.l1
        await self.stage.wait_until(
            lambda: (
                packet.number in l1.commits and l1.commits[packet.number].digest == packet.digest
            )
        )
        tx_hash = await self.find_transaction(
            self.net.network.contracts.state,
            StateRootCommitted,
            packet.number.to_bytes(32, "big"),
            packet.digest,
        )
        signers = 1 + len(unpack_positions(l1.commits[packet.number].event.signers))
        what = (
            f"packet {packet.number} is committed with {signers} signers, its producer among them"
        )
        self.stage.report(what, tx_hash)
        return signers

    async def wait_for_reset(self, plot: Plot) -> None:
        """Wait until the chain was reset to before the false packet and has another one there."""
        [packet] = plot.packets
        l1 = self.fisherman.l1
        await self.stage.wait_until(lambda: l1.is_judged(packet.digest))
        await self.stage.wait_until(
            lambda: (
                packet.number not in l1.commits or l1.commits[packet.number].digest != packet.digest
            )
        )
        tx_hash = await self.find_transaction(self.net.network.contracts.state, StateReset)
        self.stage.report(f"the chain is reset to packet {packet.number - 1}", tx_hash)
        await self.net.wait_for(packet.number, Head.FINALIZED)
        commit = l1.commits[packet.number]
        require(commit.digest != packet.digest, "the false packet is final")
        self.stage.report(
            f"packet {packet.number} is final, an honest one", digest=f"0x{commit.digest.hex()}"
        )

    async def wait_for_payment(self, guilty: int) -> None:
        """Wait until the guilty lost their stake and the fisherman has its reward."""
        await self.stage.wait_until(lambda: self.is_filed("payment"))
        await self.stage.wait_until(lambda: not self.fisherman.l1.faults.slashes)
        slashed = 0
        for id_, before in self.stakes.items():
            after = (await self.management.get_member(id_)).stake
            if after != before:
                slashed += 1
                self.stage.compare(f"stake of member {id_}", before, after)
                require(after == 0, f"member {id_} keeps {after} wei")
        require(slashed == guilty, f"{slashed} members are slashed, not {guilty}")
        balance = await self.net.client.get_balance(self.fisherman.submitter.address)
        self.stage.compare("account of the fisherman", self.reward_before, balance)
        require(balance > self.reward_before, "the fisherman won nothing")


@asynccontextmanager
async def open_scene(stage: Stage) -> AsyncIterator[Scene]:
    """Run a devnet for a demo of a fault."""
    engine = get_engine(caches=OPTIONS.make_caches())
    async with Devnet(OPTIONS, stage.clock, engine, parameters=PARAMETERS) as net:
        stage.report(
            "the devnet runs",
            seats=OPTIONS.endorsers,
            committees=OPTIONS.committees,
            fisherman=f"0x{net.keys.account('fisherman')[1].hex()}",
        )
        yield Scene(stage, net)
