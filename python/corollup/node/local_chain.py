"""
The packets that a producer executed itself, kept on the branch that it would build on.

A producer imports what others build. It leaves a branch when a rival gets a quorum, is committed,
or is the turn of a later view while the branch itself cannot be had or finds no quorum.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from corollup.engine import Ledger
from corollup.errors import Reason, ReasonClass, Rejected, StateError, require_equal
from corollup.node.clock import Clock
from corollup.node.environment import verify_environment
from corollup.node.gossip import Gossip
from corollup.node.headers import HeaderTree, Packet
from corollup.node.l1_view import L1View
from corollup.node.mempool import Mempool, TransactionRefused
from corollup.node.messages import Announce
from corollup.node.penalties import FALSE_HINT_WEIGHT
from corollup.node.storage import ResultStore
from corollup.node.transport import PeerId
from corollup.spec.containers import ExecutionResult, Header, compute_digest, decode_payload
from corollup.spec.encoding import keccak256

log = structlog.get_logger(__name__)

INVALID_BODY_WEIGHT: Final = 4.0
"""Fault of a peer whose body had to be ignored."""


@dataclass(slots=True, eq=False, repr=False)
class LocalChain:
    """A ledger, and the digest of each packet in it."""

    ledger: Ledger
    """The L2 state and its history."""
    clock: Clock
    """Age of packets."""
    tree: HeaderTree
    """The headers."""
    l1: L1View
    """Anchors and schedule."""
    gossip: Gossip
    """Where bodies come from."""
    results: ResultStore
    """Bodies for peers."""
    mempool: Mempool
    """Told of what packets hold."""
    executed: dict[int, bytes] = field(default_factory=dict)
    """Digest of each executed packet, by number."""
    transaction_counts: dict[int, int] = field(default_factory=dict)
    """Transactions of each executed packet, by number."""
    _headers: dict[int, Header] = field(default_factory=dict)
    _resumed_number: int = field(init=False)
    _tried: dict[bytes, set[PeerId]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._resumed_number = self.ledger.number
        for number in range(self.ledger.oldest, self.ledger.number + 1):
            self._resume(number)

    def _resume(self, number: int) -> None:
        """Take over a packet that the ledger has from before a restart; the genesis is one."""
        digest = self.ledger.digest(number)
        assert digest is not None
        self.executed[number] = digest
        header, encoded = self.ledger.header(number), self.ledger.result(number)
        if header is not None:
            self._headers[number] = Header.decode(header)
            self.transaction_counts[number] = self.ledger.transaction_count(number) or 0
        if encoded is not None:
            result = ExecutionResult.decode(encoded)
            announce = Announce(self.tree.domain, result.header, result.producer_signature)
            packet = self.tree.add(announce, self.clock.now(), is_asked=True)
            self.results.put(digest, encoded)
            if packet is not None:
                packet.valid = True

    @property
    def number(self) -> int:
        """Number of the executed head."""
        return max(self.executed)

    def path(self) -> list[Packet]:
        """Return the executed packets above the committed one, the oldest first."""
        numbers = range(self.tree.committed_number + 1, self.number + 1)
        packets = (self.tree.get(self.executed[number]) for number in numbers)
        return [packet for packet in packets if packet is not None]

    @property
    def head_header(self) -> Header | None:
        """The header of the executed head, or `None` on the genesis."""
        return self._headers.get(self.number)

    def append(self, header: Header, digest: bytes, transactions: list[bytes]) -> None:
        """Record that the ledger has a further packet, which holds these transactions' hashes."""
        self.executed[header.number] = digest
        self._headers[header.number] = header
        self.transaction_counts[header.number] = len(transactions)
        self.mempool.include(header.number, transactions)

    def get_payload(self, number: int) -> bytes:
        """
        Return the payload of a recent packet.

        Raises:
            StateError: If the ledger no longer has it.
        """
        encoded = self.ledger.result(number)
        if encoded is None:
            raise StateError(f"the payload of packet {number} is not kept")
        return ExecutionResult.decode(encoded).body.payload

    async def sync(self) -> bool:
        """
        Move the ledger towards the preferred branch.

        Returns:
            Whether it is there, so that a packet may be built on it.
        """
        if self.l1.head is None or self.tree.committed_number + 1 in self.l1.commits:
            # What is committed is not known yet, as after a restart: nothing is left for that.
            return False
        desired = self._desired()
        shared = (n for n, digest in self.executed.items() if desired.get(n) == digest)
        common = max(shared, default=None)
        if common is None:
            return False
        if common < self.number:
            await self._revert_to(common)
        for number in range(common + 1, max(desired) + 1):
            if not await self._import(number, desired[number]):
                return False
        return True

    def _desired(self) -> dict[int, bytes]:
        """Return the digest that the ledger should have at each number from its oldest on."""
        committed = range(min(self.executed), self.tree.committed_number + 1)
        desired = {number: self.tree.committed_at(number) for number in committed}
        return desired | {packet.number: packet.digest for packet in self._preferred()}

    def _preferred(self) -> list[Packet]:
        """Return the uncommitted branch to build on: quorums first, then the latest view."""
        chain: list[Packet] = []
        digest = self.tree.committed_digest
        while True:
            usable = [child for child in self.tree.children(digest) if self._is_usable(child)]
            if not usable:
                return chain
            best = max(usable, key=lambda child: (child.quorum, child.header.view, child.digest))
            chain.append(best)
            digest = best.digest

    def _is_usable(self, packet: Packet) -> bool:
        if self.tree.is_hopeless(packet):
            return False
        if packet.quorum:
            return True
        if packet.valid is False or packet.rejected or not self._fits_environment(packet):
            return False
        config = self.tree.config
        age = self.clock.now() - packet.seen_at
        if packet.valid is None and self.executed.get(packet.number) != packet.digest:
            # Timing: a body that nobody gives within T1 is given up.
            return age < config.t1_seconds
        # Timing: a valid packet has its time on every rung before a rival replaces it.
        return age < config.t2_seconds + config.view_seconds

    def _fits_environment(self, packet: Packet) -> bool:
        parent = self.tree.parent(packet.header)
        if parent is None:
            return False
        try:
            verify_environment(packet.header, parent, self.l1)
        except Rejected:
            return False
        return True

    async def _revert_to(self, number: int) -> None:
        log.info("ledger.reverted", to=number, dropped=self.number - number)
        numbers = range(number + 1, min(self.number, self._resumed_number) + 1)
        resumed = [encoded for of in numbers if (encoded := self.ledger.result(of)) is not None]
        self._resumed_number = min(self._resumed_number, number)
        # First of all, so that nobody counts on a packet that the ledger is about to drop.
        for dropped in [kept for kept in self.executed if kept > number]:
            del self.executed[dropped], self._headers[dropped]
        await asyncio.to_thread(self.ledger.revert_to, number)
        self.mempool.revert_to(number)
        for encoded in resumed:
            # The pool has never seen them: it began after them.
            for raw in decode_payload(ExecutionResult.decode(encoded).body.payload):
                with suppress(TransactionRefused):
                    self.mempool.submit(raw)

    async def _import(self, number: int, digest: bytes) -> bool:
        """Fetch, verify and execute a packet of another producer."""
        packet = self.tree.get(digest)
        if packet is None and number <= self.tree.committed_number:
            packet = await self.gossip.fetch_header(digest, is_committed=True)
        if packet is not None and packet.valid is False:
            # Committed all the same: the ledger waits until the L1 takes it back.
            return False
        encoded, hints = self.results.get(digest), self.results.get_hints(digest)
        peer = self.gossip.transport.peer
        if encoded is None:
            tried = self._tried.setdefault(digest, set())
            found = await self.gossip.fetch_result(digest, tried)
            if found is None:
                tried.clear()
                return False
            peer, answer = found
            encoded, hints = answer.encoded, answer.hints
        try:
            result, hints = await self._execute(peer, digest, encoded, hints)
        except Rejected as rejected:
            log.info("import.rejected", packet=number, peer=peer, reason=str(rejected))
            if rejected.reason.reason_class is ReasonClass.IGNORE:
                self.gossip.penalties.blame(peer, INVALID_BODY_WEIGHT)
            elif packet is not None:
                packet.valid = False
                # For jurors and fishermen, whom the bytes convince.
                self.results.put(digest, encoded)
            return False
        if packet is not None:
            packet.valid = True
        self.results.put(digest, encoded, hints)
        transactions = decode_payload(result.body.payload)
        self.append(result.header, digest, [keccak256(raw) for raw in transactions])
        return True

    async def _execute(
        self, peer: PeerId, digest: bytes, encoded: bytes, hints: bytes
    ) -> tuple[ExecutionResult, bytes]:
        """Execute a packet, and return it and its hints unless they are false."""
        try:
            return await asyncio.to_thread(self._append, digest, encoded, hints), hints
        except Rejected as rejected:
            if rejected.reason is not Reason.FALSE_HINT:
                raise
            log.info("hints.false", peer=peer, why=str(rejected))
        self.gossip.penalties.blame(peer, FALSE_HINT_WEIGHT)
        return await asyncio.to_thread(self._append, digest, encoded, b""), b""

    def _append(self, digest: bytes, encoded: bytes, hints: bytes) -> ExecutionResult:
        result = ExecutionResult.decode(encoded)
        found = compute_digest(self.tree.domain, result.header)
        require_equal(Reason.MALFORMED_ENCODING, digest, found)
        self.ledger.import_result(encoded, hints=hints or None)
        return result

    def forget_below(self, number: int) -> None:
        """Drop the digests of packets that are final, but keep the last."""
        for old in [kept for kept in self.executed if kept < min(number, self.number)]:
            del self.executed[old]
            self._headers.pop(old, None)
            self.transaction_counts.pop(old, None)
