"""A run: the nodes of one network in virtual time, on its own branch of a shared set-up."""

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from corollup.devnet.deployment import Deployment
from corollup.l1.account import L1Account
from corollup.l1.client import L1Client
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.l1.events import Event, TablesFrozen, decode_event
from corollup.node.clock import VirtualClock
from corollup.node.node import Surroundings
from corollup.node.producer import ProducerPolicy
from corollup.node.storage import open_ledger
from corollup.node.transport import PeerId
from tests.simulation.honest.base import DEPTH, START, Base
from tests.simulation.honest.l1 import NodeTransport, SimulatedL1
from tests.simulation.honest.parts import (
    Answers,
    NotedLedger,
    NotedResults,
    RoughNetwork,
    SimulatedNode,
    make_engine,
)
from tests.simulation.honest.witness import Killed, Watch, Witness

SHARED_MEMORY: Final = Path("/dev/shm")
"""Where files cost no disk, if the machine has it."""


@dataclass
class Member:
    """A node of the run, through all its restarts."""

    name: str
    index: int
    is_seat: bool
    skew_seconds: float = 0.0
    is_liar: bool = False
    is_fisherman: bool = False
    node: SimulatedNode | None = None
    task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        return self.task is not None and not self.task.done()


@dataclass
class World:
    """Everything of a run."""

    base: Base
    chance: random.Random
    finality_depth: int = 64
    policy: ProducerPolicy = field(default_factory=ProducerPolicy)
    make_liar: Callable[["World", Member, SimulatedNode], None] | None = None
    """Turns a node that was just built into a liar's."""
    witness: Witness = field(default_factory=Witness)
    members: list[Member] = field(default_factory=list)
    peers: RoughNetwork = field(init=False)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    freeze_blocks: set[int] = field(default_factory=set)
    """L1 blocks, of any branch, in which tables were frozen."""
    _spawned: list[asyncio.Task[None]] = field(default_factory=list)
    _claimed: set[str] = field(default_factory=set)
    _expected: list[tuple[type[Event], asyncio.Event]] = field(default_factory=list)
    _answers: Answers = field(default_factory=dict)
    _tasks: asyncio.TaskGroup = field(init=False)
    _data_dir: Path = field(init=False)

    def __post_init__(self) -> None:
        shape = self.base.shape
        self.peers = RoughNetwork(self.chance.getrandbits(32))
        self.members = [Member(f"producer-{i}", i, is_seat=False) for i in range(shape.producers)]
        self.members += [Member(f"seat-{i}", i, is_seat=True) for i in range(shape.seats)]

    @property
    def l1(self) -> SimulatedL1:
        return self.base.l1

    @property
    def seats(self) -> list[Member]:
        return [member for member in self.members if member.is_seat]

    @property
    def producers(self) -> list[Member]:
        return [member for member in self.members if not member.is_seat]

    async def run(self, scenario: Callable[["World"], Awaitable[None]]) -> None:
        """Open the first epoch, run all nodes and the scenario to its end."""
        await self._prepare_l1()
        shared = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
        with tempfile.TemporaryDirectory(prefix="corollup-", dir=shared) as data_dir:
            self._data_dir = Path(data_dir)
            async with asyncio.TaskGroup() as self._tasks:
                miner = self._tasks.create_task(self._mine())
                for member in self.members:
                    self.start(member, is_new=True)
                try:
                    await scenario(self)
                finally:
                    miner.cancel()
                    for member in self.members:
                        await self.stop(member)

    async def _prepare_l1(self) -> None:
        base, l1 = self.base, self.base.l1
        base.go_back()
        l1.begin(self.chance, self.finality_depth)
        client = L1Client.embedded(l1.chain)
        payer = L1Account(client, DEV_ACCOUNTS[0].private_key)

        async def wait_for_block(number: int) -> None:
            await l1.mine(max(0, number - await client.get_block_number()))

        deployment = Deployment(client, base.deployment.bls, payer, wait_for_block)
        await deployment.open_first_epoch(base.network)
        l1.chain.automine = False
        await l1.mine(DEPTH)
        l1.clock.clock = self.clock
        await l1.mine(2)

    async def _mine(self) -> None:
        while True:
            await self.clock.sleep(1.0)
            # Now and then a slot stays empty.
            if self.chance.random() < 0.95:
                await self.l1.mine()
                await self._tell_events()

    async def _tell_events(self) -> None:
        client = L1Client.embedded(self.l1.chain)
        for log in await client.get_logs():
            event = decode_event(list(log.topics), log.data)
            if isinstance(event, TablesFrozen):
                self.freeze_blocks.add(event.freeze_block)
            for kind, waiting in self._expected:
                if isinstance(event, kind):
                    waiting.set()

    async def wait_for_event(self, kind: type[Event]) -> None:
        """Wait until the L1 logs an event."""
        expected = kind, asyncio.Event()
        self._expected.append(expected)
        await expected[1].wait()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the scenario."""
        self._spawned.append(self._tasks.create_task(work))

    async def cancel_spawned(self) -> None:
        """End everything that runs beside the scenario."""
        for task in self._spawned:
            task.cancel()
        await asyncio.gather(*self._spawned, return_exceptions=True)
        self._spawned.clear()
        self._claimed.clear()

    def claim(self, member: Member) -> bool:
        """Take a member for a restart; false if somebody else has it."""
        if member.name in self._claimed:
            return False
        self._claimed.add(member.name)
        return True

    def release(self, member: Member) -> None:
        """Give a member back."""
        self._claimed.discard(member.name)

    # Nodes

    def start(self, member: Member, *, is_new: bool = False) -> None:
        """Run a node, from what its disk holds."""
        member.node = self._build(member, is_new=is_new)
        member.task = self._tasks.create_task(_run_until_killed(member.node), name=member.name)

    async def stop(self, member: Member) -> None:
        """Kill a node where it is."""
        self.peers.leave(PeerId(member.name))
        if member.task is not None:
            assert member.node is not None
            member.node.watch.gate.is_alive = False
            member.task.cancel()
            await asyncio.gather(member.task, return_exceptions=True)
            member.node.close()
            member.task = None

    def _build(self, member: Member, *, is_new: bool) -> SimulatedNode:
        base = self.base
        watch = Watch(self.witness, member.name, member.is_seat)
        around = Surroundings(
            engine=make_engine(self._answers, watch, is_honest=not member.is_liar),
            clock=replace(self.clock, skew_seconds=member.skew_seconds),
            transport=self.peers.enter(PeerId(member.name), watch.gate),
            client=L1Client(NodeTransport(self.l1, watch.gate)),
            data_dir=self._data_dir,
            is_new=is_new,
        )
        node = SimulatedNode(base.network, around)
        watch.node, node.watch = node, watch
        node.results = node.gossip.results = NotedResults(witness=self.witness)
        if member.is_seat:
            node.add_seat(base.endorsers[member.index])
        else:
            network, path = base.network, self._data_dir / f"{member.name}.state"
            ledger = open_ledger(
                network.config, network.genesis, network.domain, base.genesis, path
            )
            noted: Any = NotedLedger(ledger, self.witness)
            node.add_producer(base.producers[member.index], noted, self.policy)
        if member.is_fisherman:
            node.add_fisherman(DEV_ACCOUNTS[5].private_key)
        if member.is_liar:
            assert self.make_liar is not None
            self.make_liar(self, member, node)
        return node


async def _run_until_killed(node: SimulatedNode) -> None:
    try:
        await node.run()
    except BaseExceptionGroup as group:
        _, others = group.split(Killed)
        if others is not None:
            raise
