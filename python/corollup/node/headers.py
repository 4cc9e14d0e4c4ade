"""
The tree of signed headers above the last committed packet, and what this node knows of each.

Services share it: the endorser asks what a header stands on, the producer where to build, the
committer what to commit.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeVar

from corollup.node.messages import Announce
from corollup.spec.containers import (
    Config,
    Genesis,
    GenesisParent,
    Header,
    HeaderParent,
    Parent,
    compute_digest,
)

K = TypeVar("K")

MAX_HEADERS: Final = 4096
"""Headers that are kept; beyond them the producer that has the most of them loses one."""
MAX_HEADERS_A_TURN: Final = 2
"""Headers of one number and view that are kept unasked: an honest producer signs one, and two prove
that it is not honest."""
KEPT_BELOW_COMMITTED: Final = 256
"""Committed headers that are kept for peers that come late."""


class Head(Enum):
    """How far a packet has come."""

    EXECUTED = "executed"
    """A producer ran it."""
    ENDORSED = "endorsed"
    """Every packet up to it has a quorum that this node saw."""
    COMMITTED = "committed"
    """The State Contract accepted it."""
    FINALIZED = "finalized"
    """It can never be replaced."""


@dataclass(slots=True, eq=False)
class Packet:
    """A signed header, and what this node knows of it."""

    digest: bytes
    """Digest of the header."""
    announce: Announce
    """The header as its producer announced it."""
    seen_at: float
    """When it was first seen, by this node's clock."""
    valid: bool | None = None
    """What this node's own verification found; `None` before it, or without a verdict."""
    quorum: bool = False
    """Whether this node saw a quorum of status 1."""
    rejected: bool = False
    """Whether this node saw a quorum of status 0."""

    @property
    def header(self) -> Header:
        """The signed fields."""
        return self.announce.header

    @property
    def number(self) -> int:
        """The packet number."""
        return self.announce.header.number


@dataclass(frozen=True, slots=True)
class Ancestry:
    """What a header stands on."""

    packets: tuple[Packet, ...]
    """Uncommitted ancestors, the oldest first."""
    missing: bytes | None = None
    """Digest of the nearest ancestor whose header is not known."""
    dead: bool = False
    """Whether it stands on what is not committed and never will be."""

    @property
    def is_complete(self) -> bool:
        """Whether the chain is known down to a committed digest."""
        return self.missing is None and not self.dead


