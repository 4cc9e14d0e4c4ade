"""What the L1 says of messages to the L2. A fold over events."""

from bisect import bisect_right
from dataclasses import dataclass, field

from corollup.l1.inbox_events import InboxEvent
from corollup.spec.containers import Config, InboxSection
from corollup.spec.inbox import (
    EMPTY_INBOX_HASH,
    InboxMessage,
    SentMessage,
    choose_inbox_count,
    compute_due_count,
    compute_message_hash,
    extend_inbox_hash,
)
from corollup.spec.verdict import Inbox


@dataclass(slots=True)
class InboxView:
    """Everything that is known of the inbox at one L1 block; empty without a bridge."""

    config: Config
    """Gas limit and delay."""
    l1_chain_id: int = 0
    """EIP-155 chain id of the L1, known before the first message is read."""
    messages: list[InboxMessage] = field(default_factory=list)
    """All messages."""
    sent: list[SentMessage] = field(default_factory=list)
    """When each was sent, and its gas."""
    hashes: list[bytes] = field(default_factory=lambda: [EMPTY_INBOX_HASH])
    """The hash chain after each count of messages."""

    def clear(self) -> None:
        """Forget everything, before the events are folded again."""
        self.messages.clear()
        self.sent.clear()
        del self.hashes[1:]

    def apply(self, event: InboxEvent, l1_number: int) -> None:
        """Follow an event of an L1 block."""
        message = event.message
        message_hash = compute_message_hash(self.l1_chain_id, event.index, message)
        self.hashes.append(extend_inbox_hash(self.hashes[-1], message_hash))
        self.messages.append(message)
        self.sent.append(SentMessage(l1_number, message.gas))

    def select(self, parent_count: int, l1_number: int) -> InboxSection:
        """Return the messages that a packet with this parent and anchor consumes."""
        count = choose_inbox_count(self.sent, parent_count, l1_number, self.config.gas_limit)
        messages = tuple(self.messages[parent_count:count])
        return InboxSection(self.l1_chain_id if messages else 0, messages)

    def describe(self, parent_count: int, count: int, l1_number: int) -> Inbox:
        """Return what a packet with this parent, count and anchor is checked against."""
        limit, delay = self.config.gas_limit, self.config.forced_inclusion_delay
        return Inbox(
            due=compute_due_count(self.sent, parent_count, l1_number, limit, delay),
            sent=bisect_right(self.sent, l1_number, key=lambda message: message.l1_number),
            hash=self.hashes[count] if count < len(self.hashes) else EMPTY_INBOX_HASH,
        )
