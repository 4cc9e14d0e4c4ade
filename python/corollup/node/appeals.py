"""
Appeals to verdicts.

    open case → own execution → vote, recorded on disk → gossip → majority of all seats → decide

Every seat of the packet's epoch is a juror. Any node that has more than half of all votes sends
them to the L1, the operators one after the other; whoever has no verdict on a packet does not vote.
"""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from corollup.engine import Engine
from corollup.errors import CorollupError, Rejected
from corollup.l1.abi import Call
from corollup.l1.appeals import Appeals, Jury
from corollup.l1.client import ContractReverted
from corollup.l1.fault_events import AppealOpened
from corollup.l1.submitter import SubmissionError, Submitter
from corollup.node.clock import Alarm, Clock
from corollup.node.commit_proofs import show_committed
from corollup.node.environment import is_known, make_context, verify_environment
from corollup.node.epochs import Epoch
from corollup.node.gossip import Gossip
from corollup.node.headers import HeaderTree, Packet
from corollup.node.keys import SigningKey
from corollup.node.l1_view import L1View
from corollup.node.messages import Vote
from corollup.node.signing_history import SlashableSignature
from corollup.node.storage import ResultStore
from corollup.spec.containers import compute_appeal_message

log = structlog.get_logger(__name__)

RETRY_SECONDS: Final = 0.5
"""How often cases are looked at when nothing else happens."""
REPEAT_SECONDS: Final = 2.0
"""How often a vote is sent again while its case is open."""


@dataclass(slots=True)
class Ballot:
    """The votes of one case."""

    sent_at: float | None = None
    """When this node last sent its own votes."""
    found: bool | None = None
    """What this node found."""
    votes: dict[bool, dict[bytes, bytes]] = field(default_factory=lambda: {False: {}, True: {}})
    """Signatures by verdict and key, not checked."""
    ready_at: int | None = None
    """L1 block in which a majority was first seen."""


