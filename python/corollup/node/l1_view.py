"""
The L1 as one node sees it: blocks to anchor to, epochs and committees, fee accounts, commits.

Every answer comes from this node's own L1 node; nothing is taken from a peer. State is a fold over
the contracts' events, so an L1 reorganization drops the events of the lost blocks and folds again.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import structlog

from corollup.engine import Engine
from corollup.errors import CorollupError
from corollup.l1.abi import unpack_positions
from corollup.l1.client import L1Client, L1Header
from corollup.l1.events import (
    CommitteeOpened,
    EpochOpened,
    Event,
    MemberEjected,
    MemberRegistered,
    PacketCharged,
    PayoutKept,
    ProducerSuspended,
    StateReset,
    StateRootCommitted,
    TablesFrozen,
    decode_event,
)
from corollup.l1.fault_events import FaultEvent
from corollup.l1.inbox_events import InboxEvent
from corollup.l1.management import ManagementContract
from corollup.l1.state import StateContract
from corollup.node.clock import Alarm, Clock
from corollup.node.epochs import Epoch, build_epoch
from corollup.node.l1_faults import FaultView
from corollup.node.l1_inbox import InboxView
from corollup.spec.containers import Config, Header

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 0.25
"""How often the L1 node is asked for a new head."""
KEPT_BLOCKS: Final = 2048
"""L1 headers that are kept, more than an anchor may be old."""
LOG_BLOCKS: Final = 1024
"""Blocks of one log query."""
MAX_ANCHOR_AGE_BLOCKS: Final = 1800
"""L1 blocks after its anchor in which the State Contract accepts a packet."""
KEPT_EPOCHS: Final = 4
"""Epochs that the State Contract keeps."""
LAST_RUNG: Final = 2
"""The rung of all seats, whose signers the State Contract does not keep."""
COMMIT_SLOTS: Final = 8192
"""Ring slots of commits; those from here on are of charges."""


@dataclass(frozen=True, slots=True)
class Logged:
    """An event and where it happened."""

    block: int
    """L1 block."""
    event: Event
    """What happened."""


@dataclass(frozen=True, slots=True)
class Commit:
    """An accepted packet and where it was accepted."""

    event: StateRootCommitted
    """What the State Contract logged."""
    l1_number: int
    """L1 block of the commit."""

    @property
    def digest(self) -> bytes:
        """Digest of its header."""
        return self.event.digest


@dataclass(slots=True, eq=False, repr=False)
class L1View:
    """One node's knowledge of the L1."""

    client: L1Client
    """Its L1 node."""
    engine: Engine
    """Converts keys."""
    clock: Clock
    """Time between two polls."""
    config: Config
    """The network's parameters."""
    state: StateContract
    """The State Contract."""
    management: ManagementContract
    """The Management Contract."""
    start_block: int
    """L1 block from which the contracts' events are read."""
    watched: tuple[bytes, ...] = ()
    """Further contracts whose events are read."""
    listeners: list[Callable[[], None]] = field(default_factory=list)
    """Told of each new head."""
    updated: Alarm = field(default_factory=Alarm)
    """Rung to poll at once."""
    head: L1Header | None = None
    """The newest block."""
    finalized_number: int = 0
    """The newest block that the L1 calls final."""
    epochs: dict[int, Epoch] = field(default_factory=dict)
    """Opened epochs."""
    frozen: TablesFrozen | None = None
    """The frozen tables that wait for their seed."""
    commits: dict[int, Commit] = field(default_factory=dict)
    """Accepted packets by number."""
    charges: list[PacketCharged] = field(default_factory=list)
    """Packets that a producer was charged for."""
    charged_at: dict[bytes, int] = field(default_factory=dict)
    """L1 block of the last charge of each producer."""
    payouts: dict[int, PayoutKept] = field(default_factory=dict)
    """Payout of the turn of each accepted packet, by number."""
    signer_sets: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)
    """Epoch and index of a committee, and the positions that signed its last commit."""
    opened_committees: set[tuple[int, int]] = field(default_factory=set)
    """Epoch and index of the committees whose key was summed up."""
    faults: FaultView = field(default_factory=FaultView)
    """Verdicts, appeals, demands."""
    inbox: InboxView = field(init=False)
    """Messages to the L2."""
    covers: dict[bytes, int] = field(default_factory=dict)
    """What each producer's fee account covers, wei."""
    _headers: dict[int, L1Header] = field(default_factory=dict)
    _log: list[Logged] = field(default_factory=list)
    _members: dict[int, MemberRegistered] = field(default_factory=dict)
    _ejected: dict[int, int] = field(default_factory=dict)
    _tables: dict[int, TablesFrozen] = field(default_factory=dict)
    _suspended: dict[tuple[bytes, int], int] = field(default_factory=dict)
    _lagging: dict[tuple[int, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inbox = InboxView(self.config)

    @property
    def head_number(self) -> int:
        """Number of the newest block; -1 before the first answer."""
        return -1 if self.head is None else self.head.number

    @property
    def members(self) -> dict[int, MemberRegistered]:
        """Registered keys by id."""
        return self._members

    async def run(self) -> None:
        """Follow the L1 until cancelled."""
        failure = ""
        while True:
            try:
                await self.update()
                failure = ""
            except CorollupError as error:
                # Once an outage, not once a look.
                if str(error) != failure:
                    log.warning("l1.unreachable", error=str(error))
                failure = str(error)
            await self.updated.wait(POLL_SECONDS)

    async def update(self) -> None:
        """Read what is new, and tell the listeners if anything is."""
        head = await self.client.get_header("latest")
        if self.head is not None and head.hash == self.head.hash:
            return
        if self.head is None:
            self.inbox.l1_chain_id = await self.client.get_chain_id()
        fork = await self._find_fork(head)
        self._drop_above(fork)
        for number in range(max(fork + 1, head.number - KEPT_BLOCKS), head.number):
            self._headers[number] = await self.client.get_header(number)
        self._headers[head.number] = head
        await self._read_events(max(fork + 1, self.start_block), head.number)
        self.head = head
        self.finalized_number = (await self.client.get_header("finalized")).number
        await self._read_covers()
        for kept in [number for number in self._headers if number < head.number - KEPT_BLOCKS]:
            del self._headers[kept]
        for listener in self.listeners:
            listener()

    async def _find_fork(self, head: L1Header) -> int:
        """Find the newest known block that is still on the chain of the new head."""
        if self.head is None:
            return self.start_block - 1
        number = min(self.head.number, head.number)
        while number in self._headers:
            found = head if number == head.number else await self.client.get_header(number)
            if found.hash == self._headers[number].hash:
                break
            number -= 1
        return number

    def _drop_above(self, fork: int) -> None:
        if fork >= self.head_number:
            return
        if self.head is not None:
            log.info("l1.reorganized", back_to=fork, depth=self.head.number - fork)
        for number in [number for number in self._headers if number > fork]:
            del self._headers[number]
        kept = [logged for logged in self._log if logged.block <= fork]
        self._log = []
        for folded in (
            self.epochs,
            self.commits,
            self.charges,
            self.charged_at,
            self.payouts,
            self.signer_sets,
            self.opened_committees,
            self._members,
            self._ejected,
            self._tables,
            self._suspended,
            self._lagging,
            self.faults,
            self.inbox,
        ):
            folded.clear()
        self.frozen = None
        for logged in kept:
            self._apply(logged)

    async def _read_events(self, first: int, last: int) -> None:
        addresses = [self.management.address, self.state.address, *self.watched]
        for start in range(first, last + 1, LOG_BLOCKS):
            end = min(start + LOG_BLOCKS - 1, last)
            logs = await self.client.get_logs(address=addresses, from_block=start, to_block=end)
            for entry in logs:
                event = decode_event(list(entry.topics), entry.data)
                if event is not None:
                    self._apply(Logged(entry.block_number, event))

    def _apply(self, logged: Logged) -> None:
        self._log.append(logged)
        match logged.event:
            case MemberRegistered() as event:
                self._members[event.id] = event
            case TablesFrozen() as event:
                self._tables[event.epoch] = self.frozen = event
            case EpochOpened() as event:
                tables = self._tables[event.epoch]
                ejected = {i for i, at in self._ejected.items() if at <= tables.freeze_block}
                self.epochs[event.epoch] = build_epoch(
                    event, tables, self._members, ejected, self.config, self.engine.bls
                )
                self.frozen = None
            case CommitteeOpened() as event:
                self.opened_committees.add((event.epoch, event.committee))
            case StateRootCommitted() as event:
                self.commits[event.number] = Commit(event, logged.block)
                self._note_signers(event)
                self.mark_lagging(self.epochs[event.epoch], event.number, event.rung)
            case PacketCharged() as event:
                self.charges.append(event)
                self.charged_at[event.producer] = logged.block
            case ProducerSuspended() as event:
                self._suspended[event.producer, event.epoch] = event.view
            case PayoutKept() as event:
                self._note_payout(event)
            case MemberEjected() as event:
                self._ejected[event.id] = logged.block
            case StateReset() as event:
                for number in [number for number in self.commits if number >= event.number]:
                    del self.commits[number], self.payouts[number]
            case event if isinstance(event, FaultEvent):
                self.faults.apply(event)
            case event if isinstance(event, InboxEvent):
                self.inbox.apply(event, logged.block)

    def _note_signers(self, event: StateRootCommitted) -> None:
        if event.rung < LAST_RUNG:
            index = self.epochs[event.epoch].committee_index(event.number, event.rung)
            self.signer_sets[event.epoch, index] = tuple(unpack_positions(event.signers))

    def _note_payout(self, event: PayoutKept) -> None:
        if event.slot < COMMIT_SLOTS:
            for number in range(event.number, event.number + event.count):
                self.payouts[number] = event

    def mark_lagging(self, epoch: Epoch, number: int, rung: int) -> None:
        """Remember whether the assigned committee of a packet let it to a higher rung."""
        self._lagging[epoch.number, epoch.committee_index(number, 0)] = rung > 0

    async def _read_covers(self) -> None:
        kept = [epoch for epoch in self.epochs.values() if self._is_kept(epoch)]
        for operator in sorted({entry.operator for epoch in kept for entry in epoch.producers}):
            self.covers[operator] = await self.state.get_fee_cover(operator)

    def header(self, number: int) -> L1Header | None:
        """Return a block of the current chain."""
        return self._headers.get(number)

    def epoch_at(self, l1_number: int) -> Epoch | None:
        """Return the epoch of packets with this anchor."""
        active = [number for number, epoch in self.epochs.items() if epoch.activation <= l1_number]
        return self.epochs[max(active)] if active else None

    def is_scheduled(self, epoch: Epoch, view: int, producer: bytes) -> bool:
        """Whether a view is a producer's turn and it was not suspended before."""
        if self._is_suspended(epoch, view, producer):
            return False
        return epoch.producer(view).operator == producer

    def is_lost(self, header: Header) -> bool:
        """Whether the State Contract can never accept a header that it did not accept yet."""
        if self.head_number + 1 - header.l1_number > MAX_ANCHOR_AGE_BLOCKS:
            return True
        anchor = self.header(header.l1_number)
        if anchor is not None and anchor.hash != header.l1_hash:
            # It is lost as long as the L1 stays on this branch.
            return True
        epoch = self.epoch_at(header.l1_number)
        if epoch is None:
            return False
        is_suspended = self._is_suspended(epoch, header.view, header.producer)
        return is_suspended or not self._is_kept(epoch)

    def is_ejected(self, member: int) -> bool:
        """Whether a member was slashed."""
        return member in self._ejected

    def is_judged(self, digest: bytes) -> bool:
        """Whether a packet was judged invalid, so that it is not accepted again."""
        return self.faults.is_invalid(digest)

    def _is_suspended(self, epoch: Epoch, view: int, producer: bytes) -> bool:
        suspended = self._suspended.get((producer, epoch.number))
        return suspended is not None and view > suspended

    def _is_kept(self, epoch: Epoch) -> bool:
        return epoch.number > max(self.epochs) - KEPT_EPOCHS

    def rung_delay(self, epoch: Epoch, number: int, rung: int) -> float:
        """Return the age of a packet from which a rung counts, seconds; endless if it has none."""
        if rung == 0:
            return 0.0
        if rung == 1:
            if len(epoch.committees) == 1:
                return math.inf
            lagging = self._lagging.get((epoch.number, epoch.committee_index(number, 0)), False)
            return 0.0 if lagging else float(self.config.t1_seconds)
        return float(self.config.t2_seconds)

    def open_rungs(self, epoch: Epoch, number: int, age: float) -> Iterator[int]:
        """Return the rungs that count for a packet of an age."""
        return (rung for rung in (0, 1, 2) if age >= self.rung_delay(epoch, number, rung))
