"""
Lies to the L1.

    contradiction heard → report                       committed packet → own execution → evidence
    evidence → report with all signers → reset         no evidence → appeal, demand of a node

Any node that executes may fish: nothing is reported that does not prove itself, and an appeal is
only opened against a packet that this node's own execution refutes.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Final

import structlog

from corollup.engine import Engine
from corollup.errors import CorollupError, Reason, Rejected
from corollup.l1.abi import Call
from corollup.l1.appeals import Appeals
from corollup.l1.client import L1Receipt
from corollup.l1.fault_events import Verdict as Judged
from corollup.l1.reveals import ListKind, Place, Reveals
from corollup.l1.submitter import SubmissionError, Submitter
from corollup.l1.verdicts import FaultContract
from corollup.node.accused import Prosecutor
from corollup.node.clock import Alarm, Clock
from corollup.node.commit_proofs import show_committed
from corollup.node.contradictions import Contradiction, Contradictions
from corollup.node.environment import is_known, make_context
from corollup.node.evidence import find_evidence
from corollup.node.gossip import Gossip
from corollup.node.headers import HeaderTree, Packet
from corollup.node.l1_view import L1View
from corollup.node.local_chain import LocalChain
from corollup.node.storage import ResultStore
from corollup.spec.containers import ExecutionResult
from corollup.spec.verdict import Verdict

log = structlog.get_logger(__name__)

RETRY_SECONDS: Final = 0.25
"""How often a fisherman looks when nothing else happens."""
VIEW_LOOKS: Final = 40
"""How often a fisherman looks whether its view has the block of its transaction."""
MAX_EXAMINED: Final = 4096
"""Packets that are remembered as examined."""
FIRST_LEAF: Final = Place(ListKind.UPDATE, 0, 0)
"""What is demanded of an update list that nobody showed."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A transaction of a fisherman that the L1 accepted."""

    what: str
    """What it was for."""
    number: int
    """Number of the packet, or of the slash."""
    receipt: L1Receipt
    """Its receipt."""


