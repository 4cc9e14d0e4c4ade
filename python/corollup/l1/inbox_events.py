"""The inbox's events as typed values."""

from dataclasses import dataclass
from typing import Final

from corollup.l1.event_forms import EventForm, to_address
from corollup.spec.inbox import InboxMessage


@dataclass(frozen=True, slots=True)
class MessageQueued:
    """A message to the L2 was queued."""

    index: int
    """Its place in the inbox, from 0."""
    message: InboxMessage
    """The message."""


InboxEvent = MessageQueued
"""An event of the inbox that a node follows."""


def _queued(
    index: int, sender: str, target: str, mint: int, value: int, gas: int, data: bytes
) -> InboxEvent:
    message = InboxMessage(to_address(sender), to_address(target), mint, value, gas, data)
    return MessageQueued(index, message)


INBOX_FORMS: Final[tuple[EventForm[InboxEvent], ...]] = (
    EventForm(
        "MessageQueued",
        ("uint64", "address", "address", "uint256", "uint256", "uint64", "bytes"),
        frozenset({0, 1, 2}),
        _queued,
    ),
)
"""How the events are encoded."""
