"""
How messages travel: the seam between services and a network, and the network in memory.

The one in memory is seeded: delays, losses, partitions and garbled copies of one seed are the same
in each run.
"""

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NewType, Protocol

from corollup.errors import CorollupError

PeerId = NewType("PeerId", str)
"""Name of a node on the transport."""

INBOX_MESSAGES: Final = 4096
"""Messages that wait for a node; later ones are lost, as on any network."""


class TransportError(CorollupError):
    """A peer did not answer."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message and who sent it."""

    peer: PeerId
    """The sender."""
    message: bytes
    """The sender's bytes, not yet judged."""


class Transport(Protocol):
    """What a node needs of a network."""

    @property
    def peer(self) -> PeerId:
        """This node."""
        ...

    async def broadcast(self, message: bytes) -> None:
        """Send a message to every peer that can be reached."""
        ...

    async def receive(self) -> Received:
        """Wait for the next message."""
        ...

    async def request(self, peer: PeerId, message: bytes) -> bytes:
        """
        Ask a peer and wait for its answer.

        Raises:
            TransportError: If no answer comes in time.
        """
        ...

    def peers(self) -> Iterable[PeerId]:
        """The other nodes, those first that are likely to answer."""
        ...

    def serve(self, handler: Callable[[PeerId, bytes], bytes]) -> None:
        """Set what answers the requests of peers."""
        ...


@dataclass(slots=True)
class Conditions:
    """What a network does to messages."""

    least_delay_seconds: float = 0.001
    """Every message takes this long."""
    extra_delay_seconds: float = 0.004
    """And up to this much more, drawn evenly."""
    loss: float = 0.0
    """Part of the gossip that is lost."""
    request_timeout_seconds: float = 1.0
    """How long an answer is waited for."""
    garble: Callable[[PeerId, PeerId, bytes], bytes] | None = None
    """What arrives of the bytes from one peer to another; gossip and answers."""


@dataclass(slots=True, eq=False, repr=False)
class MemoryNetwork:
    """A network of one process."""

    seed: int = 0
    """Seed of the delays and losses."""
    conditions: Conditions = field(default_factory=Conditions)
    """May be changed while the network runs."""
    lost: int = 0
    """Messages that never arrived."""
    _nodes: dict[PeerId, "MemoryTransport"] = field(default_factory=dict)
    _groups: dict[PeerId, int] = field(default_factory=dict)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 (a simulation, no secret)

    def join(self, peer: PeerId) -> "MemoryTransport":
        """Add a node, or replace the one of that name."""
        node = MemoryTransport(peer, self)
        self._nodes[peer] = node
        return node

    def leave(self, peer: PeerId) -> None:
        """Remove a node; what is under way to it is lost."""
        self._nodes.pop(peer, None)

    def partition(self, *groups: Iterable[PeerId]) -> None:
        """Cut the network into groups that do not reach each other; the unnamed are one too."""
        self._groups = {peer: i for i, group in enumerate(groups, 1) for peer in group}

    def heal(self) -> None:
        """End the partition."""
        self._groups = {}

    def peers(self, peer: PeerId) -> list[PeerId]:
        """The other nodes, in the order in which they joined."""
        return [other for other in self._nodes if other != peer]

    def deliver(self, sender: PeerId, receiver: PeerId, message: bytes) -> None:
        """Send gossip on its way."""
        if self._random.random() < self.conditions.loss:
            self.lost += 1
            return
        loop = asyncio.get_running_loop()
        loop.call_later(self._delay(), self._arrive, sender, receiver, message)

    async def ask(self, sender: PeerId, receiver: PeerId, message: bytes) -> bytes:
        """Carry a request and its answer."""
        await asyncio.sleep(self._delay())
        node = self._nodes.get(receiver)
        if node is None or node.handler is None or not self._connected(sender, receiver):
            await asyncio.sleep(self.conditions.request_timeout_seconds)
            raise TransportError(f"{receiver} does not answer {sender}")
        answer = node.handler(sender, message)
        await asyncio.sleep(self._delay())
        return self._garbled(receiver, sender, answer)

    def _arrive(self, sender: PeerId, receiver: PeerId, message: bytes) -> None:
        node = self._nodes.get(receiver)
        if node is None or not self._connected(sender, receiver) or node.inbox.full():
            self.lost += 1
            return
        node.inbox.put_nowait(Received(sender, self._garbled(sender, receiver, message)))

    def _garbled(self, sender: PeerId, receiver: PeerId, message: bytes) -> bytes:
        garble = self.conditions.garble
        return message if garble is None else garble(sender, receiver, message)

    def _connected(self, one: PeerId, other: PeerId) -> bool:
        return self._groups.get(one, 0) == self._groups.get(other, 0)

    def _delay(self) -> float:
        extra = self.conditions.extra_delay_seconds * self._random.random()
        return self.conditions.least_delay_seconds + extra


@dataclass(slots=True, eq=False, repr=False)
class MemoryTransport:
    """One node's end of a [MemoryNetwork]."""

    peer: PeerId
    """This node."""
    network: MemoryNetwork
    """The network that it joined."""
    inbox: asyncio.Queue[Received] = field(default_factory=lambda: asyncio.Queue(INBOX_MESSAGES))
    """What arrived."""
    handler: Callable[[PeerId, bytes], bytes] | None = None
    """What answers requests."""

    async def broadcast(self, message: bytes) -> None:
        """Send a message to every peer that can be reached."""
        for other in self.network.peers(self.peer):
            self.network.deliver(self.peer, other, message)

    async def receive(self) -> Received:
        """Wait for the next message."""
        return await self.inbox.get()

    async def request(self, peer: PeerId, message: bytes) -> bytes:
        """Ask a peer and wait for its answer."""
        return await self.network.ask(self.peer, peer, message)

    def peers(self) -> list[PeerId]:
        """The other nodes."""
        return self.network.peers(self.peer)

    def serve(self, handler: Callable[[PeerId, bytes], bytes]) -> None:
        """Set what answers the requests of peers."""
        self.handler = handler