@dataclass(slots=True, eq=False, repr=False)
class Fisherman:
    """Reports what this node can prove, for the rewards of one account."""

    engine: Engine
    """Verifies."""
    clock: Clock
    """Time of retries."""
    tree: HeaderTree
    """The headers."""
    l1: L1View
    """Commits, verdicts, members."""
    gossip: Gossip
    """Where bodies come from."""
    results: ResultStore
    """Bodies at hand."""
    chain: LocalChain
    """The states."""
    prosecutor: Prosecutor
    """Who signed what."""
    contradictions: Contradictions
    """What was heard."""
    faults: FaultContract
    """Where faults are reported."""
    appeals: Appeals
    """Where wrong executions are appealed."""
    reveals: Reveals
    """Where nodes of lists are demanded."""
    submitter: Submitter
    """The account that reports."""
    keeps_chain: bool
    """Whether the ledger follows the chain by this service, as no producer moves it."""
    listeners: list[Callable[[Filed], None]] = field(default_factory=list)
    """Told of each accepted transaction."""
    alarm: Alarm = field(default_factory=Alarm)
    """Rung at a header, a quorum and an L1 block."""
    _examined: OrderedDict[bytes, None] = field(default_factory=OrderedDict)
    _failed_at: dict[tuple[str, bytes], int] = field(default_factory=dict)
    _looked_at: int = -1
    _looked: set[bytes] = field(default_factory=set)
    _found: list[Contradiction] = field(default_factory=list)
    _own_cases: set[int] = field(default_factory=set)

    async def run(self) -> None:
        """Fish until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            if self.keeps_chain:
                tasks.create_task(self._follow())
            while True:
                await self.alarm.wait(RETRY_SECONDS)
                if self.l1.head is None:
                    continue
                for duty in (
                    self._report_contradictions,
                    self._examine,
                    self._follow_up,
                    self._settle,
                ):
                    await self._guard(duty())

    async def _follow(self) -> None:
        """Execute what is committed and what may be; no report waits for it."""
        while True:
            await self._guard(self.chain.sync())
            await self.clock.sleep(RETRY_SECONDS)

    @staticmethod
    async def _guard(work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except CorollupError as error:
            log.warning("fisherman.failed", error=str(error))

    def see(self, packet: Packet) -> None:
        """Note who signed a new header."""
        epoch = self.l1.epoch_at(packet.header.l1_number)
        if epoch is not None:
            self.contradictions.hear_packet(packet, epoch.producer(packet.header.view).key)
        self.alarm.ring()

    # Contradictions

    async def _report_contradictions(self) -> None:
        """Report what was found, again at each L1 block until the L1 knows it."""
        self._found += await asyncio.to_thread(self.contradictions.find)
        for found in list(self._found):
            stated = self.prosecutor.state(found)
            if stated is None or not self._is_fresh(found.packets[0]):
                self._found.remove(found)
                continue
            _, first, second, signature = stated
            call = self.faults.report_contradiction(first, second, signature)
            await self._file("contradiction", found.packets[0], call)

    # Packets

    async def _examine(self) -> None:
        """Examine the committed packets, and those above that this node or a quorum refused."""
        number = min(self.chain.executed) + 1
        # The view changes while this waits for peers.
        while (commit := self.l1.commits.get(number)) is not None:
            number += 1
            if commit.digest in self._examined:
                continue
            packet = self.tree.get(commit.digest) or await self.gossip.fetch_header(
                commit.digest, is_committed=True
            )
            if packet is not None:
                await self._examine_packet(packet)
        head = self.chain.executed.get(self.chain.number, b"")
        for packet in list(self.tree.children(head)):
            is_refused = packet.valid is False or packet.rejected
            if is_refused and packet.digest not in self._examined:
                await self._examine_packet(packet)

    async def _examine_packet(self, packet: Packet) -> None:
        number, header = packet.number, packet.header
        if not is_known(header, self.l1, self.clock.now()) or self.l1.is_judged(packet.digest):
            return
        if await self._report_environment(packet):
            return
        if self.chain.executed.get(number) == packet.digest:
            self._note_examined(packet)
            return
        if self.chain.executed.get(number - 1) != header.parent_hash:
            return
        result = await self._find_result(packet)
        # Timing: what could not be reported is looked at again at the next L1 block.
        if result is None or not self._is_first_look(packet):
            return
        verdict = await self._judge(packet, result)
        if verdict.status == 1:
            self._note_examined(packet)
            return
        state = self.chain.ledger.tree(number - 1)
        evidence = None if state is None else await asyncio.to_thread(find_evidence, result, state)
        if evidence is not None:
            accused = next(self.prosecutor.accuse_signers(packet))
            call = self.faults.report(header, evidence, accused)
            name = type(evidence).__name__
            log.warning("fault.proven", packet=number, evidence=name)
            await self._file(name, packet, call)
        elif verdict.status == 0:
            await self._contest(packet, verdict)

    async def _report_environment(self, packet: Packet) -> bool:
        """Report a packet whose fields are not those of its L1 anchor (O7)."""
        header, anchor = packet.header, self.l1.header(packet.header.l1_number)
        if anchor is None or anchor.hash != header.l1_hash:
            return False
        age = header.timestamp - anchor.timestamp
        is_in_time = 0 <= age <= self.l1.config.anchor_max_age
        if is_in_time and anchor.prev_randao == header.prev_randao:
            return False
        rlp = await self.l1.client.get_raw_header(anchor.number)
        accused = next(self.prosecutor.accuse_signers(packet))
        call = self.faults.report_environment(header, rlp, accused)
        await self._file("environment", packet, call)
        return True

    async def _find_result(self, packet: Packet) -> ExecutionResult | None:
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
        return result if result.header == packet.header else None

    async def _judge(self, packet: Packet, result: ExecutionResult) -> Verdict:
        context = make_context(packet.header, result.parent, (), self.l1, self.tree.domain)
        verify = self.engine.endorser.verify
        return await asyncio.to_thread(
            verify, result.encode(), replace(context, fee_cover=None, payload_hashes=None)
        )

    async def _contest(self, packet: Packet, verdict: Verdict) -> None:
        """Appeal a committed packet that executes otherwise; demand a list that is not known."""
        if not self._is_committed(packet):
            return
        if not self.l1.faults.is_appealed(packet.digest):
            log.warning("packet.appealed", packet=packet.number, reason=str(verdict.reason))
            bond = await self.appeals.get_bond()
            proof = show_committed(self.l1, packet.number)
            await self._file("appeal", packet, self.appeals.appeal(packet.header, proof, bond))
        if verdict.reason is Reason.UPDATE_ROOT_MISMATCH:
            bond = await self.reveals.get_bond(packet.digest)
            proof = show_committed(self.l1, packet.number)
            call = self.reveals.demand(packet.header, FIRST_LEAF, proof, bond)
            await self._file("demand", packet, call)
        self._note_examined(packet)

    def _is_committed(self, packet: Packet) -> bool:
        commit = self.l1.commits.get(packet.number)
        return commit is not None and commit.digest == packet.digest

    def _is_first_look(self, packet: Packet) -> bool:
        """Whether a packet was not executed again since the newest L1 block."""
        if self._looked_at != self.l1.head_number:
            self._looked_at = self.l1.head_number
            self._looked.clear()
        is_first = packet.digest not in self._looked
        self._looked.add(packet.digest)
        return is_first

    def _is_fresh(self, packet: Packet) -> bool:
        """Whether the L1 still takes evidence about a packet."""
        last = packet.header.l1_number + self.l1.config.evidence_window
        return self.l1.head_number < last

    def _note_examined(self, packet: Packet) -> None:
        self._examined[packet.digest] = None
        if len(self._examined) > MAX_EXAMINED:
            self._examined.popitem(last=False)

    # What follows from verdicts

    async def _follow_up(self) -> None:
        """Accuse all signers that a verdict refutes, report silence, and reset the chain."""
        for judged in list(self.l1.faults.verdicts.values()):
            packet = self.tree.get(judged.digest)
            if packet is None or not self._is_fresh(packet):
                continue
            status = 1 if judged.verdict is Judged.INVALID else 0
            for accused in self.prosecutor.accuse_signers(packet, status):
                call = self.faults.accuse(packet.header, status, accused)
                await self._file("accusation", packet, call)
            if judged.verdict is Judged.INVALID and self._is_committed(packet):
                await self._reset(packet)
        for demand in list(self.l1.faults.demands.values()):
            packet = self.tree.get(demand.digest)
            if packet is None or self.l1.head_number <= demand.deadline:
                continue
            for accused in self.prosecutor.accuse_signers(packet):
                place = Place(ListKind(demand.place[0]), *demand.place[1:])
                call = self.reveals.report_withheld(packet.header, place, accused)
                await self._file("silence", packet, call)

    async def _reset(self, packet: Packet) -> None:
        parent = self.tree.get(packet.header.parent_hash)
        proof = show_committed(self.l1, packet.number)
        before = None if parent is None else parent.header
        await self._file("reset", packet, self.l1.state.reset(packet.header, before, proof))

    async def _settle(self) -> None:
        """Pay out what this account's reports slashed, and take back its bonds."""
        own = self.submitter.address
        for number, slash in list(self.l1.faults.slashes.items()):
            if slash.reporter == own and self.l1.head_number >= slash.payable_block:
                call = self.l1.management.pay_slash(number)
                await self._submit("payment", number, slash.offence, call)
        cases = self.l1.faults.cases
        self._own_cases |= {number for number, case in cases.items() if case.appellant == own}
        for number in [number for number in self._own_cases if number not in cases]:
            self._own_cases.discard(number)
            await self._submit("bond", number, b"", self.appeals.withdraw_bond())

    # Transactions

    async def _file(self, what: str, packet: Packet, call: Call) -> None:
        await self._submit(what, packet.number, packet.digest, call)

    async def _submit(self, what: str, number: int, about: bytes, call: Call) -> None:
        # Timing: after a failure nothing changes before the next L1 block.
        if self._failed_at.get((what, about)) == self.l1.head_number:
            return
        try:
            receipt = await self.submitter.submit(call)
        except SubmissionError as error:
            # Somebody else was first, or the L1 went back; the next look sees what is so.
            log.info("fisherman.refused", what=what, number=number, error=str(error))
            self._failed_at[what, about] = self.l1.head_number
            if len(self._failed_at) > MAX_EXAMINED:
                self._failed_at.clear()
            return
        log.warning("fisherman.filed", what=what, number=number, tx=receipt.tx_hash.hex())
        await self._wait_for(receipt.block_number)
        for listener in self.listeners:
            listener(Filed(what, number, receipt))

    async def _wait_for(self, block: int) -> None:
        """Wait until this node's view has a block, so that nothing is reported twice."""
        self.l1.updated.ring()
        for _ in range(VIEW_LOOKS):
            if self.l1.head_number >= block:
                return
            await self.clock.sleep(RETRY_SECONDS)
