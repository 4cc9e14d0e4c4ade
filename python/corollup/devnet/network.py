"""
A devnet: an L1, a deployed network and all its nodes in one process.

    async with Devnet(DevnetOptions(endorsers=8)) as net:
        await net.wait_for(3, Head.FINALIZED)
"""

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from corollup.devnet.deployment import OPERATOR_WEI, Deployment, compute_outlay
from corollup.devnet.edges import IDLE_L1_SECONDS, IdleMiner, MempoolSink
from corollup.devnet.keys import DevnetKeys
from corollup.devnet.options import ETHER, L2_CHAIN_ID, DevnetOptions, make_config
from corollup.devnet.ports import require_free_ports
from corollup.devnet.source import NodeSource
from corollup.devnet.traffic import BALANCE_WEI, TRADERS, Traffic
from corollup.engine import Engine, GenesisState, Ledger, get_engine
from corollup.errors import ErrorCode, UserError
from corollup.l1.account import L1Account
from corollup.l1.client import L1Client, L1TimeoutError, to_hex
from corollup.l1.dev_accounts import DEV_ACCOUNTS, DEV_BALANCE
from corollup.l1.embedded import EmbeddedL1
from corollup.l1.transport import L1UnreachableError
from corollup.node.clock import Clock, SystemClock
from corollup.node.finality import HeadMoved
from corollup.node.headers import Head
from corollup.node.node import Network, Node, Surroundings
from corollup.node.producer import ProducerPolicy
from corollup.node.storage import open_ledger
from corollup.node.transport import MemoryNetwork, PeerId
from corollup.rpc.chains import L1Chain, L2Chain
from corollup.rpc.server import RpcServer
from corollup.spec.containers import Config

WALLET_WEI: Final = 100 * ETHER
"""What each development account starts with on the L2, wei; the bridge is funded with it all."""
SETUP_SECONDS: Final = 60
"""How far before now the first block of an embedded L1 lies, at least."""
SETUP_BLOCKS_A_KEY: Final = 3
"""Blocks that the set-up of a key takes; each moves the L1's time by a second."""
FISHERMAN: Final = "fisherman"
"""Purpose of the account that reports faults."""
BLOCK_TIMEOUT_SECONDS: Final = 600.0
"""How long a real L1 may take to mine what the set-up waits for."""


@dataclass(slots=True)
class _SetupClock:
    """The clock of the embedded L1: it stands in the past until the set-up blocks are mined."""

    clock: Clock
    held_at: float | None

    def now(self) -> float:
        return self.clock.now() if self.held_at is None else self.held_at

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


