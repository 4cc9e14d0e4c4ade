"""
Demands to answers: what a packet's lists have at a place.

Silence would be the guilt of all signers, so every node that has the body answers, the operators
one after the other; who answers is paid the demand's bond.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

import structlog

from corollup.engine import Engine
from corollup.errors import CorollupError, Rejected
from corollup.l1.client import ContractReverted
from corollup.l1.fault_events import NodeDemanded
from corollup.l1.reveals import ListKind, Place, Reveals
from corollup.l1.submitter import SubmissionError, Submitter
from corollup.node.clock import Alarm
from corollup.node.evidence import list_updates, read_lists
from corollup.node.gossip import Gossip
from corollup.node.headers import HeaderTree, Packet
from corollup.node.l1_view import L1View
from corollup.node.storage import ResultStore
from corollup.spec.containers import ExecutionResult
from corollup.spec.evidence.reveals import compute_answer

log = structlog.get_logger(__name__)

RETRY_SECONDS: Final = 0.5
"""How often demands are looked at when nothing else happens."""


@dataclass(slots=True, eq=False, repr=False)
class Revealer:
    """Answers demands on behalf of one operator."""

    engine: Engine
    """Computes update lists."""
    tree: HeaderTree
    """The headers."""
    l1: L1View
    """The demands."""
    gossip: Gossip
    """Where bodies come from."""
    results: ResultStore
    """Bodies at hand."""
    reveals: Reveals
    """Where demands are answered."""
    submitter: Submitter
    """The operator's account."""
    alarm: Alarm = field(default_factory=Alarm)
    """Rung at an L1 block."""
    _seen_at: dict[tuple[bytes, tuple[int, int, int]], int] = field(default_factory=dict)
    _failed_at: int = -1

    async def run(self) -> None:
        """Answer until cancelled."""
        while True:
            await self.alarm.wait(RETRY_SECONDS)
            demands = self.l1.faults.demands
            head = self.l1.head_number
            self._seen_at = {key: self._seen_at.get(key, head) for key in demands}
            for key, demand in list(demands.items()):
                is_turn = head >= self._seen_at[key] + self._rank()
                if not is_turn or head > demand.deadline or self._failed_at == head:
                    continue
                try:
                    await self._answer(demand)
                except CorollupError as error:
                    log.warning("revealer.failed", error=str(error))

    async def _answer(self, demand: NodeDemanded) -> None:
        packet = self.tree.get(demand.digest) or await self.gossip.fetch_header(
            demand.digest, is_committed=True
        )
        if packet is None:
            return
        place = Place(ListKind(demand.place[0]), *demand.place[1:])
        items = await self._find_items(packet, place.kind)
        if items is None:
            return
        answer = await asyncio.to_thread(compute_answer, items, place.level, place.index)
        try:
            await self.submitter.submit(self.reveals.answer(packet.header, place, answer))
        except (SubmissionError, ContractReverted) as error:
            # Somebody else was first, or the L1 went back; the next look sees what is so.
            log.info("revealer.refused", packet=packet.number, error=str(error))
            self._failed_at = self.l1.head_number
            return
        log.info("node.revealed", packet=packet.number, list=place.kind.name)
        self.l1.updated.ring()

    async def _find_items(self, packet: Packet, kind: ListKind) -> list[bytes] | None:
        """Return a list of a packet, if some body gives the one under the header's root."""
        encoded = self.results.get(packet.digest)
        if encoded is None:
            found = await self.gossip.fetch_result(packet.digest, set())
            if found is None:
                return None
            encoded = found[1].encoded
        try:
            result = ExecutionResult.decode(encoded)
        except Rejected:
            return None
        lists = None if result.header != packet.header else read_lists(result)
        if lists is None or kind is ListKind.ACCESS:
            return None if lists is None else list(lists.access)
        return await asyncio.to_thread(list_updates, self.engine, result, lists)

    def _rank(self) -> int:
        """Return how many operators are before this one; each has an L1 block."""
        operators = sorted({member.operator for member in self.l1.members.values()})
        if self.submitter.address not in operators:
            return len(operators)
        return operators.index(self.submitter.address)
