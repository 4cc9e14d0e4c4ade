"""Whether an endorser may sign a header now: `docs/protocol.md`, sections 5 and 6."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from corollup.node.headers import HeaderTree, Packet
from corollup.spec.containers import Config

MAX_ANCESTORS_WITHOUT_QUORUM: Final = 4
"""Ancestors of a header that may lack a quorum."""
MAX_UNCOMMITTED_ANCESTORS: Final = 64
"""Ancestors of a header that the State Contract may not have accepted yet."""


class Decision(Enum):
    """What follows for a header now."""

    SIGN = "sign"
    """Nothing is in the way."""
    WAIT = "wait"
    """Something is missing that may come."""
    DROP = "drop"
    """It can never be signed."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What this endorser signed with status 1 for a number."""

    digest: bytes
    """Digest of its header."""
    view: int
    """View of its header."""
    at: float
    """When, by the endorser's own clock; from the restart for what was signed before one."""


def decide(
    packet: Packet, tree: HeaderTree, signed: list[Signed], config: Config, now: float
) -> Decision:
    """
    Decide whether a header may be signed.

    Args:
        packet: The packet in question.
        tree: The headers that this node knows.
        signed: What it signed with status 1 for the same number.
        config: The network's parameters.
        now: Time of this node's clock.
    """
    if packet.number <= tree.committed_number or tree.is_hopeless(packet):
        return Decision.DROP
    ancestry = tree.ancestry(packet.header)
    if ancestry.dead or any(is_found_invalid(ancestor) for ancestor in ancestry.packets):
        return Decision.DROP
    if not ancestry.is_complete:
        return Decision.WAIT
    without_quorum = sum(not ancestor.quorum for ancestor in ancestry.packets)
    if without_quorum > MAX_ANCESTORS_WITHOUT_QUORUM:
        return Decision.WAIT
    if len(ancestry.packets) > MAX_UNCOMMITTED_ANCESTORS:
        return Decision.WAIT
    return _decide_rivals(packet, tree, signed, config, now)


def _decide_rivals(
    packet: Packet, tree: HeaderTree, signed: list[Signed], config: Config, now: float
) -> Decision:
    if any(rival.quorum and rival is not packet for rival in tree.at(packet.number)):
        return Decision.WAIT
    for earlier in signed:
        known = tree.get(earlier.digest)
        # A packet on a dead branch can never be committed, so it has no rival.
        if known is packet or (known is not None and not tree.is_alive(known)):
            continue
        if known is not None and packet.header.view <= earlier.view:
            return Decision.DROP
        # Timing: the first packet had its time to gather a quorum, counted by this node's clock.
        if now < earlier.at + config.t1_seconds:
            return Decision.WAIT
    return Decision.SIGN


def is_found_invalid(packet: Packet) -> bool:
    """Whether this node found a packet invalid, or a quorum did."""
    return packet.valid is False or (packet.rejected and packet.valid is None)
