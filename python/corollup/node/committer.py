"""
Quorums to the L1.

    contiguous prefix of quorums → one L1 transaction → StateRootCommitted

Any operator of a seat may commit. Submitter ranks stagger who does, so that one transaction is
paid once; the higher ranks step in when the lower ones do not. The same order holds for the
epoch's upkeep and for charging a producer whose packet died or contradicted itself.
"""

from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import structlog

from corollup.engine import Engine
from corollup.errors import CorollupError, Rejected
from corollup.l1.abi import Call
from corollup.l1.client import ContractReverted
from corollup.l1.state import CommitPacket, QuorumProof, SignerSet, Turn
from corollup.l1.submitter import SubmissionError, Submitter
from corollup.node.aggregator import Aggregator, Quorum
from corollup.node.clock import Alarm, Clock
from corollup.node.commit_proofs import show_committed
from corollup.node.gossip import Gossip
from corollup.node.headers import HeaderTree, Packet
from corollup.node.l1_view import LAST_RUNG, L1View
from corollup.node.storage import ResultStore
from corollup.spec.committee import compute_submitter_rank
from corollup.spec.containers import ExecutionResult, compute_payload_hash

log = structlog.get_logger(__name__)

UPKEEP_BLOCKS: Final = 3
"""L1 blocks that an operator has for an upkeep before the next one does it."""
RETRY_SECONDS: Final = 0.5
"""How often a committer looks when nothing else happens."""
MAX_PACKETS: Final = 10
"""Packets of one L1 transaction."""
CHARGE_BLOCKS: Final = 1024
"""L1 blocks above its anchor in which a packet is charged for."""
CHARGE_RETRY_BLOCKS: Final = 8
"""L1 blocks after which a charge is tried again."""
MAX_PAYLOAD_BYTES: Final = 96 * 1024
"""Payload of one L1 transaction, which pools take."""


