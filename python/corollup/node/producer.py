"""
Messages and transactions to execution results.

    inbox, mempool → ledger builds → signing history → signature → announce

A producer builds while the schedule says that it is its turn, on the branch that it executed, and
no further ahead than endorsers sign.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

import structlog

from corollup.engine import Candidate
from corollup.errors import CorollupError
from corollup.l1.blobs import prove_blobs
from corollup.l1.client import L1Header
from corollup.node.clock import Alarm, Clock
from corollup.node.environment import compute_greatest_fee
from corollup.node.gossip import Gossip
from corollup.node.headers import Packet
from corollup.node.keys import SigningKey
from corollup.node.l1_view import L1View
from corollup.node.local_chain import LocalChain
from corollup.node.mempool import Mempool
from corollup.node.messages import MAX_HINTS, Announce
from corollup.node.signing_history import SlashableSignature
from corollup.node.signing_rules import MAX_ANCESTORS_WITHOUT_QUORUM, MAX_UNCOMMITTED_ANCESTORS
from corollup.node.storage import ResultStore
from corollup.spec.blobs import encode_blobs
from corollup.spec.containers import Header, InboxSection
from corollup.spec.rules import count_anchored

log = structlog.get_logger(__name__)

REPEAT_SECONDS: Final = 2.0
"""How often the last packets are announced again while they have no quorum."""
RETRY_SECONDS: Final = 0.25
"""How often a producer looks when nothing else happens."""
_FRAMING_BYTES: Final = 5


@dataclass(frozen=True, slots=True)
class ProducerPolicy:
    """What a producer decides for itself."""

    packet_seconds: float = 1.0
    """Least time between two packets."""
    idle_seconds: float = 2.0
    """Time after which an empty packet is built."""
    fee_gas_price: int = 1_000_000_000
    """Endorsing fee that it offers, wei a gas."""
    fee_gas_limit: int = 30_000_000
    """Largest gas that the endorsing fee counts."""
    left_out: set[bytes] = field(default_factory=set)
    """Senders whose transactions it censors; none in an honest network."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the environment of a packet built now is."""

    timestamp: int
    """Unix seconds."""
    view: int
    """Turn of the schedule."""
    anchor: L1Header
    """L1 anchor."""


