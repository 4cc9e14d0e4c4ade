"""
Messages from L2 to L1: how the outbox logs them, and their place under the withdrawals root.

    withdrawal hash = keccak(abi.encode(4, l2ChainId, nonce, sender, target, value, gas,
                      keccak(data)))
    item = u64 nonce ‖ u32 position in the packet ‖ u32 log of that position ‖ withdrawal hash
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from corollup.errors import EncodingError
from corollup.spec.encoding import (
    U32,
    U64,
    U256,
    WORD_SIZE,
    Address,
    Bytes32,
    Fixed,
    Reader,
    Unsigned,
    encode_uint,
    keccak256,
)
from corollup.spec.merkle import compute_merkle_root
from corollup.spec.receipts import Log, Receipt

OUTBOX: Final = bytes.fromhex("4200000000000000000000000000000000000016")
"""Address of the outbox on the L2."""

TOKEN_BRIDGE_L2: Final = bytes.fromhex("4200000000000000000000000000000000000010")
"""Address of the token bridge on the L2."""

SENT_MESSAGES_SLOT: Final = 1
"""Slot of the outbox's mapping from the hashes of its messages to 1."""

MESSAGE_SENT_TOPIC: Final = keccak256(b"MessageSent(uint64,address,address,uint256,uint64,bytes)")
"""First topic of what the outbox logs of a message."""

DATA_OFFSET: Final = 3 * WORD_SIZE
"""Where the data of the event is said to begin, bytes."""

WITHDRAWAL_TAG: Final = 4
"""First word of what is hashed of a message."""

UINT64: Final = Unsigned(64)
UINT256: Final = Unsigned(256)
ADDRESS: Final = Fixed(20)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A message from L2 to L1."""

    nonce: U64
    """Number of the message in the outbox."""

    sender: Address
    """Who sent it on the L2."""

    target: Address
    """Who is paid and called on the L1."""

    value: U256
    """ETH that it carries, wei."""

    gas: U64
    """Gas that the call is given."""

    data: bytes
    """What the target is called with; empty for a plain payment."""


@dataclass(frozen=True, slots=True)
class PlacedWithdrawal:
    """A message and where the packet logged it."""

    withdrawal: Withdrawal
    """The message."""

    position: U32
    """Position in the packet of what logged it; messages from L1 come first."""

    log: U32
    """Place among the logs of that position."""

    def encode(self, l2_chain_id: int) -> bytes:
        """Write the item of the withdrawals root."""
        return (
            encode_uint(self.withdrawal.nonce, 8)
            + encode_uint(self.position, 4)
            + encode_uint(self.log, 4)
            + compute_withdrawal_hash(l2_chain_id, self.withdrawal)
        )


def compute_withdrawal_hash(l2_chain_id: int, withdrawal: Withdrawal) -> Bytes32:
    """Compute the hash of a message of the outbox."""
    return keccak256(
        UINT256.encode(WITHDRAWAL_TAG)
        + UINT256.encode(l2_chain_id)
        + UINT256.encode(withdrawal.nonce)
        + ADDRESS.encode(withdrawal.sender)
        + ADDRESS.encode(withdrawal.target)
        + UINT256.encode(withdrawal.value)
        + UINT256.encode(withdrawal.gas)
        + keccak256(withdrawal.data)
    )


def compute_sent_slot(withdrawal_hash: Bytes32) -> Bytes32:
    """Compute the outbox's storage slot that is 1 once the message was sent."""
    return keccak256(withdrawal_hash + UINT256.encode(SENT_MESSAGES_SLOT))


def collect_withdrawals(receipts: Sequence[Receipt]) -> list[PlacedWithdrawal]:
    """Collect what the outbox logged in a packet, in order of appearance; no other log is one."""
    placed = []
    for position, receipt in enumerate(receipts):
        for place, log in enumerate(receipt.logs):
            if is_withdrawal(log):
                with suppress(EncodingError):
                    placed.append(PlacedWithdrawal(decode_withdrawal(log), position, place))
    return placed


def is_withdrawal(log: Log) -> bool:
    """Decide whether a log is a message of the outbox."""
    return log.address == OUTBOX and log.topics[:1] == (MESSAGE_SENT_TOPIC,)


def decode_withdrawal(log: Log) -> Withdrawal:
    """
    Read a message out of the outbox's log.

        topics = event, nonce, sender, target        data = value, gas, 96, length, bytes

    Raises:
        EncodingError: If it is no log of the outbox.
    """
    if len(log.topics) != 4:
        raise EncodingError("withdrawal", f"expected 4 topics, found {len(log.topics)}")
    reader = Reader("withdrawal", log.data)
    words = [reader.take(WORD_SIZE, name) for name in ("value", "gas", "offset", "length")]
    try:
        size = UINT64.decode(words[3])
        offset = UINT256.decode(words[2])
        withdrawal = Withdrawal(
            nonce=UINT64.decode(log.topics[1]),
            sender=ADDRESS.decode(log.topics[2]),
            target=ADDRESS.decode(log.topics[3]),
            value=UINT256.decode(words[0]),
            gas=UINT64.decode(words[1]),
            data=reader.take(size, "data"),
        )
    except ValueError as error:
        raise EncodingError("withdrawal", f"a word {error}") from None
    padding = reader.take(-size % WORD_SIZE, "padding")
    reader.finish()
    if offset != DATA_OFFSET or any(padding):
        raise EncodingError("withdrawal", "the data is not where and as the outbox writes it")
    return withdrawal


def compute_withdrawals_root(l2_chain_id: int, withdrawals: Sequence[PlacedWithdrawal]) -> Bytes32:
    """Compute the Merkle root of a packet's messages from L2 to L1."""
    return compute_merkle_root([placed.encode(l2_chain_id) for placed in withdrawals])