@dataclass(slots=True, eq=False, repr=False)
class Devnet:
    """A whole network, started by `async with`."""

    options: DevnetOptions = field(default_factory=DevnetOptions)
    """Its shape."""
    clock: Clock = field(default_factory=SystemClock)
    """Time of the L1 and of every node."""
    engine: Engine = field(default_factory=get_engine)
    """Verification and signatures."""
    policy: ProducerPolicy = field(default_factory=ProducerPolicy)
    """What producers decide for themselves."""
    parameters: Mapping[str, int] = field(default_factory=dict)
    """Parameters of the network that differ from a devnet's."""
    peers: MemoryNetwork = field(init=False)
    """The network between the nodes."""
    keys: DevnetKeys = field(init=False)
    """Every key."""
    l1: EmbeddedL1 | None = None
    """The embedded L1."""
    client: L1Client = field(init=False)
    """A client of the L1."""
    network: Network = field(init=False)
    """The deployed network."""
    producers: list[Node] = field(default_factory=list)
    """The nodes of the producers."""
    endorsers: list[Node] = field(default_factory=list)
    """The nodes of the seats."""
    fisherman: Node | None = None
    """The node that reports faults, if there is one."""
    listeners: list[Callable[[HeadMoved], None]] = field(default_factory=list)
    """Told of each packet that reached a head on the first producer's node."""
    l1_url: str | None = None
    """Where the L1 answers."""
    l2_url: str | None = None
    """Where the L2 answers."""
    _genesis: GenesisState = field(init=False)
    _tasks: asyncio.TaskGroup = field(init=False)
    _running: dict[PeerId, asyncio.Task[None]] = field(default_factory=dict)
    _main: asyncio.Task[None] | None = None
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _heads: dict[Head, int] = field(default_factory=lambda: dict.fromkeys(Head, 0))

    def __post_init__(self) -> None:
        self.options.validate()
        self.peers = MemoryNetwork(self.options.seed)
        self.keys = DevnetKeys(self.options.seed, self.engine.bls)

    async def __aenter__(self) -> Self:
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._main = asyncio.create_task(self._run(ready))
        await asyncio.wait([ready, self._main], return_when=asyncio.FIRST_COMPLETED)
        if self._main.done():
            ready.cancel()
            await self._main
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._main is not None
        self._main.cancel()
        await asyncio.gather(self._main, return_exceptions=True)

    async def wait_for(self, number: int, head: Head) -> None:
        """Wait until a packet reached a head; ends with the devnet's own error if it fails."""
        assert self._main is not None
        while self._heads[head] < number:
            self._moved.clear()
            moved = asyncio.create_task(self._moved.wait())
            await asyncio.wait([moved, self._main], return_when=asyncio.FIRST_COMPLETED)
            moved.cancel()
            if self._main.done():
                await self._main

    async def stop(self, node: Node) -> None:
        """Crash a node: its tasks end where they are."""
        peer = node.surroundings.transport.peer
        self.peers.leave(peer)
        task = self._running.pop(peer)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        node.close()

    async def replace(self, node: Node) -> Node:
        """Crash a node and build its successor without duties, which is not started yet."""
        await self.stop(node)
        around = node.surroundings
        return self.build_node(around.transport.peer, around.data_dir, is_new=False)

    def start(self, node: Node) -> None:
        """Run a node in the devnet."""
        peer = node.surroundings.transport.peer
        self._running[peer] = self._tasks.create_task(node.run(), name=peer)

    async def _run(self, ready: "asyncio.Future[None]") -> None:
        async with AsyncExitStack() as stack:
            if self.options.serve:
                require_free_ports(self.options)
            await self._set_up(stack)
            await self._build_nodes(self._make_data_dir(stack))
            if self.options.serve:
                await self._serve(stack)
            async with asyncio.TaskGroup() as self._tasks:
                if self.l1 is not None:
                    self._tasks.create_task(self.l1.run())
                else:
                    self._tasks.create_task(IdleMiner(self.client).run(self.clock))
                for node in self._list_nodes():
                    self.start(node)
                if self.options.traffic:
                    self._tasks.create_task(self._make_traffic().run())
                ready.set_result(None)

    def _list_nodes(self) -> list[Node]:
        watching = [] if self.fisherman is None else [self.fisherman]
        return [*self.producers, *self.endorsers, *watching]

    # Set-up

    async def _set_up(self, stack: AsyncExitStack) -> None:
        """Connect to the L1, deploy the contracts, register the keys, open the first epoch."""
        options = self.options
        if options.l1_url is None:
            clock = self._embed_l1()
        else:
            self.client = await self._connect(options.l1_url, stack)
        deployment = Deployment(
            client=self.client,
            bls=self.engine.bls,
            payer=L1Account(self.client, DEV_ACCOUNTS[0].private_key),
            wait_for_block=self._wait_for_block,
        )
        genesis_time = (await self.client.get_header("latest")).timestamp
        funded = self._fund()
        genesis_wei = sum(balance for _, balance, *_ in funded)
        self._genesis = GenesisState(funded)
        config = replace(make_config(options, genesis_time), **self.parameters)
        await self._require_funds(deployment.payer.address, config, genesis_wei)
        self.network = await deployment.deploy(config, self._genesis.root, genesis_wei)
        await deployment.register(
            self.network,
            [self.keys.endorser(i) for i in range(options.endorsers)],
            [self.keys.producer(i) for i in range(options.producers)],
        )
        if options.fisherman:
            _, address = self.keys.account(FISHERMAN)
            await deployment.payer.transact(address, value=OPERATOR_WEI)
        await deployment.open_first_epoch(self.network)
        if self.l1 is not None:
            self.l1.automine = False
            clock.held_at = None
            # An anchor of the present, and a block above it.
            self.l1.mine(1 + config.anchor_depth)

    async def _connect(self, url: str, stack: AsyncExitStack) -> L1Client:
        client = L1Client.http(url)
        stack.push_async_callback(client.close)
        try:
            await client.get_chain_id()
        except L1UnreachableError as error:
            raise UserError(
                ErrorCode.L1_UNREACHABLE,
                f"L1 {url} does not answer",
                fix="Start the node, or leave --l1 out for the embedded one.",
            ) from error
        return client

    async def _require_funds(self, payer: bytes, config: Config, genesis_wei: int) -> None:
        options = self.options
        needed = compute_outlay(config, options.producers, options.endorsers, genesis_wei)
        balance = await self.client.get_balance(payer)
        if balance <= needed:
            raise UserError(
                ErrorCode.L1_UNFUNDED,
                f"{to_hex(payer)} has {balance / ETHER:.1f} ETH on the L1",
                why=f"the set-up takes {needed / ETHER:.1f} ETH and gas",
                fix="Fund it, or use fewer --producers and --endorsers.",
            )

    def _embed_l1(self) -> _SetupClock:
        keys = self.options.endorsers + self.options.producers
        held_at = self.clock.now() - SETUP_SECONDS - SETUP_BLOCKS_A_KEY * keys
        clock = _SetupClock(self.clock, held_at)
        funded = [(account.address, DEV_BALANCE) for account in DEV_ACCOUNTS[1:]]
        # The account that pays for the set-up stakes for everybody.
        funded.append((DEV_ACCOUNTS[0].address, DEV_BALANCE * (keys + 1)))
        self.l1 = EmbeddedL1(clock, seed=self.keys.derive("l1"), accounts=funded)
        self.l1.automine = True
        self.client = L1Client.embedded(self.l1)
        return clock

    def _fund(self) -> list[tuple[bytes, int, int, bytes, dict[int, int]]]:
        wallets = [(account.address, WALLET_WEI) for account in DEV_ACCOUNTS]
        traders = [(address, BALANCE_WEI) for address in self._traffic_accounts()]
        return [(address, balance, 0, b"", {}) for address, balance in wallets + traders]

    def _traffic_accounts(self) -> list[bytes]:
        return [self.keys.account("traffic account", i)[1] for i in range(TRADERS + 1)]

    async def _wait_for_block(self, number: int) -> None:
        head = await self.client.get_block_number()
        if self.l1 is not None:
            self.l1.mine(max(0, number - head))
            return
        miner = IdleMiner(self.client)
        try:
            async with asyncio.timeout(BLOCK_TIMEOUT_SECONDS):
                while await self.client.get_block_number() < number:
                    await self.clock.sleep(IDLE_L1_SECONDS)
                    await miner.mine_if_idle()
        except TimeoutError:
            what = f"the L1 has no block {number} after {BLOCK_TIMEOUT_SECONDS:g} s"
            raise L1TimeoutError(what) from None

    # Nodes

    def _make_data_dir(self, stack: AsyncExitStack) -> Path:
        """Return a folder of this network alone: every run of a devnet is a new one."""
        if self.options.data_dir is None:
            return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="corollup-")))
        data_dir = self.options.data_dir / self.network.domain.hex()[:16]
        data_dir.mkdir(parents=True, exist_ok=True)
        return data_dir

    def state_path(self, peer: PeerId, data_dir: Path) -> Path | None:
        """Return the state file of a producer's node, if states are kept on disk."""
        return None if self.options.data_dir is None else data_dir / f"{peer}.state"

    async def _build_nodes(self, data_dir: Path) -> None:
        for i in range(self.options.producers):
            peer = PeerId(f"producer-{i}")
            node = self.build_node(peer, data_dir)
            ledger = self.make_ledger(self.state_path(peer, data_dir))
            node.add_producer(self.keys.producer(i), ledger, self.policy)
            self.producers.append(node)
        for i in range(self.options.endorsers):
            node = self.build_node(PeerId(f"endorser-{i}"), data_dir)
            node.add_seat(self.keys.endorser(i))
            self.endorsers.append(node)
        if self.options.fisherman:
            peer = PeerId("fisherman-0")
            self.fisherman = self.build_node(peer, data_dir)
            ledger = self.make_ledger(self.state_path(peer, data_dir))
            self.fisherman.add_fisherman(self.keys.account(FISHERMAN)[0], ledger)
        self.producers[0].finality.listeners.append(self._on_head_moved)

    def build_node(self, peer: PeerId, data_dir: Path, *, is_new: bool = True) -> Node:
        """Build a node that joins the network; `is_new` if its keys never signed."""
        around = Surroundings(
            engine=self.engine,
            clock=self.clock,
            transport=self.peers.join(peer),
            client=self.client,
            data_dir=data_dir,
            is_new=is_new,
        )
        return Node(self.network, around)

    def make_ledger(self, path: Path | None = None) -> Ledger:
        """Make an L2 ledger that holds the genesis, or goes on from a state file."""
        network = self.network
        return open_ledger(
            network.config,
            network.genesis,
            network.domain,
            self._genesis,
            path,
            self.options.state_limits,
        )

    def _make_traffic(self) -> Traffic:
        mempool = self.producers[0].mempool
        assert mempool is not None
        return Traffic(self.keys, L2_CHAIN_ID, mempool, self.clock)

    def _on_head_moved(self, moved: HeadMoved) -> None:
        self._heads[moved.head] = max(self._heads[moved.head], moved.number)
        for listener in self.listeners:
            listener(moved)
        self._moved.set()

    # Service

    def open_l2(self) -> L2Chain:
        """Return the L2 as the first producer's node serves it."""
        node = self.producers[0]
        assert node.producer is not None
        assert node.mempool is not None
        source = NodeSource(self.network, node.l1)
        return L2Chain(node.producer.chain.ledger, MempoolSink(node.mempool), source)

    async def _serve(self, stack: AsyncExitStack) -> None:
        if self.l1 is not None:
            server = RpcServer(L1Chain(self.l1), port=self.options.l1_port)
            await stack.enter_async_context(server)
            self.l1_url = server.url
        else:
            self.l1_url = self.options.l1_url
        server = RpcServer(self.open_l2(), port=self.options.l2_port)
        await stack.enter_async_context(server)
        self.l2_url = server.url
