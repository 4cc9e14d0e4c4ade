"""What honest keys record and sign: everything is written down as it happens, sent or not."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from corollup.node.node import Node
from corollup.node.signing_history import SignedRecord, SigningHistory, SlashableSignature
from corollup.spec.containers import (
    ExecutionResult,
    Header,
    compute_appeal_message,
    compute_endorse_message,
)


class Point(Enum):
    """Where a process may be killed."""

    BEFORE_RECORD = "killed before the record"
    AFTER_RECORD = "killed between record and signature"
    AFTER_SIGNATURE = "killed between signature and sending"


class Killed(BaseException):
    """Ends what a process was doing when it was killed."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature of an honest key."""

    signer: str
    key: bytes
    digest: bytes
    status: int
    at: float
    """By the signer's own clock."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What must never happen."""

    judge: str
    """The rule that is broken."""
    what: str

    def __str__(self) -> str:
        return f"{self.judge}: {self.what}"


@dataclass
class Witness:
    """Every header and body of a run, and every signature of an honest key."""

    headers: dict[bytes, Header] = field(default_factory=dict)
    bodies: dict[bytes, bytes] = field(default_factory=dict)
    signatures: list[Signature] = field(default_factory=list)
    records: list[tuple[bytes, SignedRecord]] = field(default_factory=list)
    """What signing histories took, with the key."""
    votes: list[tuple[str, bytes, bool]] = field(default_factory=list)
    """Signer, digest and verdict of votes in appeals."""
    violations: list[Violation] = field(default_factory=list)
    coverage: Counter[str] = field(default_factory=Counter)
    flipped: set[tuple[str, bytes]] = field(default_factory=set)
    """Signer and digest of the verdicts that a broken machine turned around."""
    _messages: dict[bytes, tuple[bytes, int]] = field(default_factory=dict)

    def note_header(self, digest: bytes, header: Header) -> None:
        """Keep a header that somebody may sign."""
        if digest not in self.headers:
            self.headers[digest] = header
            for status in (0, 1):
                self._messages[compute_endorse_message(digest, status)] = digest, status

    def note_body(self, digest: bytes, encoded: bytes) -> None:
        """Keep a body, with its header."""
        if digest not in self.bodies:
            self.bodies[digest] = encoded
            self.note_header(digest, ExecutionResult.decode(encoded).header)

    def find(self, message: bytes) -> tuple[bytes, int] | None:
        """Return digest and status of a signed message."""
        return self._messages.get(message)

    def blame(self, judge: str, what: str) -> None:
        """Write a violation down."""
        self.violations.append(Violation(judge, what))


@dataclass
class Gate:
    """Whether a node reaches anything: a dead process sends nothing, whatever it still computes."""

    is_alive: bool = True
    is_l1_away: bool = False


@dataclass
class Watch:
    """One process of an honest key."""

    witness: Witness
    name: str
    is_seat: bool
    gate: Gate = field(default_factory=Gate)
    node: Node | None = None
    crash_at: Point | None = None
    votes: set[bytes] = field(default_factory=set)
    """Messages of recorded votes."""

    def reach(self, point: Point) -> None:
        """Die here if that was asked for."""
        if self.crash_at is point:
            self.crash_at = None
            self.gate.is_alive = False
            self.witness.coverage[point.value] += 1
        if not self.gate.is_alive:
            raise Killed

    def note_signature(self, key: bytes, message: bytes) -> None:
        """Write a signature down, and judge what only its moment shows."""
        assert self.node is not None
        found = self.witness.find(message)
        if message in self.votes:
            return
        if found is None:
            self.witness.blame("message", f"{self.name} signed what nobody knows")
            return
        digest, status = found
        now = self.node.surroundings.clock.now()
        if self.is_seat and status == 1:
            self._judge_rivals(key, digest, now)
        self.witness.signatures.append(Signature(self.name, key, digest, status, now))

    def _judge_rivals(self, key: bytes, digest: bytes, now: float) -> None:
        """In a later view, a rival is signed only after T1 and without a quorum for the first."""
        assert self.node is not None
        headers, l1 = self.witness.headers, self.node.l1
        number = headers[digest].number
        for earlier in self.witness.signatures:
            if earlier.key != key or earlier.status != 1 or earlier.digest == digest:
                continue
            if headers[earlier.digest].number != number or self._is_dead(earlier.digest):
                continue
            self.witness.coverage["rival signed"] += 1
            if now < earlier.at + l1.config.t1_seconds:
                self.witness.blame("T1", f"{self.name} signed a rival of packet {number} too early")
            if self.node.aggregator.quorum(earlier.digest, 1) is not None:
                self.witness.blame("T1", f"{self.name} signed a rival of a quorum at {number}")

    def _is_dead(self, digest: bytes) -> bool:
        """Whether the signer's L1 committed something else on the branch of a digest."""
        assert self.node is not None
        l1 = self.node.l1
        while (header := self.witness.headers.get(digest)) is not None:
            commit = l1.commits.get(header.number)
            if commit is not None:
                return commit.digest != digest
            if l1.is_lost(header):
                return True
            digest = header.parent_hash
        return False

    def note_refusal(self, key: bytes, wanted: SignedRecord) -> None:
        """Judge a refusal of the signing history: only an offence is refused."""
        self.witness.coverage["history refused"] += 1
        records = [record for of, record in self.witness.records if of == key]
        if not any(is_offence(record, wanted) for record in records):
            self.witness.blame(
                "refusal",
                f"{self.name} was refused status {wanted.status} of packet {wanted.number}"
                f" in view {wanted.view}",
            )


def is_offence(one: SignedRecord, other: SignedRecord) -> bool:
    """Offence O1: two status-1 digests of one (number, view), or 0 and 1 of one digest."""
    if one.domain != other.domain:
        return False
    if one.digest == other.digest:
        return one.status != other.status
    same_turn = (one.number, one.view) == (other.number, other.view)
    return same_turn and one.status == other.status == 1


@dataclass
class WatchedHistory:
    """A signing history under observation."""

    inner: SigningHistory
    watch: Watch
    key: bytes

    def record(self, domain: bytes, number: int, view: int, digest: bytes, status: int) -> None:
        self.watch.reach(Point.BEFORE_RECORD)
        wanted = SignedRecord(domain, digest, number, view, status)
        try:
            self.inner.record(domain, number, view, digest, status)
        except SlashableSignature:
            self.watch.note_refusal(self.key, wanted)
            raise
        self.watch.witness.records.append((self.key, wanted))
        self.watch.reach(Point.AFTER_RECORD)

    def record_vote(self, domain: bytes, case: int, digest: bytes, is_valid: bool) -> None:
        self.watch.reach(Point.BEFORE_RECORD)
        self.inner.record_vote(domain, case, digest, is_valid)
        self.watch.votes.add(compute_appeal_message(case, digest, is_valid))
        self.watch.witness.votes.append((self.watch.name, digest, is_valid))
        self.watch.reach(Point.AFTER_RECORD)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)
