"""
Headers to endorsements.

    header → may it be signed now? → environment → body → engine → signing history → signature

The endorser holds no state. It decodes and verifies the bytes that it received itself, and says
1, 0 or nothing: 0 only for a header that contradicts its own proven body. Trouble of its own
machine is an abstention.
"""

import asyncio
from dataclasses import dataclass, field, replace
from heapq import nlargest
from typing import Final

import structlog

from corollup.engine import Engine
from corollup.errors import CorollupError, Reason, Rejected
from corollup.node.clock import Alarm, Clock
from corollup.node.environment import (
    is_known,
    make_context,
    verify_environment,
    verify_fee_cover,
)
from corollup.node.gossip import Gossip
from corollup.node.headers import HeaderTree, Packet
from corollup.node.keys import SigningKey
from corollup.node.l1_view import L1View
from corollup.node.messages import Endorsement, Result
from corollup.node.penalties import FALSE_HINT_WEIGHT, Penalties
from corollup.node.signing_history import SlashableSignature
from corollup.node.signing_rules import Decision, Signed, decide
from corollup.node.storage import CodeStore, ResultStore
from corollup.node.transport import PeerId
from corollup.spec.known_codes import read_codes
from corollup.spec.verdict import Context, Verdict

log = structlog.get_logger(__name__)

MAX_PENDING: Final = 512
"""Packets that wait for something; the highest numbers are dropped first."""
RETRY_SECONDS: Final = 0.5
"""How often waiting packets are looked at when nothing else happens."""
REPEAT_SECONDS: Final = 2.0
"""How often an endorsement is sent again while its packet has no quorum."""
INVALID_BODY_WEIGHT: Final = 4.0
"""Fault of a peer whose body had to be ignored."""