@dataclass(slots=True, eq=False, repr=False)
class HeaderTree:
    """The headers that this node knows."""

    domain: bytes
    """The network."""
    config: Config
    """Its parameters."""
    genesis: Genesis
    """Its start."""
    is_lost: Callable[[Header], bool] = lambda _: False
    """Whether the L1 says that a header which is not committed never will be."""
    is_judged: Callable[[bytes], bool] = lambda _: False
    """Whether the L1 judged the packet of a digest invalid."""
    committed_number: int = field(init=False)
    """Number of the last packet that the State Contract accepted."""
    _packets: dict[bytes, Packet] = field(default_factory=dict)
    _children: dict[bytes, list[Packet]] = field(default_factory=dict)
    _by_number: dict[int, list[Packet]] = field(default_factory=dict)
    _committed: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.committed_number = self.config.genesis_number
        self._committed[self.committed_number] = self.genesis.compute_hash()

    @property
    def committed_digest(self) -> bytes:
        """Digest of the last committed packet, or the genesis hash."""
        return self._committed[self.committed_number]

    def is_committed(self, number: int, digest: bytes) -> bool:
        """Whether the State Contract accepted a packet."""
        return self._committed.get(number) == digest

    def committed_at(self, number: int) -> bytes:
        """Return the digest of a committed packet, or the genesis hash."""
        return self._committed[number]

    def add(self, announce: Announce, now: float, *, is_asked: bool = False) -> Packet | None:
        """
        Keep a header whose signature was checked; answers `None` if there is no room for it.

        Args:
            announce: The header.
            now: Time of this node's clock.
            is_asked: Whether a header that is kept stands on it.
        """
        digest = compute_digest(self.domain, announce.header)
        known = self._packets.get(digest)
        if known is not None:
            return known
        header = announce.header
        turn = [
            of for of in self._by_number.get(header.number, []) if of.header.view == header.view
        ]
        if len(turn) >= MAX_HEADERS_A_TURN and not is_asked:
            return None
        if len(self._packets) >= MAX_HEADERS and not self._make_room():
            return None
        packet = Packet(digest, announce, now)
        self._packets[digest] = packet
        self._children.setdefault(announce.header.parent_hash, []).append(packet)
        self._by_number.setdefault(packet.number, []).append(packet)
        return packet

    def get(self, digest: bytes) -> Packet | None:
        """Return the packet of a digest."""
        return self._packets.get(digest)

    def children(self, digest: bytes) -> list[Packet]:
        """Return the known packets that stand on a digest."""
        return self._children.get(digest, [])

    def at(self, number: int) -> Iterator[Packet]:
        """Return the known packets of a number that can still be committed."""
        return (packet for packet in self._by_number.get(number, []) if self.is_alive(packet))

    def is_alive(self, packet: Packet) -> bool:
        """Whether nothing on the L1 stands against a packet or what it stands on."""
        if self.is_dead(packet) or self.ancestry(packet.header).dead:
            return False
        return packet.number <= self.committed_number or not self.is_hopeless(packet)

    def is_hopeless(self, packet: Packet) -> bool:
        """Whether the State Contract can never accept a packet that it did not accept yet."""
        return self.is_judged(packet.digest) or self.is_lost(packet.header)

    def parent(self, header: Header) -> Parent | None:
        """Return what a header stands on, or `None` if it is not known."""
        if header.parent_hash == self._committed.get(self.config.genesis_number):
            return GenesisParent(self.config, self.genesis)
        packet = self._packets.get(header.parent_hash)
        return None if packet is None else HeaderParent(packet.header)

    def ancestry(self, header: Header) -> Ancestry:
        """Walk from a header down to the committed chain."""
        packets: list[Packet] = []
        digest, number = header.parent_hash, header.number - 1
        while number > self.committed_number:
            packet = self._packets.get(digest)
            if packet is None or packet.number != number:
                return Ancestry(tuple(reversed(packets)), missing=digest, dead=packet is not None)
            packets.append(packet)
            if self.is_hopeless(packet):
                return Ancestry(tuple(reversed(packets)), dead=True)
            digest, number = packet.header.parent_hash, number - 1
        dead = self._committed.get(number) != digest
        return Ancestry(tuple(reversed(packets)), dead=dead)

    def is_dead(self, packet: Packet) -> bool:
        """Whether another packet of its number was committed."""
        committed = self._committed.get(packet.number)
        return committed is not None and committed != packet.digest

    def endorsed(self) -> list[Packet]:
        """Return the uncommitted packets that have a quorum up to themselves, the oldest first."""
        packets: list[Packet] = []
        digest = self.committed_digest
        while True:
            children = self.children(digest)
            child = next((of for of in children if of.quorum and not self.is_hopeless(of)), None)
            if child is None:
                return packets
            packets.append(child)
            digest = child.digest

    def commit(self, number: int, digest: bytes) -> None:
        """Record that the State Contract accepted a packet."""
        self._committed[number] = digest
        self.committed_number = number
        self._prune()

    def rewind(self, number: int) -> None:
        """Record that the L1 went back to a committed number."""
        for later in [kept for kept in self._committed if kept > number]:
            del self._committed[later]
        self.committed_number = number

    def _make_room(self) -> bool:
        """Drop the highest header without a quorum of the producer that has the most of them."""
        packets = self._packets.values()
        open_ = [of for of in packets if of.number > self.committed_number and not of.quorum]
        if not open_:
            return False
        counts = Counter(packet.header.producer for packet in open_)
        most, _ = max(counts.items(), key=lambda item: (item[1], item[0]))
        self._drop(max((of for of in open_ if of.header.producer == most), key=_drop_order))
        return True

    def _prune(self) -> None:
        oldest = self.committed_number - KEPT_BELOW_COMMITTED
        if len(self._packets) < 2 * KEPT_BELOW_COMMITTED:
            return
        for number in [number for number in self._by_number if number < oldest]:
            for packet in list(self._by_number[number]):
                self._drop(packet)

    def _drop(self, packet: Packet) -> None:
        del self._packets[packet.digest]
        _remove(self._by_number, packet.number, packet)
        _remove(self._children, packet.header.parent_hash, packet)


def _drop_order(packet: Packet) -> tuple[int, int, bytes]:
    return packet.number, packet.header.view, packet.digest


def _remove(groups: dict[K, list[Packet]], key: K, packet: Packet) -> None:
    groups[key].remove(packet)
    if not groups[key]:
        del groups[key]
