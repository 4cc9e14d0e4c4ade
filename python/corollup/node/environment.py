"""
The checks of a header that need this node's L1: anchor, messages, schedule, fee cover.

The checks that bytes alone decide are the engine's.
"""

from typing import Final

from corollup.errors import Reason, require, require_equal
from corollup.l1.account import MAX_TRANSACTION_GAS
from corollup.node.headers import Packet
from corollup.node.l1_view import L1View
from corollup.spec.containers import Config, Header, Parent
from corollup.spec.containers.parent import HeaderParent
from corollup.spec.rules import count_anchored, get_inbox
from corollup.spec.verdict import Anchor, Context, Inbox, Network, Schedule

CLOCK_TOLERANCE_SECONDS: Final = 2.0
"""How far a timestamp may be ahead of this node's clock."""
COMMIT_GAS: Final = 500_000
"""L1 gas of a commit beside its payload and its absent seats, at most."""
ABSENT_SEAT_GAS: Final = 8_000
"""L1 gas of an absent seat, at most."""
PAYLOAD_BYTE_GAS: Final = 40
"""L1 gas of a byte of payload, at most."""


def is_known(header: Header, l1: L1View, now: float) -> bool:
    """Whether this node's L1 view and clock have reached the header's anchor and time."""
    return (
        header.l1_number + l1.config.anchor_depth <= l1.head_number
        and l1.header(header.l1_number) is not None
        and header.timestamp <= now + CLOCK_TOLERANCE_SECONDS
    )


def verify_environment(header: Header, parent: Parent, l1: L1View) -> None:
    """
    Check a header against the L1, which knows its anchor.

    Raises:
        Rejected: With the first check that fails.
    """
    config = l1.config
    anchor = l1.header(header.l1_number)
    parent_anchor = parent.header.l1_number if isinstance(parent, HeaderParent) else 0
    require(
        Reason.ANCHOR_BEFORE_PARENT,
        parent_anchor <= header.l1_number,
        f"parent's anchor {parent_anchor}, found {header.l1_number}",
    )
    require(Reason.WRONG_ANCHOR, anchor is not None, f"no L1 block {header.l1_number} is kept")
    assert anchor is not None
    require_equal(Reason.WRONG_ANCHOR, anchor.hash, header.l1_hash)
    age = header.timestamp - anchor.timestamp
    require(
        Reason.ANCHOR_TIME_MISMATCH,
        0 <= age <= config.anchor_max_age,
        f"the anchor is {age} s before the packet, the limits are 0 and {config.anchor_max_age}",
    )
    require_equal(Reason.WRONG_PREV_RANDAO, anchor.prev_randao, header.prev_randao)
    verify_inbox(header, parent, l1)
    epoch = l1.epoch_at(header.l1_number)
    require(
        Reason.PRODUCER_NOT_SCHEDULED,
        epoch is not None and l1.is_scheduled(epoch, header.view, header.producer),
        f"view {header.view} is not the turn of 0x{header.producer.hex()}",
    )


def verify_inbox(header: Header, parent: Parent, l1: L1View) -> None:
    """
    Check that a header consumes the L1's messages, and all that are due.

    Raises:
        Rejected: If it does not.
    """
    count, inbox = header.inbox_count, describe_inbox(header, parent, l1)
    message = f"expected {inbox.due} to {inbox.sent} messages, found {count}"
    require(Reason.WRONG_INBOX, inbox.due <= count <= inbox.sent, message)
    require_equal(Reason.WRONG_INBOX, inbox.hash, header.inbox_hash)


def describe_inbox(header: Header, parent: Parent, l1: L1View) -> Inbox:
    """Return what the L1 says of the messages of a packet with this header."""
    parent_count, _ = get_inbox(parent)
    return l1.inbox.describe(parent_count, header.inbox_count, header.l1_number)


def make_context(
    header: Header, parent: Parent, ancestors: tuple[Packet, ...], l1: L1View, domain: bytes
) -> Context:
    """Collect what this node knows beside the execution result; the L1 knows the anchor."""
    anchor = l1.header(header.l1_number)
    epoch = l1.epoch_at(header.l1_number)
    assert anchor is not None
    assert epoch is not None
    producer = epoch.producer(header.view)
    return Context(
        network=Network(domain, l1.config),
        parent_hash=header.parent_hash,
        anchor=Anchor(
            hash=anchor.hash,
            timestamp=anchor.timestamp,
            prev_randao=anchor.prev_randao,
            depth=l1.head_number - anchor.number,
        ),
        schedule=Schedule(producer.operator, producer.key),
        inbox=describe_inbox(header, parent, l1),
        payload_hashes=find_anchored_hashes(header, ancestors, l1.config),
        fee_cover=max(0, compute_fee_cover(header, ancestors, l1)),
    )


def find_anchored_hashes(
    header: Header, ancestors: tuple[Packet, ...], config: Config
) -> tuple[bytes, ...] | None:
    """
    Find the hashes of the payloads that a data anchor holds beside its own; none for others.

    A commit ends with an anchor, so the packets since the last one are not committed.
    """
    count = count_anchored(config, header.number)
    if count is None:
        return None
    first = header.number - count
    return tuple(of.header.payload_hash for of in ancestors if of.number >= first)


def compute_fee_cover(header: Header, ancestors: tuple[Packet, ...], l1: L1View) -> int:
    """Compute what the producer's account has left for a packet's pots, wei."""
    own = [of.header for of in ancestors if of.header.producer == header.producer]
    taken = sum(compute_greatest_fee(of.fee_gas_price, of.fee_gas_limit, l1.config) for of in own)
    return l1.covers.get(header.producer, 0) - taken - compute_greatest_refund(l1.config)


def verify_fee_cover(header: Header, ancestors: tuple[Packet, ...], l1: L1View) -> None:
    """
    Check that the producer's fee account covers its whole uncommitted chain.

    Raises:
        Rejected: If the price is too low or the account does not cover the chain.
    """
    require(
        Reason.FEE_TOO_LOW,
        header.fee_gas_price >= l1.config.min_fee_gas_price,
        f"expected at least {l1.config.min_fee_gas_price}, found {header.fee_gas_price}",
    )
    require(
        Reason.FEE_TOO_LOW,
        header.fee_gas_limit >= header.gas_used,
        f"the fee counts {header.fee_gas_limit} gas, the packet uses {header.gas_used}",
    )
    greatest = header.fee_gas_price * header.fee_gas_limit * l1.config.committees
    cover = compute_fee_cover(header, ancestors, l1)
    require(
        Reason.FEE_COVER_TOO_LOW,
        greatest <= cover,
        f"expected at least {greatest}, found {cover}",
    )


def compute_greatest_fee(fee_gas_price: int, fee_gas_limit: int, config: Config) -> int:
    """Compute what a packet can cost its producer: M endorsing pots and the capped refund."""
    pots = fee_gas_price * fee_gas_limit * config.committees
    return pots + compute_greatest_refund(config)


def compute_greatest_refund(config: Config) -> int:
    """Compute what the commit of a packet can cost its producer on the L1, wei."""
    seats = config.committees * config.committee_size
    gas = COMMIT_GAS + ABSENT_SEAT_GAS * seats + PAYLOAD_BYTE_GAS * config.max_payload_bytes
    return min(gas, MAX_TRANSACTION_GAS) * config.refund_gas_price_cap
