"""
The section of messages from L1 to L2 in a body: those that a packet consumes, in their order.

    section = u32 count ‖ (u64 l1ChainId, if there are any)
            ‖ (sender 20 ‖ target 20 ‖ mint 12 ‖ value 32 ‖ u64 gas ‖ u32 length ‖ data)*
"""

from dataclasses import dataclass
from typing import Final, Self

from corollup.spec.constants import MAX_MESSAGES
from corollup.spec.encoding import U64, Bytes32, Reader, encode_sized, encode_uint
from corollup.spec.inbox import InboxMessage, compute_message_hash, extend_inbox_hash

HEAD_BYTES: Final = 20 + 20 + 12 + 32 + 8 + 4
"""Bytes of a message without its data."""


@dataclass(frozen=True, slots=True)
class InboxSection:
    """The messages that a packet consumes, in their order."""

    l1_chain_id: U64 = 0
    """EIP-155 chain id of the L1, which the hashes bind; 0 without messages."""

    messages: tuple[InboxMessage, ...] = ()
    """The messages."""

    @property
    def gas(self) -> int:
        """Sum of the messages' gas."""
        return sum(message.gas for message in self.messages)

    def encode(self) -> bytes:
        """Write the section."""
        count = encode_uint(len(self.messages), 4)
        if not self.messages:
            return count
        head = count + encode_uint(self.l1_chain_id, 8)
        return head + b"".join(encode_message(message) for message in self.messages)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read a section from the front of a message."""
        count = reader.read_count(HEAD_BYTES, "message count")
        if count > MAX_MESSAGES:
            reader.fail(f"{count} messages, the limit is {MAX_MESSAGES}")
        if count == 0:
            return cls()
        l1_chain_id = reader.read_uint(8, "l1 chain id")
        return cls(l1_chain_id, tuple(read_message(reader) for _ in range(count)))

    def extend_hash(self, first: U64, inbox_hash: Bytes32) -> Bytes32:
        """Compute the inbox hash after the messages, of which `first` is the first's index."""
        for index, message in enumerate(self.messages, start=first):
            message_hash = compute_message_hash(self.l1_chain_id, index, message)
            inbox_hash = extend_inbox_hash(inbox_hash, message_hash)
        return inbox_hash


def encode_message(message: InboxMessage) -> bytes:
    """Write a message as a body carries it."""
    return b"".join(
        (
            message.sender,
            message.target,
            encode_uint(message.mint, 12),
            encode_uint(message.value, 32),
            encode_uint(message.gas, 8),
            encode_sized(message.data),
        )
    )


def read_message(reader: Reader) -> InboxMessage:
    """Read a message from the front of a section."""
    return InboxMessage(
        sender=reader.take(20, "message sender"),
        target=reader.take(20, "message target"),
        mint=reader.read_uint(12, "message mint"),
        value=reader.read_uint(32, "message value"),
        gas=reader.read_uint(8, "message gas"),
        data=reader.read_sized("message data"),
    )