@dataclass(slots=True, eq=False, repr=False)
class Committer:
    """Commits on behalf of one operator."""

    engine: Engine
    """Sums signatures."""
    clock: Clock
    """Age of packets."""
    tree: HeaderTree
    """The packets."""
    l1: L1View
    """What is committed, frozen and opened."""
    aggregator: Aggregator
    """The quorums."""
    gossip: Gossip
    """Where payloads come from."""
    results: ResultStore
    """Payloads at hand."""
    submitter: Submitter
    """The operator's L1 account."""
    alarm: Alarm = field(default_factory=Alarm)
    """Rung at a quorum and at an L1 block."""
    _failed_at: dict[str, int] = field(default_factory=dict)
    _outages: dict[str, str] = field(default_factory=dict)
    _needed_at: dict[tuple[int, int], int] = field(default_factory=dict)
    _tried_at: dict[tuple[bytes, int], int] = field(default_factory=dict)

    async def run(self) -> None:
        """Commit until cancelled."""
        while True:
            await self.alarm.wait(RETRY_SECONDS)
            await self.advance()

    async def advance(self) -> None:
        """Do the first thing that is due and possible: upkeep of the epochs, a commit, a charge."""
        if self.l1.head is None:
            return
        for duty in (self._keep_epochs, self._commit, self._charge):
            # Timing: after a failure nothing changes before the next L1 block.
            if self._failed_at.get(duty.__name__) == self.l1.head_number:
                continue
            try:
                call = await duty()
                if call is not None:
                    await self.submitter.submit(call)
            except (SubmissionError, ContractReverted) as error:
                # Somebody else was first, or the L1 went back; the next look sees what is so.
                log.info("commit.failed", duty=duty.__name__, error=str(error))
                self._failed_at[duty.__name__] = self.l1.head_number
            except CorollupError as error:
                # Once an outage, not once a look.
                if str(error) != self._outages.get(duty.__name__):
                    log.warning("committer.failed", duty=duty.__name__, error=str(error))
                self._outages[duty.__name__] = str(error)
            else:
                self._outages.pop(duty.__name__, None)
                if call is not None:
                    self.l1.updated.ring()
                    return

    # Upkeep

    async def _keep_epochs(self) -> Call | None:
        """Freeze the tables or open the next epoch, when it is due and this operator's turn."""
        if self.l1.frozen is None:
            due = await self.l1.management.get_boundary()
            return self.l1.management.freeze() if self._is_turn(due) else None
        seed_block = await self.l1.management.get_seed_block()
        if not self._is_turn(seed_block):
            return None
        rlp = await self.l1.client.get_raw_header(seed_block)
        return self.l1.management.open_epoch(rlp, self.l1.frozen.seats)

    def _is_turn(self, due: int) -> bool:
        """Whether a block is past by as many blocks as this operator has to wait for others."""
        return self.l1.head_number > due + UPKEEP_BLOCKS * self._turn()

    def _turn(self) -> int:
        operators = sorted({member.operator for member in self.l1.members.values()})
        return operators.index(self.submitter.address)

    def _find_unopened(self, quorum: Quorum) -> int | None:
        """Return a committee of a quorum that has to be opened first."""
        group = quorum.epoch.group(quorum.packet.number, quorum.rung)
        opened, epoch = self.l1.opened_committees, quorum.epoch.number
        return next((index for index in group if (epoch, index) not in opened), None)

    def _open_committee(self, quorum: Quorum, index: int) -> Call | None:
        """Open a committee, if the operators of better rank had their time to."""
        epoch, head = quorum.epoch, self.l1.head_number
        needed_at = self._needed_at.setdefault((epoch.number, index), head)
        if head < needed_at + UPKEEP_BLOCKS * self._rank(quorum)[0]:
            return None
        seats = epoch.committees[index]
        ids, keys = [seat.id for seat in seats], [seat.l1_key for seat in seats]
        return self.l1.management.open_committee(epoch.number, index, ids, keys)

    # Commits

    async def _commit(self) -> Call | None:
        """Commit the contiguous prefix of quorums, or open the committee that it needs first."""
        ready: list[tuple[Quorum, bytes]] = []
        size = 0
        for packet in self.tree.endorsed()[:MAX_PACKETS]:
            quorum = self.aggregator.quorum(packet.digest, 1)
            if quorum is None or not (ready or self._is_rank_open(quorum)):
                break
            unopened = self._find_unopened(quorum)
            if unopened is not None:
                # The packets before can go without it.
                if not ready:
                    return self._open_committee(quorum, unopened)
                break
            payload = await self._find_payload(packet)
            if payload is None or (ready and size + len(payload) > MAX_PAYLOAD_BYTES):
                break
            size += len(payload)
            ready.append((quorum, payload))
        return self.l1.state.commit(self._make_turns(ready)) if ready else None

    def _make_turns(self, ready: list[tuple[Quorum, bytes]]) -> list[Turn]:
        """Cut packets into turns: those of one producer in one epoch share a signature."""
        known = dict(self.l1.signer_sets)
        return [
            self._make_turn(list(packets), known)
            for _, packets in groupby(ready, lambda entry: _turn_key(entry[0]))
        ]

    def _make_turn(
        self, packets: list[tuple[Quorum, bytes]], known: dict[tuple[int, int], tuple[int, ...]]
    ) -> Turn:
        bls, first = self.engine.bls, packets[0][0]
        signatures = [
            signature
            for quorum, _ in packets
            for signature in (quorum.signature, quorum.packet.announce.signature)
        ]
        return Turn(
            first.epoch.election,
            first.epoch.producer_proof(first.packet.header.view),
            tuple(
                CommitPacket(quorum.packet.header, payload, self._prove(quorum, known))
                for quorum, payload in packets
            ),
            bls.to_eip2537_signature(bls.aggregate(signatures)),
        )

    def _is_rank_open(self, quorum: Quorum) -> bool:
        """Whether this operator's best rank among the voters is open."""
        age = self.clock.now() - quorum.packet.header.timestamp
        return self._rank(quorum)[0] * self.l1.config.rank_window <= age

    def _rank(self, quorum: Quorum) -> tuple[int, int]:
        """Return this operator's best rank and its position; after all ranks without a seat."""
        voters = quorum.epoch.voters(quorum.packet.number, quorum.rung)
        ranks = [
            (compute_submitter_rank(i, quorum.packet.digest, self.l1.config.committee_size), i)
            for i, seat in enumerate(voters)
            if seat.operator == self.submitter.address
        ]
        return min(ranks, default=(len(voters) + self._turn(), 0))

    async def _find_payload(self, packet: Packet) -> bytes | None:
        encoded = self.results.get(packet.digest)
        if encoded is None:
            found = await self.gossip.fetch_result(packet.digest, set())
            encoded = found[1].encoded if found else b""
        try:
            payload = ExecutionResult.decode(encoded).body.payload
        except Rejected:
            return None
        return payload if compute_payload_hash(payload) == packet.header.payload_hash else None

    def _prove(self, quorum: Quorum, known: dict[tuple[int, int], tuple[int, ...]]) -> QuorumProof:
        """Count a quorum from its committee's known set or the whole group, what is nearer."""
        bls, epoch, packet = self.engine.bls, quorum.epoch, quorum.packet
        voters = epoch.voters(packet.number, quorum.rung)
        group = epoch.group(packet.number, quorum.rung)
        signers = set(quorum.positions)
        base, changed = None, {i for i, seat in enumerate(voters) if not seat.is_ejected} - signers
        place = epoch.number, group[0]
        if quorum.rung < LAST_RUNG and place in known:
            difference = signers ^ set(known[place])
            if len(difference) <= len(changed):
                key = bls.aggregate_keys([voters[i].key for i in known[place]])
                base, changed = SignerSet(known[place], bls.to_eip2537_key(key)), difference
        if quorum.rung < LAST_RUNG:
            # The next packet of this committee is counted from this one.
            known[place] = quorum.positions
        return QuorumProof(
            rung=quorum.rung,
            committees=tuple(epoch.committee_key(index, bls) for index in group),
            signers=quorum.positions,
            changed_keys=tuple(voters[i].l1_key for i in sorted(changed)),
            submitter=self._rank(quorum)[1],
            base=base,
        )

    # Charges

    async def _charge(self) -> Call | None:
        """Charge for a quorum of status 0, or for a dead packet that had its quorum."""
        charged = {(charge.digest, charge.status) for charge in self.l1.charges}
        quorums = [
            quorum
            for quorum in self.aggregator.quorums()
            if (quorum.packet.digest, quorum.status) not in charged and self._is_due(quorum)
        ]
        # Invariant: the State Contract takes a producer's charges in the order of (view, number).
        first: dict[bytes, Quorum] = {}
        for quorum in sorted(quorums, key=_charge_order):
            first.setdefault(quorum.packet.header.producer, quorum)
        for quorum in first.values():
            if not self._may_charge(quorum):
                continue
            unopened = self._find_unopened(quorum)
            if unopened is not None:
                return self._open_committee(quorum, unopened)
            self._tried_at[quorum.packet.digest, quorum.status] = self.l1.head_number
            number = quorum.packet.number
            committed = show_committed(self.l1, number) if quorum.status == 1 else None
            turn = self._make_turn([(quorum, b"")], dict(self.l1.signer_sets))
            return self.l1.state.charge(turn, quorum.status, committed)
        return None

    def _is_due(self, quorum: Quorum) -> bool:
        """Whether a quorum is to be charged for, and not given up yet."""
        packet = quorum.packet
        if self.l1.head_number > packet.header.l1_number + CHARGE_BLOCKS:
            return False
        if quorum.status == 0:
            return True
        return self.tree.is_dead(packet) and packet.number in self.l1.commits

    def _may_charge(self, quorum: Quorum) -> bool:
        """Whether it is this operator's turn to charge, an L1 block a rank."""
        tried_at = self._tried_at.get((quorum.packet.digest, quorum.status))
        if tried_at is not None and self.l1.head_number < tried_at + CHARGE_RETRY_BLOCKS:
            return False
        if quorum.status == 0:
            return self._is_rank_open(quorum)
        died_at = self.l1.commits[quorum.packet.number].l1_number
        # Timing: the ranks are counted anew from the charge before, so that they never all open.
        since = max(died_at, self.l1.charged_at.get(quorum.packet.header.producer, 0))
        return self.l1.head_number > since + self._rank(quorum)[0]


def _turn_key(quorum: Quorum) -> tuple[int, bytes]:
    return quorum.epoch.number, quorum.packet.header.producer


def _charge_order(quorum: Quorum) -> tuple[int, int]:
    return quorum.packet.header.view, quorum.packet.number