@dataclass(slots=True, eq=False, repr=False)
class AppealService:
    """The jurors of one node, and what they know of the others' votes."""

    keys: list[SigningKey]
    """The node's seats."""
    engine: Engine
    """Verifies and sums."""
    clock: Clock
    """Time of repeats."""
    tree: HeaderTree
    """The headers."""
    l1: L1View
    """Cases, epochs, commits."""
    gossip: Gossip
    """Where votes come from and go to."""
    results: ResultStore
    """Bodies at hand."""
    appeals: Appeals
    """Where cases are decided."""
    submitter: Submitter
    """The account that decides."""
    alarm: Alarm = field(default_factory=Alarm)
    """Rung at an L1 block."""
    ballots: dict[int, Ballot] = field(default_factory=dict)
    """The votes of each open case."""
    _failed_at: int = -1

    async def run(self) -> None:
        """Vote and decide until cancelled."""
        while True:
            await self.alarm.wait(RETRY_SECONDS)
            cases = self.l1.faults.cases
            self.ballots = {case: self.ballots.get(case, Ballot()) for case in cases}
            self._take_votes()
            for case in list(cases.values()):
                try:
                    await self._attend(case)
                except CorollupError as error:
                    # An error of this machine says nothing about the packet: it abstains.
                    log.warning("appeals.failed", case=case.case, error=str(error))

    def _take_votes(self) -> None:
        while not self.gossip.votes.empty():
            vote = self.gossip.votes.get_nowait()
            ballot, case = self.ballots.get(vote.case), self.l1.faults.cases.get(vote.case)
            epoch = self._epoch_of(vote.digest)
            if ballot is None or case is None or epoch is None or case.digest != vote.digest:
                continue
            if vote.key in epoch.seats_by_key:
                ballot.votes[vote.is_valid][vote.key] = vote.signature

    async def _attend(self, case: AppealOpened) -> None:
        if self.l1.head_number > case.deadline:
            await self._close(case)
            return
        packet = self.tree.get(case.digest) or await self.gossip.fetch_header(
            case.digest, is_committed=True
        )
        epoch = self._epoch_of(case.digest)
        if packet is None or epoch is None:
            return
        ballot = self.ballots[case.case]
        if ballot.found is None:
            ballot.found = await self._judge(packet)
        if ballot.found is not None:
            await self._vote(case, ballot, epoch, ballot.found)
        for is_valid in (False, True):
            if await self._decide(case, packet, epoch, is_valid):
                return

    def _epoch_of(self, digest: bytes) -> Epoch | None:
        packet = self.tree.get(digest)
        return None if packet is None else self.l1.epoch_at(packet.header.l1_number)

    async def _judge(self, packet: Packet) -> bool | None:
        """Execute a packet again; nothing while that says nothing about it."""
        parent = self.tree.parent(packet.header)
        if parent is None or not is_known(packet.header, self.l1, self.clock.now()):
            return None
        try:
            verify_environment(packet.header, parent, self.l1)
        except Rejected:
            # Shown by its L1 header, which needs no vote.
            return None
        encoded = self.results.get(packet.digest)
        if encoded is None:
            found = await self.gossip.fetch_result(packet.digest, set())
            if found is None:
                return None
            encoded = found[1].encoded
        context = make_context(packet.header, parent, (), self.l1, self.tree.domain)
        verify = self.engine.endorser.verify
        verdict = await asyncio.to_thread(
            verify, encoded, replace(context, fee_cover=None, payload_hashes=None)
        )
        if verdict.status is None or verdict.digest != packet.digest:
            return None
        self.results.put(packet.digest, encoded)
        return verdict.status == 1

    async def _vote(self, case: AppealOpened, ballot: Ballot, epoch: Epoch, found: bool) -> None:
        now = self.clock.now()
        if ballot.sent_at is not None and now < ballot.sent_at + REPEAT_SECONDS:
            return
        ballot.sent_at = now
        domain = self.tree.domain
        for key in self.keys:
            if key.public not in epoch.seats_by_key:
                continue
            try:
                signature = await asyncio.to_thread(
                    key.sign_vote, domain, case.case, case.digest, found
                )
            except SlashableSignature as refused:
                log.warning("juror.refused", case=case.case, error=str(refused))
                continue
            ballot.votes[found][key.public] = signature
            vote = Vote(domain, case.case, case.digest, found, key.public, signature)
            await self.gossip.publish(vote)

    async def _decide(
        self, case: AppealOpened, packet: Packet, epoch: Epoch, is_valid: bool
    ) -> bool:
        """Send a verdict to the L1, if it has its majority and it is this operator's turn."""
        ballot = self.ballots[case.case]
        required = len(epoch.seats) // 2 + 1
        votes = ballot.votes[is_valid]
        if len(votes) < required:
            return False
        message = compute_appeal_message(case.case, case.digest, is_valid)
        keys = list(votes)
        aggregate, invalid = await asyncio.to_thread(
            self.engine.bls.aggregate_valid, keys, message, list(votes.values())
        )
        for index in invalid:
            del votes[keys[index]]
        if len(votes) < required or aggregate is None:
            return False
        if ballot.ready_at is None:
            ballot.ready_at = self.l1.head_number
        if self.l1.head_number < ballot.ready_at + self._rank(case):
            return True
        for index in range(epoch.committee_count):
            if (epoch.number, index) not in self.l1.opened_committees:
                return await self._submit(case, self._open_committee(epoch, index))
        jury = self._make_jury(epoch, set(votes), aggregate)
        parent = None if is_valid else self.tree.get(packet.header.parent_hash)
        proof = None if is_valid else show_committed(self.l1, packet.number)
        before = None if parent is None else parent.header
        call = self.appeals.decide(case.case, packet.header, is_valid, jury, before, proof)
        return await self._submit(case, call)

    def _make_jury(self, epoch: Epoch, voters: set[bytes], aggregate: bytes) -> Jury:
        bls = self.engine.bls
        seats = [seat for committee in epoch.committees for seat in committee]
        absent = [i for i, seat in enumerate(seats) if seat.is_ejected or seat.key not in voters]
        return Jury(
            tuple(epoch.committee_key(index, bls) for index in range(epoch.committee_count)),
            tuple(absent),
            tuple(seats[i].l1_key for i in absent if not seats[i].is_ejected),
            bls.to_eip2537_signature(aggregate),
        )

    def _open_committee(self, epoch: Epoch, index: int) -> Call:
        seats = epoch.committees[index]
        ids, keys = [seat.id for seat in seats], [seat.l1_key for seat in seats]
        return self.l1.management.open_committee(epoch.number, index, ids, keys)

    async def _close(self, case: AppealOpened) -> None:
        if self.l1.head_number > case.deadline + self._rank(case):
            await self._submit(case, self.appeals.close(case.case))

    def _rank(self, case: AppealOpened) -> int:
        """Return how many operators are before this one; each has an L1 block."""
        operators = sorted({member.operator for member in self.l1.members.values()})
        if self.submitter.address not in operators:
            return len(operators)
        return (operators.index(self.submitter.address) + case.case) % len(operators)

    async def _submit(self, case: AppealOpened, call: Call) -> bool:
        # Timing: after a failure nothing changes before the next L1 block.
        if self._failed_at == self.l1.head_number:
            return True
        try:
            receipt = await self.submitter.submit(call)
        except (SubmissionError, ContractReverted) as error:
            # Somebody else was first, or the L1 went back; the next look sees what is so.
            log.info("appeals.refused", case=case.case, error=str(error))
            self._failed_at = self.l1.head_number
            return True
        log.info("appeals.sent", case=case.case, tx=receipt.tx_hash.hex())
        self.l1.updated.ring()
        return True
