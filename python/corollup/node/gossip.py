"""
The door of a node: decodes what peers send, checks headers' signatures, answers and asks.

Nothing passes it that was not checked as far as its class allows: a header is scheduled and signed
by its producer, everything else is only well-formed.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from corollup.engine import Engine
from corollup.errors import EncodingError, Rejected
from corollup.node.clock import Clock
from corollup.node.environment import CLOCK_TOLERANCE_SECONDS
from corollup.node.headers import MAX_HEADERS, HeaderTree, Packet
from corollup.node.l1_view import L1View
from corollup.node.mempool import Mempool, Refusal, TransactionRefused
from corollup.node.messages import (
    Announce,
    Endorsement,
    GetHeader,
    GetResult,
    Result,
    TransactionGossip,
    Vote,
    decode_message,
)
from corollup.node.penalties import Penalties
from corollup.node.storage import ResultStore
from corollup.node.transport import PeerId, Transport, TransportError
from corollup.spec.containers import compute_digest, compute_endorse_message
from corollup.spec.known_codes import restore_codes
from corollup.spec.rules import compute_view

log = structlog.get_logger(__name__)

MAX_WAITING_ANNOUNCES: Final = 128
"""Announces that wait until this node's L1 view and clock reach their anchor and time."""
MAX_ASKED_PEERS: Final = 4
"""Peers that are asked for one thing."""
NEXT_PEER_SECONDS: Final = 0.25
"""How long a peer is waited for before the next one is asked for the same body."""
MAX_VOTES: Final = 4096
"""Votes that wait to be counted; further ones are dropped, and come again."""
FUTURE_PACKETS: Final = 256
"""How far above the committed number a header may be."""