@dataclass(slots=True, eq=False, repr=False)
class Producer:
    """One registered producer."""

    operator: bytes
    """Its address."""
    key: SigningKey
    """Its key and signing history."""
    policy: ProducerPolicy
    """Its own choices."""
    clock: Clock
    """Time of packets."""
    chain: LocalChain
    """The branch that it executed."""
    mempool: Mempool
    """Where transactions wait."""
    l1: L1View
    """Anchors and schedule."""
    gossip: Gossip
    """Where announces go to."""
    results: ResultStore
    """Bodies for peers."""
    alarm: Alarm = field(default_factory=Alarm)
    """Rung when a header, a quorum, an L1 block or a transaction came."""
    _built_at: float = 0.0
    _announced_at: float = 0.0
    _refused_view: int = -1

    async def run(self) -> None:
        """Import and build until cancelled."""
        while True:
            try:
                if await self.chain.sync():
                    await self.produce()
                await self._repeat()
            except CorollupError as error:
                log.warning("producer.failed", error=str(error))
            await self.alarm.wait(RETRY_SECONDS)

    async def produce(self) -> Packet | None:
        """Build, sign and announce a packet, if it is this producer's turn."""
        path = self.chain.path()
        turn = self._find_turn()
        if turn is None or not self._may_build(path, turn):
            return None
        candidate = await self._build(turn)
        try:
            encoded, announce = await asyncio.to_thread(self._sign, candidate)
        except SlashableSignature as refused:
            # It signed this number in this view already; the next view is another.
            log.info("producer.refused", packet=self.chain.number + 1, error=str(refused))
            self._refused_view = turn.view
            return None
        await asyncio.to_thread(self.chain.ledger.append, candidate)
        hints = candidate.hints if len(candidate.included) <= MAX_HINTS else b""
        self.results.put(candidate.digest, encoded, hints)
        self.chain.append(announce.header, candidate.digest, list(candidate.included))
        packet = self.gossip.keep(self.gossip.transport.peer, announce)
        assert packet is not None
        packet.valid = True
        self._built_at = self.clock.now()
        log.debug("packet.built", packet=packet.number, transactions=len(candidate.included))
        await self.gossip.publish(announce)
        return packet

    async def _repeat(self) -> None:
        """Announce own packets again that may have been missed, until a quorum was seen."""
        now = self.clock.now()
        if now < self._announced_at + REPEAT_SECONDS:
            return
        self._announced_at = now
        for packet in self.chain.path():
            if not packet.quorum and packet.header.producer == self.operator:
                await self.gossip.publish(packet.announce)

    def _find_turn(self) -> Turn | None:
        """Return the environment of a packet built now, or `None` if another producer's turn is."""
        config = self.l1.config
        parent = self.chain.head_header
        timestamp = max(int(self.clock.now()), parent.timestamp if parent else 0)
        view = (timestamp - config.genesis_time) // config.view_seconds
        anchor = self._find_anchor(timestamp)
        if anchor is None or view < 0 or (parent and anchor.number < parent.l1_number):
            return None
        epoch = self.l1.epoch_at(anchor.number)
        if epoch is None or not self.l1.is_scheduled(epoch, view, self.operator):
            return None
        return Turn(timestamp, view, anchor)

    def _find_anchor(self, timestamp: int) -> L1Header | None:
        """Return the newest L1 block that is deep and old enough."""
        number = self.l1.head_number - self.l1.config.anchor_depth
        while (header := self.l1.header(number)) is not None and header.timestamp > timestamp:
            number -= 1
        if header is None or timestamp - header.timestamp > self.l1.config.anchor_max_age:
            return None
        return header

    def _may_build(self, path: list[Packet], turn: Turn) -> bool:
        waited = self.clock.now() - self._built_at
        has_work = len(self.mempool) or self._select_messages(turn).messages
        least = self.policy.packet_seconds if has_work else self.policy.idle_seconds
        return (
            turn.view > self._refused_view
            and waited >= least
            and sum(not packet.quorum for packet in path) <= MAX_ANCESTORS_WITHOUT_QUORUM
            and len(path) <= MAX_UNCOMMITTED_ANCESTORS
            and self._is_covered(path)
        )

    def _is_covered(self, path: list[Packet]) -> bool:
        config, policy = self.l1.config, self.policy
        own = [packet.header for packet in path if packet.header.producer == self.operator]
        fees = [(header.fee_gas_price, header.fee_gas_limit) for header in own]
        fees.append((policy.fee_gas_price, policy.fee_gas_limit))
        needed = sum(compute_greatest_fee(price, limit, config) for price, limit in fees)
        return self.l1.covers.get(self.operator, 0) >= needed

    def _select_messages(self, turn: Turn) -> InboxSection:
        """Return the messages from L1 that a packet built now consumes: all that it may."""
        parent = self.chain.head_header
        return self.l1.inbox.select(parent.inbox_count if parent else 0, turn.anchor.number)

    async def _build(self, turn: Turn) -> Candidate:
        config, ledger = self.l1.config, self.chain.ledger
        inbox = self._select_messages(turn)
        selected = self.mempool.select(
            ledger.next_base_fee(),
            config.gas_limit - inbox.gas,
            config.max_payload_bytes - _FRAMING_BYTES,
        )
        selected = [tx for tx in selected if tx.sender not in self.policy.left_out]
        candidate = await asyncio.to_thread(
            ledger.build,
            transactions=[tx.raw for tx in selected],
            timestamp=turn.timestamp,
            view=turn.view,
            producer=self.operator,
            producer_key=self.key.public,
            l1_number=turn.anchor.number,
            l1_hash=turn.anchor.hash,
            prev_randao=turn.anchor.prev_randao,
            fee_gas_price=self.policy.fee_gas_price,
            fee_gas_limit=self.policy.fee_gas_limit,
            inbox=inbox.encode(),
        )
        await asyncio.to_thread(self._anchor, candidate)
        for index, why, permanent in candidate.refused:
            if permanent:
                self.mempool.reject(selected[index].hash, why)
        return candidate

    def _anchor(self, candidate: Candidate) -> None:
        """Put the payloads since the last data anchor into blobs, if the packet is one."""
        number = self.chain.number + 1
        count = count_anchored(self.l1.config, number)
        if count is None:
            return
        first = number - count
        payloads = [self.chain.get_payload(earlier) for earlier in range(first, number)]
        proofs = prove_blobs(encode_blobs(first, (*payloads, candidate.payload)))
        candidate.anchor(payloads, [(proof.commitment, proof.proof) for proof in proofs])

    def _sign(self, candidate: Candidate) -> tuple[bytes, Announce]:
        domain, header = self.gossip.tree.domain, Header.decode(candidate.header)
        signature = self.key.sign_endorsement(
            domain, header.number, header.view, candidate.digest, status=1
        )
        return candidate.sign(signature), Announce(domain, header, signature)
