"""
The contracts' events as typed values.

Only those that a node follows are decoded; a log of another event is `None`.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from corollup.errors import EncodingError
from corollup.l1.abi import unpack_ids
from corollup.l1.event_forms import EventForm, to_address
from corollup.l1.fault_events import FAULT_FORMS, FaultEvent
from corollup.l1.inbox_events import INBOX_FORMS, InboxEvent


class Role(IntEnum):
    """What a registered key is for."""

    ENDORSER = 0
    """A seat of the committees."""
    PRODUCER = 1
    """A turn in the schedule."""


@dataclass(frozen=True, slots=True)
class MemberRegistered:
    """A key was registered."""

    id: int
    """Id of the member, from 1."""
    role: Role
    """What the key is for."""
    operator: bytes
    """Address that registered it."""
    position: int
    """Place in the table of its role."""
    stake: int
    """Stake, wei."""
    key: bytes
    """Public key, 128 bytes of EIP-2537."""


@dataclass(frozen=True, slots=True)
class ScheduledProducer:
    """A producer's part of the schedule."""

    operator: bytes
    """Its address."""
    key_hash: bytes
    """Hash of its key."""
    start: int
    """Sum of the stakes before its own, wei."""
    end: int
    """`start` plus its own, wei."""


@dataclass(frozen=True, slots=True)
class TablesFrozen:
    """The tables were frozen for an epoch."""

    epoch: int
    """Number of the epoch."""
    freeze_block: int
    """L1 block of the freeze."""
    seats: tuple[int, ...]
    """Ids of the seats by position."""
    schedule: tuple[ScheduledProducer, ...]
    """The producers."""


@dataclass(frozen=True, slots=True)
class EpochOpened:
    """An epoch got its seed."""

    epoch: int
    """Number of the epoch."""
    seed_block: int
    """L1 block of the seed."""
    seed: bytes
    """PREVRANDAO of that block."""
    activation_block: int
    """First L1 anchor of the epoch's packets."""


@dataclass(frozen=True, slots=True)
class CommitteeOpened:
    """The key of a committee was summed up."""

    epoch: int
    """Number of the epoch."""
    committee: int
    """Index of the committee."""
    ejected: tuple[int, ...]
    """Bitmap of the members that count as absent, 256 a word; empty if none does."""


@dataclass(frozen=True, slots=True)
class MemberEjected:
    """A member was slashed; from the next freeze on it counts as absent."""

    id: int
    """Id of the member."""
    amount: int
    """What it lost, wei."""


@dataclass(frozen=True, slots=True)
class StateReset:
    """The chain was reset to before a packet that is invalid."""

    number: int
    """Number of the packet."""
    parent_digest: bytes
    """Digest of its parent, the head again."""
    state_root: bytes
    """Post-state root of the parent."""


@dataclass(frozen=True, slots=True)
class StateRootCommitted:
    """A packet was committed."""

    number: int
    """Packet number."""
    digest: bytes
    """Digest of its header."""
    state_root: bytes
    """Its post-state root."""
    withdrawals_root: bytes
    """Root of its messages from L2 to L1."""
    epoch: int
    """Epoch of its committee."""
    rung: int
    """Step of the liveness ladder."""
    signers: tuple[int, ...]
    """Bitmap of the signers, 256 a word."""
    share: int
    """Part of each signer, wei."""
    submitter: int
    """Position that earns the submitter's share; `NO_SEAT` if none does."""


@dataclass(frozen=True, slots=True)
class PacketCharged:
    """A producer was charged for a packet that was not committed."""

    producer: bytes
    """Its address."""
    number: int
    """Packet number."""
    digest: bytes
    """Digest of its header."""
    status: int
    """0: it contradicts itself; 1: another took its place."""
    epoch: int
    """Epoch of its committee."""
    rung: int
    """Step of the liveness ladder."""
    signers: tuple[int, ...]
    """Bitmap of the signers, 256 a word."""
    share: int
    """Part of each signer, wei."""
    submitter: int
    """Position that earns the submitter's share; `NO_SEAT` if none does."""


@dataclass(frozen=True, slots=True)
class ProducerSuspended:
    """A producer lost the rest of its views of an epoch."""

    producer: bytes
    """Its address."""
    epoch: int
    """Number of the epoch."""
    view: int
    """Views after this one are suspended."""


@dataclass(frozen=True, slots=True)
class PayoutKept:
    """The payout of a turn, or of a charge, is in a ring slot."""

    slot: int
    """The ring slot."""
    producer: bytes
    """Who paid."""
    number: int
    """Number of its first packet."""
    count: int
    """Packets of it."""
    submitter: bytes
    """Who sent the transaction."""
    refund: int
    """Refund of its L1 gas, wei."""


Event = (
    MemberRegistered
    | TablesFrozen
    | EpochOpened
    | CommitteeOpened
    | MemberEjected
    | StateReset
    | StateRootCommitted
    | PacketCharged
    | ProducerSuspended
    | PayoutKept
    | FaultEvent
    | InboxEvent
)
"""An event that a node follows."""

