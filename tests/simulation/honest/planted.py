"""Planted bugs: each takes one rule away from the services of honest nodes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

from corollup.errors import Reason, Rejected
from corollup.node import endorser, node
from corollup.node.environment import make_context, verify_environment
from corollup.node.headers import HeaderTree, Packet
from corollup.node.l1_view import L1View
from corollup.node.signing_history import SignedRecord, SigningHistory, SlashableSignature
from corollup.node.signing_rules import Decision, Signed, decide
from corollup.spec.containers import Config, Header, Parent
from corollup.spec.verdict import Context

ANCHOR_REASONS: Final = {
    Reason.WRONG_ANCHOR,
    Reason.ANCHOR_TIME_MISMATCH,
    Reason.WRONG_PREV_RANDAO,
}


class UncheckedHistory(SigningHistory):
    """Records, and refuses nothing."""

    def record(self, domain: bytes, number: int, view: int, digest: bytes, status: int) -> None:
        try:
            super().record(domain, number, view, digest, status)
        except SlashableSignature:
            return


class ViewlessHistory(SigningHistory):
    """Takes two packets of one number for an offence, whatever their views."""

    def record(self, domain: bytes, number: int, view: int, digest: bytes, status: int) -> None:
        view = 0
        super().record(domain, number, view, digest, status)


class StatuslessTurns(SigningHistory):
    """Takes a packet that was found invalid for the one packet of its turn."""

    def record(self, domain: bytes, number: int, view: int, digest: bytes, status: int) -> None:
        for earlier in self.records():
            if (earlier.number, earlier.view) == (number, view) and earlier.digest != digest:
                raise SlashableSignature("signed another packet of this turn")
        super().record(domain, number, view, digest, status)


class StatuslessDigests(SigningHistory):
    """Takes both statuses of a digest for one signature."""

    def record(self, domain: bytes, number: int, view: int, digest: bytes, status: int) -> None:
        if all(earlier.digest != digest for earlier in self.records()):
            super().record(domain, number, view, digest, status)


class LateHistory(SigningHistory):
    """Writes a record only with the one after it: the last does not survive its process."""

    late: SignedRecord | None = None

    def record(self, domain: bytes, number: int, view: int, digest: bytes, status: int) -> None:
        if self.late is not None:
            of = self.late
            super().record(of.domain, of.number, of.view, of.digest, of.status)
        self.late = SignedRecord(domain, digest, number, view, status)


def decide_at_once(
    packet: Packet, tree: HeaderTree, signed: list[Signed], config: Config, now: float
) -> Decision:
    """Decide as if T1 were nothing."""
    return decide(packet, tree, signed, replace(config, t1_seconds=0), now)


def verify_environment_without_anchor(header: Header, parent: Parent, l1: L1View) -> None:
    """Check everything but the anchor."""
    try:
        verify_environment(header, parent, l1)
    except Rejected as rejected:
        if rejected.reason not in ANCHOR_REASONS:
            raise


def make_context_without_anchor(header: Header, *known: Any) -> Context:
    """Say nothing of the anchor, so that nobody checks it."""
    return replace(make_context(header, *known), anchor=None)


HISTORIES: Final = {
    "history check": UncheckedHistory,
    "view key": ViewlessHistory,
    "status key": StatuslessTurns,
    "status of a digest": StatuslessDigests,
    "sync before the signature": LateHistory,
}
"""The bugs of the signing history."""

JUDGES: Final = {
    "history check": "O1",
    "T1 rule": "T1",
    "view key": "refusal",
    "status key": "refusal",
    "status of a digest": "O1",
    "sync before the signature": "O1",
    "anchor rule": "O7",
}
"""Every bug, by the rule that is taken away, and who finds it."""


@contextmanager
def plant(bug: str) -> Iterator[None]:
    """Run the nodes with a bug."""
    if bug in HISTORIES:
        with patch.object(node, "SigningHistory", HISTORIES[bug]):
            yield
    elif bug == "T1 rule":
        with patch.object(endorser, "decide", decide_at_once):
            yield
    else:
        with (
            patch.object(endorser, "verify_environment", verify_environment_without_anchor),
            patch.object(endorser, "make_context", make_context_without_anchor),
        ):
            yield
