"""The L1 of a run: one embedded chain, reorganized at will, and each node's way to it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from corollup.devnet.keys import DevnetKeys
from corollup.l1.client import L1Client, L1Header
from corollup.l1.dev_accounts import DEV_ACCOUNTS, DEV_BALANCE
from corollup.l1.embedded import EmbeddedL1
from corollup.l1.events import Event, decode_event
from corollup.l1.transport import L1UnreachableError
from corollup.node.clock import Clock
from tests.simulation.honest.witness import Gate

READS: Final = frozenset(
    {"eth_blockNumber", "eth_chainId", "eth_getBlockByNumber", "eth_getLogs", "eth_call"}
)
"""Methods whose answers hold until the chain moves or the clock's second ends."""


@dataclass(slots=True)
class HeldClock:
    """The clock of the chain: the run's, or a moment at which it is held."""

    held_at: float = 0.0
    clock: Clock | None = None

    def now(self) -> float:
        return self.held_at if self.clock is None else self.clock.now()

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError("the run mines")


@dataclass
class Reorg:
    """What a reorganization took away."""

    depth: int
    events: list[Event]
    first_block: int


@dataclass
class SimulatedL1:
    """A chain, everything that was ever on it, and a cache of what it says."""

    keys: DevnetKeys
    clock: HeldClock
    finality_depth: int = 64
    """Blocks between the head and the tag `finalized`, of which no reorganization is deeper."""
    chain: EmbeddedL1 = field(init=False)
    seen: dict[bytes, L1Header] = field(default_factory=dict)
    """Every block of every branch, by hash."""
    _chance: random.Random = field(default_factory=random.Random)
    _answers: dict[Any, Any] = field(default_factory=dict)
    _second: int = 0

    def __post_init__(self) -> None:
        funded = [(account.address, DEV_BALANCE) for account in DEV_ACCOUNTS[1:]]
        funded.append((DEV_ACCOUNTS[0].address, DEV_BALANCE * 64))
        self.chain = EmbeddedL1(self.clock, seed=self.keys.derive("l1"), accounts=funded)
        self.chain.automine = True

    def begin(self, chance: random.Random, finality_depth: int) -> None:
        """Start a run, with randomness of its own."""
        self._chance = chance
        self.finality_depth = finality_depth
        self.seen.clear()
        self.forget()

    def forget(self) -> None:
        """Drop the answers that hold no more."""
        self._answers.clear()

    def request(self, method: str, params: Sequence[Any]) -> Any:
        """Answer as a node of this chain does."""
        if method == "eth_getBlockByNumber" and params[0] == "finalized":
            head = int(self.request("eth_blockNumber", ()), 16)
            params = hex(max(0, head - self.finality_depth)), *params[1:]
        if method not in READS:
            if method == "eth_sendRawTransaction":
                self.forget()
            return self.chain.request(method, *params)
        if self._second != int(self.clock.now()):
            self._second = int(self.clock.now())
            self.forget()
        key = method, repr(params)
        if key not in self._answers:
            self._answers[key] = self.chain.request(method, *params)
        return self._answers[key]

    async def mine(self, blocks: int = 1) -> None:
        """Mine blocks at the clock's time."""
        client = L1Client.embedded(self.chain)
        for _ in range(blocks):
            self.chain.set_next_prev_randao(self._chance.randbytes(32))
            self.chain.mine()
            header = await client.get_header("latest")
            self.seen[header.hash] = header
        self.forget()

    async def reorganize(self, depth: int, *, keep_transactions: bool, missed: int) -> Reorg:
        """
        Replace the last blocks, at the times of the old ones.

        Args:
            depth: How many blocks are dropped.
            keep_transactions: Whether the new branch takes the transactions of the old one.
            missed: How many blocks fewer the new branch has.
        """
        client = L1Client.embedded(self.chain)
        head = await client.get_block_number()
        first = head - depth + 1
        times = [(await client.get_header(first + i)).timestamp for i in range(depth)]
        logs = await client.get_logs(from_block=first, to_block=head)
        events = [event for log in logs if (event := decode_event(list(log.topics), log.data))]
        dropped = self.chain._chain.rollback(depth)
        if keep_transactions:
            for raw in dropped:
                self.chain.request("eth_sendRawTransaction", f"0x{raw.hex()}")
        running, self.clock.clock = self.clock.clock, None
        for time in times[missed:]:
            self.clock.held_at = time
            await self.mine()
        self.clock.clock = running
        self.forget()
        return Reorg(depth, events, first)


@dataclass
class NodeTransport:
    """One node's way to the L1."""

    l1: SimulatedL1
    gate: Gate

    async def request(self, method: str, params: Sequence[Any]) -> Any:
        if not self.gate.is_alive or self.gate.is_l1_away:
            raise L1UnreachableError("the L1 is away")
        return self.l1.request(method, params)

    async def close(self) -> None:
        pass