_POINT: Final = "(bytes32,bytes32,bytes32,bytes32)"
_ENTRY: Final = "(address,bytes32,uint128,uint128)"


def _member(id_: int, role: int, operator: str, position: int, stake: int, key: Any) -> Event:
    return MemberRegistered(id_, Role(role), to_address(operator), position, stake, b"".join(key))


def _frozen(epoch: int, freeze_block: int, seats: Any, schedule: Any) -> Event:
    producers = tuple(
        ScheduledProducer(to_address(operator), key_hash, start, end)
        for operator, key_hash, start, end in schedule
    )
    return TablesFrozen(epoch, freeze_block, tuple(unpack_ids(seats)), producers)


def _committed(
    number: int, digest: bytes, root: bytes, withdrawals: bytes, terms: int, signers: Any
) -> Event:
    # Terms: u64 epoch, u8 rung, u32 submitter, u96 share.
    epoch, rung, submitter = terms >> 136, terms >> 128 & 0xFF, terms >> 96 & 0xFFFFFFFF
    share = terms & (1 << 96) - 1
    return StateRootCommitted(
        number, digest, root, withdrawals, epoch, rung, tuple(signers), share, submitter
    )


def _charged(
    producer: str,
    number: int,
    digest: bytes,
    status: int,
    epoch: int,
    rung: int,
    signers: Any,
    share: int,
    submitter: int,
) -> Event:
    return PacketCharged(
        to_address(producer), number, digest, status, epoch, rung, tuple(signers), share, submitter
    )


_FORMS: Final[tuple[EventForm[Event], ...]] = (
    EventForm(
        "MemberRegistered",
        ("uint32", "uint8", "address", "uint32", "uint256", _POINT),
        frozenset({0, 1, 2}),
        _member,
    ),
    EventForm(
        "TablesFrozen",
        ("uint64", "uint64", "uint256[]", f"{_ENTRY}[]"),
        frozenset({0}),
        _frozen,
    ),
    EventForm(
        "EpochOpened", ("uint64", "uint64", "bytes32", "uint64"), frozenset({0}), EpochOpened
    ),
    EventForm(
        "CommitteeOpened",
        ("uint64", "uint32", "uint256[]", _POINT),
        frozenset({0, 1}),
        lambda epoch, committee, ejected, _: CommitteeOpened(epoch, committee, tuple(ejected)),
    ),
    EventForm("MemberEjected", ("uint32", "uint256"), frozenset({0}), MemberEjected),
    EventForm("StateReset", ("uint64", "bytes32", "bytes32"), frozenset({0, 1}), StateReset),
    EventForm(
        "StateRootCommitted",
        ("uint64", "bytes32", "bytes32", "bytes32", "uint256", "uint256[]"),
        frozenset({0, 1}),
        _committed,
    ),
    EventForm(
        "PacketCharged",
        (
            "address",
            "uint64",
            "bytes32",
            "uint8",
            "uint64",
            "uint8",
            "uint256[]",
            "uint96",
            "uint32",
        ),
        frozenset({0, 1, 2}),
        _charged,
    ),
    EventForm(
        "ProducerSuspended",
        ("address", "uint64", "uint64"),
        frozenset({0, 1}),
        lambda producer, epoch, view: ProducerSuspended(to_address(producer), epoch, view),
    ),
    EventForm(
        "PayoutKept",
        ("uint256", "address", "uint64", "uint256", "address", "uint96"),
        frozenset({0, 1}),
        lambda slot, producer, number, count, submitter, refund: PayoutKept(
            slot, to_address(producer), number, count, to_address(submitter), refund
        ),
    ),
)
_BY_TOPIC: Final[dict[bytes, EventForm[Event]]] = {
    form.topic: form for form in (*_FORMS, *FAULT_FORMS, *INBOX_FORMS)
}


def get_topic(kind: type[Event]) -> bytes:
    """Return the first topic of an event's logs."""
    return next(topic for topic, form in _BY_TOPIC.items() if form.name == kind.__name__)


def decode_event(topics: list[bytes], data: bytes) -> Event | None:
    """
    Decode a log of one of the contracts.

    Raises:
        EncodingError: If the log has a followed topic and another form.
    """
    from eth_abi import abi
    from eth_abi.exceptions import DecodingError

    form = _BY_TOPIC.get(topics[0]) if topics else None
    if form is None:
        return None
    indexed = [form.types[i] for i in sorted(form.indexed)]
    others = [kind for i, kind in enumerate(form.types) if i not in form.indexed]
    try:
        words = iter(
            [abi.decode([kind], topic)[0] for kind, topic in zip(indexed, topics[1:], strict=True)]
        )
        rest = iter(abi.decode(others, data))
    except (DecodingError, ValueError) as error:
        raise EncodingError(f"event {form.name}", str(error)) from error
    return form.build(
        *(next(words) if i in form.indexed else next(rest) for i in range(len(form.types)))
    )