@dataclass(slots=True, eq=False, repr=False)
class Gossip:
    """Messages in, typed events out; and what peers are asked for."""

    transport: Transport
    """The network."""
    engine: Engine
    """Checks signatures."""
    clock: Clock
    """Time of the first sight of a header."""
    tree: HeaderTree
    """Where headers are kept."""
    l1: L1View
    """Who may produce."""
    results: ResultStore
    """What peers may ask for."""
    penalties: Penalties
    """Who is not listened to."""
    endorsements: asyncio.Queue[tuple[PeerId, Endorsement]]
    """Endorsements for the aggregator."""
    mempool: Mempool | None = None
    """Where transactions go, on a producer."""
    l1_moved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the L1 view has a new head."""
    listeners: list[Callable[[Packet], None]] = field(default_factory=list)
    """Told of each new packet."""
    votes: asyncio.Queue[Vote] = field(default_factory=lambda: asyncio.Queue(MAX_VOTES))
    """Votes in appeals."""
    endorsement_listeners: list[Callable[[Endorsement], None]] = field(default_factory=list)
    """Told of each endorsement, whose signature nobody checked."""
    _waiting: OrderedDict[bytes, tuple[PeerId, Announce]] = field(default_factory=OrderedDict)
    _sources: OrderedDict[bytes, PeerId] = field(default_factory=OrderedDict)

    async def run(self) -> None:
        """Receive until cancelled."""
        self.transport.serve(self.answer)
        while True:
            received = await self.transport.receive()
            if not self.penalties.is_muted(received.peer):
                await self._handle(received.peer, received.message)

    async def _handle(self, peer: PeerId, encoded: bytes) -> None:
        try:
            message = decode_message(encoded)
        except EncodingError as error:
            self.penalties.blame(peer)
            log.debug("message.malformed", peer=peer, error=str(error))
            return
        if message.domain != self.tree.domain:
            self.penalties.blame(peer)
            return
        match message:
            case Announce():
                await self.accept(peer, message)
            case Endorsement():
                for listener in self.endorsement_listeners:
                    listener(message)
                await self.endorsements.put((peer, message))
            case Vote():
                self.take_vote(message)
            case TransactionGossip(raw=raw):
                self._take_transaction(peer, raw)
            case GetHeader() | GetResult() | Result():
                self.penalties.blame(peer)

    def take_vote(self, vote: Vote) -> None:
        """Hold a vote until it is counted."""
        if not self.votes.full():
            self.votes.put_nowait(vote)

    def _take_transaction(self, peer: PeerId, raw: bytes) -> None:
        if self.mempool is None:
            return
        try:
            self.mempool.submit(raw)
        except TransactionRefused as refused:
            if refused.refusal is Refusal.MALFORMED:
                self.penalties.blame(peer)

    async def accept(
        self, peer: PeerId, announce: Announce, *, is_asked: bool = False
    ) -> Packet | None:
        """
        Keep a peer's header if its producer is scheduled and signed it.

        Args:
            peer: Who sent it.
            announce: The header.
            is_asked: Whether this node asked for it, as what another header stands on.
        """
        header = announce.header
        digest = compute_digest(self.tree.domain, header)
        known = self.tree.get(digest)
        if known is not None:
            return known
        is_open = 0 < header.number - self.tree.committed_number <= FUTURE_PACKETS
        if not is_open and not (is_asked and self.tree.is_committed(header.number, digest)):
            return None
        if header.view != compute_view(self.tree.config, header.timestamp):
            self.penalties.blame(peer)
            return None
        epoch = self.l1.epoch_at(header.l1_number)
        is_early = header.timestamp > self.clock.now() + CLOCK_TOLERANCE_SECONDS
        if is_early or header.l1_number > self.l1.head_number or epoch is None:
            self._wait(digest, peer, announce)
            return None
        producer = epoch.producer(header.view)
        if producer.operator != header.producer:
            self.penalties.blame(peer)
            return None
        message = compute_endorse_message(digest, 1)
        verify = self.engine.bls.verify
        if not await asyncio.to_thread(verify, producer.key, message, announce.signature):
            self.penalties.blame(peer)
            return None
        return self.keep(peer, announce, is_asked=is_asked)

    def keep(self, peer: PeerId, announce: Announce, *, is_asked: bool = False) -> Packet | None:
        """Keep a checked header and tell the services of it."""
        digest = compute_digest(self.tree.domain, announce.header)
        known = self.tree.get(digest)
        if known is not None:
            return known
        packet = self.tree.add(announce, self.clock.now(), is_asked=is_asked)
        if packet is not None:
            self._sources[digest] = peer
            if len(self._sources) > MAX_HEADERS:
                self._sources.popitem(last=False)
            for listener in self.listeners:
                listener(packet)
        return packet

    def _wait(self, digest: bytes, peer: PeerId, announce: Announce) -> None:
        self._waiting[digest] = (peer, announce)
        if len(self._waiting) > MAX_WAITING_ANNOUNCES:
            self._waiting.popitem(last=False)

    async def run_retries(self) -> None:
        """Judge the announces that wait for the L1 at each of its blocks, until cancelled."""
        while True:
            await self.l1_moved.wait()
            self.l1_moved.clear()
            waiting, self._waiting = self._waiting, OrderedDict()
            for peer, announce in waiting.values():
                await self.accept(peer, announce)

    async def publish(self, message: Announce | Endorsement | TransactionGossip | Vote) -> None:
        """Send to all peers."""
        await self.transport.broadcast(message.encode())

    async def fetch_header(self, digest: bytes, *, is_committed: bool = False) -> Packet | None:
        """
        Ask peers for the header of a digest.

        Args:
            digest: The digest.
            is_committed: Whether the L1 has it, so that it is worth asking everybody: those who
                signed it may have kept it from this node.
        """
        request = GetHeader(self.tree.domain, digest).encode()
        most = MAX_HEADERS if is_committed else MAX_ASKED_PEERS
        for peer in self._candidates(digest, most):
            answer = await self._ask(peer, request)
            if not answer:
                continue
            try:
                announce = decode_message(answer)
            except EncodingError:
                self.penalties.blame(peer)
                continue
            if (
                not isinstance(announce, Announce)
                or compute_digest(self.tree.domain, announce.header) != digest
            ):
                self.penalties.blame(peer)
                continue
            return await self.accept(peer, announce, is_asked=True)
        return None

    async def fetch_result(
        self, digest: bytes, tried: set[PeerId], known_codes: Mapping[bytes, bytes] | None = None
    ) -> tuple[PeerId, Result] | None:
        """
        Ask peers that were not tried yet for an execution result, whose bytes nobody checked.

        Every peer has a moment before the next one is asked beside it; the first result counts.

        Args:
            digest: Digest of its header.
            tried: Peers that answered; grows.
            known_codes: Codes by ascending hash, which need not be sent.
        """
        codes = known_codes or {}
        request = GetResult(self.tree.domain, digest, tuple(codes)).encode()
        waiting = [peer for peer in self._candidates(digest) if peer not in tried]
        asked: dict[asyncio.Task[bytes], PeerId] = {}
        try:
            while waiting or asked:
                if waiting:
                    peer = waiting.pop(0)
                    asked[asyncio.create_task(self._ask(peer, request))] = peer
                patience = NEXT_PEER_SECONDS if waiting else None
                done, _ = await asyncio.wait(
                    asked, timeout=patience, return_when=asyncio.FIRST_COMPLETED
                )
                for task in [task for task in asked if task in done]:
                    peer = asked.pop(task)
                    tried.add(peer)
                    result = await self._read_result(peer, task.result(), codes)
                    if result is not None:
                        return peer, result
        finally:
            for task in asked:
                task.cancel()
        return None

    async def fetch_result_from(self, peer: PeerId, digest: bytes) -> Result | None:
        """Ask one peer for an execution result with all its codes."""
        answer = await self._ask(peer, GetResult(self.tree.domain, digest).encode())
        return await self._read_result(peer, answer, {})

    async def _read_result(
        self, peer: PeerId, answer: bytes, codes: Mapping[bytes, bytes]
    ) -> Result | None:
        """Read a result and put back the codes that were left out of it."""
        if not answer:
            return None
        named = tuple(codes)
        try:
            result = decode_message(answer)
            if not isinstance(result, Result) or result.domain != self.tree.domain:
                raise EncodingError("answer", "is no result of this network")
            if result.omitted_codes and result.omitted_codes[-1] >= len(named):
                raise EncodingError("result", "leaves out a code that was not named")
            hashes = [named[place] for place in result.omitted_codes]
            omitted = {code_hash: codes[code_hash] for code_hash in hashes}
            encoded = await asyncio.to_thread(restore_codes, result.encoded, omitted)
        except (EncodingError, Rejected):
            self.penalties.blame(peer)
            return None
        return Result(result.domain, result.hints, encoded)

    async def _ask(self, peer: PeerId, request: bytes) -> bytes:
        try:
            return await self.transport.request(peer, request)
        except TransportError:
            return b""

    def _candidates(self, digest: bytes, most: int = MAX_ASKED_PEERS) -> list[PeerId]:
        source = self._sources.get(digest)
        others = [peer for peer in self.transport.peers() if peer != source]
        first = [source] if source is not None and source != self.transport.peer else []
        peers = [peer for peer in first + others if not self.penalties.is_muted(peer)]
        return peers[:most]

    def answer(self, peer: PeerId, request: bytes) -> bytes:
        """Answer a peer's request; nothing for what is not held."""
        try:
            message = decode_message(request)
        except EncodingError:
            self.penalties.blame(peer)
            return b""
        match message:
            case GetHeader(digest=digest):
                packet = self.tree.get(digest)
                return b"" if packet is None else packet.announce.encode()
            case GetResult(digest=digest, named_codes=named):
                found = self.results.get_without(digest, named)
                if found is None:
                    return b""
                hints = self.results.get_hints(digest)
                return Result(self.tree.domain, hints, *found).encode()
            case _:
                self.penalties.blame(peer)
                return b""
