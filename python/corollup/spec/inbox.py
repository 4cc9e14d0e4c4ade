"""
Messages from L1 to L2: their hashes, what a packet may consume of them, and the price of their gas.

    message hash = keccak(abi.encode(3, l1ChainId, index, sender, target, mint, value, gas,
                   keccak(data)))
    inbox hash 0 = 0        inbox hash i + 1 = keccak(abi.encode(inbox hash i, message hash i))
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from corollup.errors import CorollupError
from corollup.spec.encoding import U64, U256, Address, Bytes32, Fixed, Unsigned, keccak256

MESSAGE_TAG: Final = 3
"""First word of what is hashed of a message."""

EMPTY_INBOX_HASH: Final = bytes(32)
"""The inbox hash before the first message."""

ALIAS_OFFSET: Final = 0x1111000000000000000000000000000000001111
"""What is added to the address of a contract of the L1 for its address on the L2."""

MESSAGE_PART: Final = 8
"""A message has at most this part of a packet's gas limit."""

PACKET_PART: Final = 2
"""A packet's messages have together at most this part of its gas limit."""

BLOCK_PART: Final = 4
"""An L1 block sells at most this part of a packet's gas limit."""

ELASTICITY: Final = 2
"""The price stands still if a block sells this part of what it may."""

PRICE_CHANGE_DENOMINATOR: Final = 8
"""The price changes by at most this part a block."""

QUIET_BLOCKS: Final = 400
"""After as many blocks without a message any price has fallen to the least."""

TRANSACTION_GAS: Final = 21_000
TOKEN_FLOOR_GAS: Final = 10
NONZERO_TOKENS: Final = 4

UINT256: Final = Unsigned(256)
ADDRESS: Final = Fixed(20)


class InboxCountError(CorollupError):
    """A packet may not consume as many messages."""


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
    """ETH that the call sends, out of the sender's funds on the L2, wei."""

    gas: U64
    """Gas of the call on the L2."""

    data: bytes
    """What the target is called with."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What the rule of forced inclusion knows of a message."""

    l1_number: U64
    """L1 block in which it was sent."""

    gas: U64
    """Gas of its call."""


def compute_message_hash(l1_chain_id: int, index: U64, message: InboxMessage) -> Bytes32:
    """Compute the hash of message `index` of the inbox."""
    return keccak256(
        UINT256.encode(MESSAGE_TAG)
        + UINT256.encode(l1_chain_id)
        + UINT256.encode(index)
        + ADDRESS.encode(message.sender)
        + ADDRESS.encode(message.target)
        + UINT256.encode(message.mint)
        + UINT256.encode(message.value)
        + UINT256.encode(message.gas)
        + keccak256(message.data)
    )


def extend_inbox_hash(inbox_hash: Bytes32, message_hash: Bytes32) -> Bytes32:
    """Compute the inbox hash after one more message."""
    return keccak256(inbox_hash + message_hash)


def compute_alias(l1_contract: Address) -> Address:
    """Compute the address on the L2 of a contract of the L1."""
    number = int.from_bytes(l1_contract, "big") + ALIAS_OFFSET
    return (number % (1 << 160)).to_bytes(20, "big")


def compute_least_gas(data: bytes) -> int:
    """Compute the least gas of a message with this data, the floor of EIP-7623."""
    zeros = data.count(0)
    return TRANSACTION_GAS + TOKEN_FLOOR_GAS * (zeros + NONZERO_TOKENS * (len(data) - zeros))


def verify_inbox_count(
    sent: Sequence[SentMessage],
    parent_count: int,
    count: int,
    l1_number: int,
    gas_limit: int,
    delay: int,
) -> None:
    """
    Check how many messages are consumed after a packet.

    Args:
        sent: All messages.
        parent_count: Messages that the packets before consumed.
        count: Messages that are consumed after the packet.
        l1_number: The packet's L1 anchor.
        gas_limit: Gas limit of a packet.
        delay: L1 blocks after which a message must be consumed.

    Raises:
        InboxCountError: With the rule that is broken.
    """
    if not parent_count <= count <= len(sent):
        raise InboxCountError(f"{count} is not from {parent_count} to {len(sent)}")
    taken = sent[parent_count:count]
    if taken and taken[-1].l1_number > l1_number:
        raise InboxCountError(f"message {count - 1} was sent after block {l1_number}")
    limit = gas_limit // PACKET_PART
    gas = sum(message.gas for message in taken)
    if gas > limit:
        raise InboxCountError(f"messages have {gas} gas, at most {limit}")
    if count < len(sent):
        left = sent[count]
        if left.l1_number + delay <= l1_number and gas + left.gas <= limit:
            raise InboxCountError(f"message {count} is due and left out")


def compute_due_count(
    sent: Sequence[SentMessage], parent_count: int, l1_number: int, gas_limit: int, delay: int
) -> int:
    """
    Compute the least count that a packet may have: it consumes what is due while it fits.

    Args:
        sent: All messages.
        parent_count: Messages that the packets before consumed.
        l1_number: The packet's L1 anchor.
        gas_limit: Gas limit of a packet.
        delay: L1 blocks after which a message must be consumed.
    """
    left = gas_limit // PACKET_PART
    count = parent_count
    for message in sent[parent_count:]:
        if message.l1_number + delay > l1_number or message.gas > left:
            break
        left -= message.gas
        count += 1
    return count


def choose_inbox_count(
    sent: Sequence[SentMessage], parent_count: int, l1_number: int, gas_limit: int
) -> int:
    """
    Choose the most messages that a packet may consume.

    No set of messages leaves a packet without one: it always passes `verify_inbox_count`.
    """
    left = gas_limit // PACKET_PART
    count = parent_count
    for message in sent[parent_count:]:
        if message.l1_number > l1_number or message.gas > left:
            break
        left -= message.gas
        count += 1
    return count


def compute_next_gas_price(
    price: int, block_gas: int, quiet_blocks: int, gas_limit: int, least: int
) -> int:
    """
    Compute the price of gas, wei, after a block that sold `block_gas` and some that sold none.

    It rises by at most an eighth a block, as EIP-1559's, and never falls below `least`.
    """
    target = gas_limit // BLOCK_PART // ELASTICITY
    if block_gas > target:
        price += max(price * (block_gas - target) // target // PRICE_CHANGE_DENOMINATOR, 1)
    else:
        price -= price * (target - block_gas) // target // PRICE_CHANGE_DENOMINATOR
    if quiet_blocks >= QUIET_BLOCKS:
        return least
    for _ in range(quiet_blocks):
        price = max(price - price // PRICE_CHANGE_DENOMINATOR, least)
    return min(max(price, least), 2**64 - 1)
