"""
Messages from L1 to L2, as the inbox counts them and a body carries them.

    section = u32 count ‖ (u64 l1ChainId, if there are any)
            ‖ (sender 20 ‖ target 20 ‖ mint 12 ‖ value 32 ‖ u64 gas ‖ u32 length ‖ data)*
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from corollup.spec.constants import MAX_MESSAGES
from corollup.spec.encoding import (
    U64,
    U256,
    Address,
    Bytes32,
    Reader,
    encode_sized,
    encode_uint,
    keccak256,
)

HASH_TAG: Final = 3
"""What begins the hash of a message from L1."""

HEAD_BYTES: Final = 20 + 20 + 12 + 32 + 8 + 4
"""Bytes of a message without its data."""

NO_HASH: Final = bytes(32)
"""The hash chain of the inbox before its first message."""


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A message from L1 to L2."""

    sender: Address
    """Who sends it on the L2: the sender on the L1, aliased if that is a contract."""

    target: Address
    """Who is called on the L2."""

    mint: int
    """ETH created on the L2 for the sender, wei; below 2^96."""

    value: U256
    """ETH that the call sends, wei."""

    gas: U64
    """Gas of the call."""

    data: bytes
    """What the target is called with."""

    def encode(self) -> bytes:
        """Write the message as a body carries it."""
        return b"".join(
            (
                self.sender,
                self.target,
                encode_uint(self.mint, 12),
                encode_uint(self.value, 32),
                encode_uint(self.gas, 8),
                encode_sized(self.data),
            )
        )

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read a message from the front of a section."""
        return cls(
            sender=reader.take(20, "message sender"),
            target=reader.take(20, "message target"),
            mint=reader.read_uint(12, "message mint"),
            value=reader.read_uint(32, "message value"),
            gas=reader.read_uint(8, "message gas"),
            data=reader.read_sized("message data"),
        )


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
        return head + b"".join(message.encode() for message in self.messages)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read a section from the front of a message."""
        count = reader.read_count(HEAD_BYTES, "message count")
        if count > MAX_MESSAGES:
            reader.fail(f"{count} messages, the limit is {MAX_MESSAGES}")
        if count == 0:
            return cls()
        l1_chain_id = reader.read_uint(8, "l1 chain id")
        return cls(l1_chain_id, tuple(InboxMessage.read(reader) for _ in range(count)))


def compute_message_hash(l1_chain_id: U64, index: U64, message: InboxMessage) -> Bytes32:
    """Compute the hash of the message with this index in the inbox, counted from 0."""
    head = (HASH_TAG, l1_chain_id, index)
    return keccak256(
        b"".join(
            (
                *(encode_uint(number, 32) for number in head),
                bytes(12) + message.sender,
                bytes(12) + message.target,
                *(encode_uint(number, 32) for number in (message.mint, message.value, message.gas)),
                keccak256(message.data),
            )
        )
    )


def extend_inbox_hash(
    inbox_hash: Bytes32, l1_chain_id: U64, first: U64, messages: Sequence[InboxMessage]
) -> Bytes32:
    """Compute the hash chain after messages, of which `first` is the index of the first one."""
    for index, message in enumerate(messages, start=first):
        message_hash = compute_message_hash(l1_chain_id, index, message)
        inbox_hash = keccak256(inbox_hash + message_hash)
    return inbox_hash
