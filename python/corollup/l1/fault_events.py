"""The events of the fault contracts, the appeals, the reveals and the slash queue."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from corollup.l1.event_forms import EventForm, to_address


class Verdict(IntEnum):
    """What is known of a packet beyond what its signers say."""

    OPEN = 0
    """Nothing."""
    INVALID = 1
    """A fault was proven, or the jurors found it invalid."""
    VALID = 2
    """The jurors found it valid."""


@dataclass(frozen=True, slots=True)
class SlashQueued:
    """Slashed stake waits to be paid out."""

    number: int
    """Number of the slash, from 0."""
    offence: bytes
    """What was done, 32 bytes."""
    reporter: bytes
    """Who is rewarded."""
    amount: int
    """What the members lost, wei."""
    payable_block: int
    """L1 block from which it is paid out."""


@dataclass(frozen=True, slots=True)
class SlashPaid:
    """Slashed stake was paid out."""

    number: int
    """Number of the slash."""
    refilled: int
    """Part of the bridge, wei."""
    reward: int
    """Part of the reporter, wei."""
    burned: int
    """The rest, wei."""


@dataclass(frozen=True, slots=True)
class PacketJudged:
    """A packet was judged: by a proven fault, by the jurors, or by silence."""

    digest: bytes
    """Digest of its header."""
    verdict: Verdict
    """What is known."""
    reporter: bytes
    """Who is rewarded."""


@dataclass(frozen=True, slots=True)
class AppealOpened:
    """A committed packet was appealed."""

    case: int
    """Number of the case, from 1."""
    number: int
    """Packet number."""
    digest: bytes
    """Digest of its header."""
    appellant: bytes
    """Who appealed."""
    bond: int
    """What it risks, wei."""
    deadline: int
    """L1 block up to which the jurors can decide."""


@dataclass(frozen=True, slots=True)
class AppealDecided:
    """More than half of all seats decided a case."""

    case: int
    """Number of the case."""
    is_valid: bool
    """What they voted."""
    votes: int
    """How many voted."""


@dataclass(frozen=True, slots=True)
class AppealClosed:
    """A case ended without a verdict."""

    case: int
    """Number of the case."""


@dataclass(frozen=True, slots=True)
class NodeDemanded:
    """A node of a list of a packet was demanded."""

    digest: bytes
    """Digest of the packet."""
    place: tuple[int, int, int]
    """The list, the level and the index."""
    asker: bytes
    """Who asked."""
    bond: int
    """What whoever answers is paid, wei."""
    deadline: int
    """L1 block up to which it can be answered."""


@dataclass(frozen=True, slots=True)
class NodeRevealed:
    """A demand was answered."""

    digest: bytes
    """Digest of the packet."""
    place: tuple[int, int, int]
    """The list, the level and the index."""
    answerer: bytes
    """Who answered."""


@dataclass(frozen=True, slots=True)
class NodeWithheld:
    """A demand was reported that nobody answered."""

    digest: bytes
    """Digest of the packet."""
    place: tuple[int, int, int]
    """The list, the level and the index."""


FaultEvent = (
    SlashQueued
    | SlashPaid
    | PacketJudged
    | AppealOpened
    | AppealDecided
    | AppealClosed
    | NodeDemanded
    | NodeRevealed
    | NodeWithheld
)
"""An event of an offence, or of the way to its proof."""

_PLACE: Final = "(uint8,uint8,uint64)"

FAULT_FORMS: Final[tuple[EventForm[FaultEvent], ...]] = (
    EventForm(
        "SlashQueued",
        ("uint256", "bytes32", "address", "uint256", "uint64"),
        frozenset({0, 1, 2}),
        lambda number, offence, reporter, amount, payable: SlashQueued(
            number, offence, to_address(reporter), amount, payable
        ),
    ),
    EventForm("SlashPaid", ("uint256",) * 4, frozenset({0}), SlashPaid),
    EventForm(
        "PacketJudged",
        ("bytes32", "uint8", "address"),
        frozenset({0, 2}),
        lambda digest, verdict, reporter: PacketJudged(
            digest, Verdict(verdict), to_address(reporter)
        ),
    ),
    EventForm(
        "AppealOpened",
        ("uint256", "uint64", "bytes32", "address", "uint256", "uint256"),
        frozenset({0, 1, 2}),
        lambda case, number, digest, appellant, bond, deadline: AppealOpened(
            case, number, digest, to_address(appellant), bond, deadline
        ),
    ),
    EventForm("AppealDecided", ("uint256", "bool", "uint256"), frozenset({0}), AppealDecided),
    EventForm("AppealClosed", ("uint256",), frozenset({0}), AppealClosed),
    EventForm(
        "NodeDemanded",
        ("bytes32", _PLACE, "address", "uint256", "uint64"),
        frozenset({0, 2}),
        lambda digest, place, asker, bond, deadline: NodeDemanded(
            digest, tuple(place), to_address(asker), bond, deadline
        ),
    ),
    EventForm(
        "NodeRevealed",
        ("bytes32", _PLACE, "address"),
        frozenset({0, 2}),
        lambda digest, place, answerer: NodeRevealed(digest, tuple(place), to_address(answerer)),
    ),
    EventForm(
        "NodeWithheld",
        ("bytes32", _PLACE),
        frozenset({0}),
        lambda digest, place: NodeWithheld(digest, tuple(place)),
    ),
)
"""How they are encoded."""
