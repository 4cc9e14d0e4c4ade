"""
What makes two signatures of one key evidence (protocol, section 8).

Only O1 is proven by signatures alone. A signature by a seat outside the committee, on a dead
parent or of a past epoch proves nothing: reorganisations of the L1 and pipelines make honest
endorsers sign such.
"""

from dataclasses import dataclass
from enum import Enum

from corollup.spec import bls
from corollup.spec.containers import Header, compute_digest, compute_endorse_message
from corollup.spec.encoding import Bytes32


class Offence(Enum):
    """An offence that two signatures prove."""

    TWO_PACKETS = "two status-1 digests of one number and view"
    """Of a producer that built both, or an endorser that endorsed both."""

    TWO_STATUSES = "both statuses of one digest"
    """Of an endorser; honest ones can never be made to sign both."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a key said about a packet."""

    header: Header
    """The packet."""

    status: int
    """1 if it is valid, 0 if it contradicts itself."""

    signature: bytes
    """The key's signature, 96 bytes."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two statements of one key."""

    key: bytes
    """The public key, 48 bytes."""

    first: Statement
    """One of them."""

    second: Statement
    """The other one."""


def find_offence(domain: Bytes32, first: Statement, second: Statement) -> Offence | None:
    """Find the offence of a key that made both statements, or None if an honest one may."""
    is_same_packet = compute_digest(domain, first.header) == compute_digest(domain, second.header)
    if is_same_packet:
        return None if first.status == second.status else Offence.TWO_STATUSES
    is_same_turn = (first.header.number, first.header.view) == (
        second.header.number,
        second.header.view,
    )
    are_both_valid = first.status == second.status == 1
    return Offence.TWO_PACKETS if is_same_turn and are_both_valid else None


def verify_evidence(domain: Bytes32, evidence: Evidence) -> Offence | None:
    """Find the offence that evidence proves; None if the key did not sign both statements."""
    offence = find_offence(domain, evidence.first, evidence.second)
    if offence is None:
        return None
    for statement in (evidence.first, evidence.second):
        digest = compute_digest(domain, statement.header)
        message = compute_endorse_message(digest, statement.status)
        if not bls.verify(evidence.key, message, statement.signature):
            return None
    return offence
