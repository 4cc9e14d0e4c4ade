"""
From commits to the four heads.

executed and endorsed come from this node's peers, committed and finalized from its L1. A committed
packet is final when the L1 block of its commit is, and its appeal window has passed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from corollup.node.aggregator import Aggregator
from corollup.node.headers import Head, HeaderTree, Packet
from corollup.node.l1_view import L1View
from corollup.node.local_chain import LocalChain
from corollup.node.mempool import Mempool

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HeadMoved:
    """A packet reached a head."""

    number: int
    """Packet number."""
    digest: bytes
    """Digest of its header."""
    head: Head
    """How far it has come."""


@dataclass(slots=True, eq=False, repr=False)
class Finality:
    """Keeps the four heads of one node."""

    tree: HeaderTree
    """Told of commits."""
    l1: L1View
    """Where commits are read."""
    aggregator: Aggregator
    """Told what is final."""
    chain: LocalChain | None = None
    """The executed packets, on a producer."""
    mempool: Mempool | None = None
    """Told what is final, on a producer."""
    listeners: list[Callable[[HeadMoved], None]] = field(default_factory=list)
    """Told of each packet that reached a head."""
    finalized_number: int = field(init=False)
    """Number of the finalized head."""
    _reported: dict[tuple[Head, int], bytes] = field(default_factory=dict)
    _reported_finalized: int = field(init=False)

    def __post_init__(self) -> None:
        self.finalized_number = self.tree.config.genesis_number
        self._reported_finalized = self.finalized_number

    def update(self) -> None:
        """Move the heads to what the services and the L1 say now."""
        self._follow_commits()
        self._follow_finality()
        endorsed = self.tree.endorsed()
        endorsed_number = endorsed[-1].number if endorsed else self.tree.committed_number
        if self.chain is not None:
            self._set_ledger_heads(self.chain, endorsed_number)
        self._report_moves(endorsed)
        if self.chain is not None:
            self.chain.forget_below(self.finalized_number)

    def _report_moves(self, endorsed: list[Packet]) -> None:
        if self.chain is not None:
            executed = self.chain.executed
            for number in sorted(n for n in executed if n > self._reported_finalized):
                self._report(Head.EXECUTED, number, executed[number])
        for packet in endorsed:
            self._report(Head.ENDORSED, packet.number, packet.digest)
        for number in range(self._reported_finalized + 1, self.tree.committed_number + 1):
            digest = self.tree.committed_at(number)
            self._report(Head.ENDORSED, number, digest)
            self._report(Head.COMMITTED, number, digest)
        for number in range(self._reported_finalized + 1, self.finalized_number + 1):
            self._report(Head.FINALIZED, number, self.tree.committed_at(number))
            self._reported_finalized = number
            for head in Head:
                self._reported.pop((head, number), None)

    def _follow_commits(self) -> None:
        genesis = self.tree.config.genesis_number
        number = self.tree.committed_number
        while number > genesis and self._committed_on_l1(number) != self.tree.committed_at(number):
            number -= 1
        if number < self.tree.committed_number:
            log.info("commits.reverted", to=number, dropped=self.tree.committed_number - number)
            self.tree.rewind(number)
        while (digest := self._committed_on_l1(number + 1)) is not None:
            number += 1
            self.tree.commit(number, digest)

    def _committed_on_l1(self, number: int) -> bytes | None:
        commit = self.l1.commits.get(number)
        return None if commit is None else commit.digest

    def _follow_finality(self) -> None:
        newest = min(self.l1.finalized_number, self.l1.head_number - self.l1.config.appeal_window)
        number = self.finalized_number
        appealed = self.l1.faults.first_appealed
        while (
            commit := self.l1.commits.get(number + 1)
        ) is not None and commit.l1_number <= newest:
            if number + 1 == appealed:
                break
            number += 1
        if number == self.finalized_number:
            return
        self.finalized_number = number
        self.aggregator.forget_below(number)
        if self.mempool is not None:
            self.mempool.finalize(number)

    def _set_ledger_heads(self, chain: LocalChain, endorsed: int) -> None:
        """Set the heads as far as this node's ledger holds the same packets."""
        top = chain.number
        committed = min(self.tree.committed_number, top)
        if chain.executed.get(committed) != self.tree.committed_at(committed):
            # The ledger is on another branch until the producer's next turn of its loop.
            return
        # After a restart a ledger takes what it no longer knows for final.
        _, _, finalized = chain.ledger.heads
        chain.ledger.set_heads(
            endorsed=max(min(endorsed, top), committed),
            committed=committed,
            finalized=max(min(self.finalized_number, top), finalized),
        )

    def _report(self, head: Head, number: int, digest: bytes) -> None:
        if self._reported.get((head, number)) == digest:
            return
        self._reported[head, number] = digest
        for listener in self.listeners:
            listener(HeadMoved(number, digest, head))