@dataclass(slots=True, eq=False, repr=False)
class Endorser:
    """One seat's vote."""

    key: SigningKey
    """The seat's key and its signing history."""
    engine: Engine
    """Verifies."""
    clock: Clock
    """Time of the rungs and of rivals."""
    tree: HeaderTree
    """The headers."""
    l1: L1View
    """Anchors, schedule, committees, fee accounts."""
    gossip: Gossip
    """Where bodies come from and endorsements go to."""
    results: ResultStore
    """Bodies for later rungs."""
    codes: CodeStore
    """Codes that peers need not send."""
    penalties: Penalties
    """Who sent bodies that had to be ignored."""
    inbox: asyncio.Queue[tuple[PeerId, Endorsement]]
    """The aggregator's inbox, for this node's own endorsements."""
    alarm: Alarm = field(default_factory=Alarm)
    """Rung when something that packets wait for may have come."""
    signed: dict[int, list[Signed]] = field(default_factory=dict)
    """What was signed with status 1, by number."""
    _sent: dict[bytes, tuple[Endorsement, float]] = field(default_factory=dict)
    _pending: dict[bytes, Packet] = field(default_factory=dict)
    _tried: dict[bytes, set[PeerId]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # What was signed before a restart has its time again: nobody knows when it was signed.
        now, records = self.clock.now(), self.key.history.records()
        endorsed = (record for record in records if record.status == 1)
        for record in nlargest(MAX_PENDING, endorsed, key=lambda record: record.number):
            if record.domain == self.tree.domain:
                self._note(record.number, Signed(record.digest, record.view, now))

    def consider(self, packet: Packet) -> None:
        """Look at a header at the next turn."""
        self._pending[packet.digest] = packet
        if len(self._pending) > MAX_PENDING:
            self._forget(max(self._pending.values(), key=lambda waiting: waiting.number))
        self.alarm.ring()

    async def run(self) -> None:
        """Endorse until cancelled."""
        while True:
            await self.alarm.wait(RETRY_SECONDS)
            for packet in sorted(self._pending.values(), key=lambda waiting: waiting.number):
                try:
                    await self._advance(packet)
                except CorollupError as error:
                    # An error of this machine says nothing about the packet: it abstains.
                    log.warning("endorser.abstained", packet=packet.number, error=str(error))
                    self._forget(packet)
            await self._repeat()
            self._forget_committed()

    async def _advance(self, packet: Packet) -> None:
        now = self.clock.now()
        signed = self.signed.get(packet.number, [])
        decision = decide(packet, self.tree, signed, self.l1.config, now)
        if decision is Decision.DROP:
            self._forget(packet)
            return
        ancestry = self.tree.ancestry(packet.header)
        if ancestry.missing is not None:
            await self.gossip.fetch_header(ancestry.missing)
            return
        if decision is Decision.WAIT or not is_known(packet.header, self.l1, now):
            return
        if not self._is_called(packet, now):
            return
        parent = self.tree.parent(packet.header)
        if parent is None:
            # After a restart the committed chain is known by its digests alone.
            await self.gossip.fetch_header(packet.header.parent_hash)
            return
        try:
            verify_environment(packet.header, parent, self.l1)
        except Rejected as rejected:
            self._drop(packet, rejected)
            return
        try:
            verify_fee_cover(packet.header, ancestry.packets, self.l1)
        except Rejected as rejected:
            # Timing: a commit frees the cover of the packets before, so this one may wait for it.
            log.debug("endorser.waits", packet=packet.number, reason=str(rejected))
            return
        context = make_context(packet.header, parent, ancestry.packets, self.l1, self.tree.domain)
        await self._verify(packet, context)

    def _is_called(self, packet: Packet, now: float) -> bool:
        """Whether this seat votes on a rung that counts now and has no quorum yet."""
        epoch = self.l1.epoch_at(packet.header.l1_number)
        if epoch is None or self.key.public not in epoch.seats_by_key:
            return False
        rungs = (
            [0]
            if packet.quorum
            else self.l1.open_rungs(epoch, packet.number, now - packet.header.timestamp)
        )
        return any(
            self.key.public == seat.key
            for rung in rungs
            for seat in epoch.voters(packet.number, rung)
        )

    async def _verify(self, packet: Packet, context: Context) -> None:
        tried = self._tried.setdefault(packet.digest, set())
        known_codes = self.codes.snapshot()
        found = await self.gossip.fetch_result(packet.digest, tried, known_codes)
        if found is None:
            # Everyone was asked; later some may have what they lack now.
            tried.clear()
            return
        peer, result = found
        verdict, hints = await self._judge(peer, result, context)
        if verdict.reason is Reason.MISSING_CODE and known_codes:
            # What was left out may not be what was named: then the whole is asked for.
            whole = await self.gossip.fetch_result_from(peer, packet.digest)
            if whole is None:
                return
            result = whole
            verdict, hints = await self._judge(peer, result, context)
        if verdict.status is None or verdict.digest != packet.digest:
            # Only this copy is bad: an honest body may come from another peer.
            self.penalties.blame(peer, INVALID_BODY_WEIGHT)
            log.info("body.ignored", packet=packet.number, peer=peer, why=verdict.message)
            return
        packet.valid = verdict.status == 1
        self.results.put(packet.digest, result.encoded, hints)
        self.codes.put_all(await asyncio.to_thread(read_codes, result.encoded))
        if verdict.status == 0:
            log.info("packet.rejected", packet=packet.number, reason=str(verdict.reason))
        await self._endorse(packet, verdict.status)

    async def _judge(self, peer: PeerId, result: Result, context: Context) -> tuple[Verdict, bytes]:
        """Return the verdict on a body, and its hints unless they are false."""
        verify = self.engine.endorser.verify
        with_hints = replace(context, hints=result.hints or None)
        verdict = await asyncio.to_thread(verify, result.encoded, with_hints)
        if verdict.reason is not Reason.FALSE_HINT:
            return verdict, result.hints
        # The hints only came beside the body: they cost their sender, and say nothing of it.
        self.penalties.blame(peer, FALSE_HINT_WEIGHT)
        log.info("hints.false", peer=peer, why=verdict.message)
        return await asyncio.to_thread(verify, result.encoded, context), b""

    async def _endorse(self, packet: Packet, status: int) -> None:
        now = self.clock.now()
        if status == 1:
            # The verification took its time, in which a rival may have gathered its quorum.
            signed = self.signed.get(packet.number, [])
            if decide(packet, self.tree, signed, self.l1.config, now) is not Decision.SIGN:
                return
        header = packet.header
        self._forget(packet)
        try:
            signature = await asyncio.to_thread(
                self.key.sign_endorsement,
                self.tree.domain,
                header.number,
                header.view,
                packet.digest,
                status,
            )
        except SlashableSignature as refused:
            log.warning("endorser.refused", packet=packet.number, error=str(refused))
            return
        if status == 1:
            self._note(packet.number, Signed(packet.digest, header.view, now))
        endorsement = Endorsement(
            self.tree.domain, packet.digest, status, self.key.public, signature
        )
        self._sent[packet.digest] = endorsement, now
        await self.inbox.put((self.gossip.transport.peer, endorsement))
        await self.gossip.publish(endorsement)

    def _note(self, number: int, signed: Signed) -> None:
        self.signed.setdefault(number, []).append(signed)

    async def _repeat(self) -> None:
        """Send endorsements again that may have been lost, until a quorum was seen."""
        now = self.clock.now()
        for digest, (endorsement, sent_at) in list(self._sent.items()):
            packet = self.tree.get(digest)
            if packet is None or packet.quorum or packet.rejected or not self.tree.is_alive(packet):
                del self._sent[digest]
            elif now >= sent_at + REPEAT_SECONDS:
                self._sent[digest] = endorsement, now
                await self.gossip.publish(endorsement)

    def _drop(self, packet: Packet, rejected: Rejected) -> None:
        log.info("header.ignored", packet=packet.number, reason=str(rejected))
        self._forget(packet)

    def _forget(self, packet: Packet) -> None:
        self._pending.pop(packet.digest, None)
        self._tried.pop(packet.digest, None)

    def _forget_committed(self) -> None:
        for number in [number for number in self.signed if number <= self.tree.committed_number]:
            del self.signed[number]
