"""
Header rules: what follows from the parent and the configuration.

A producer follows them and an endorser checks them.
"""

from typing import Final

from corollup.spec.constants import (
    BASE_FEE_MAX_CHANGE_DENOMINATOR,
    ELASTICITY_MULTIPLIER,
    Fork,
    is_replay_version,
)
from corollup.spec.containers import Config, GenesisParent, Header, Parent
from corollup.spec.encoding import U64, Bytes32
from corollup.spec.evm import BlockEnvironment
from corollup.spec.inbox import PACKET_PART

MAX_BASE_FEE: Final = (1 << 64) - 1
"""Where the base fee stops, wei a gas."""

NATIVE_BLOB_BASE_FEE: Final = 1
"""Blob base fee of the native version, which has no blob transactions."""

NO_INBOX: Final = (0, bytes(32))
"""Count and hash chain of no messages."""


def compute_base_fee(parent: Parent) -> U64:
    """Compute the base fee of the packet after `parent` (EIP-1559), wei a gas."""
    if isinstance(parent, GenesisParent):
        return parent.config.genesis_base_fee
    header = parent.header
    target = max(header.gas_limit // ELASTICITY_MULTIPLIER, 1)
    excess = header.gas_used - target
    change = header.base_fee * abs(excess) // target // BASE_FEE_MAX_CHANGE_DENOMINATOR
    if excess > 0:
        return min(header.base_fee + max(change, 1), MAX_BASE_FEE)
    return max(header.base_fee - change, 0)


def compute_view(config: Config, timestamp: U64) -> U64 | None:
    """Compute the view of a timestamp, or None before the genesis."""
    if timestamp < config.genesis_time or config.view_seconds == 0:
        return None
    return (timestamp - config.genesis_time) // config.view_seconds


def get_inbox(parent: Parent) -> tuple[U64, Bytes32]:
    """Return the count and the hash chain of the messages from L1 that the parent consumed."""
    if isinstance(parent, GenesisParent):
        return NO_INBOX
    return parent.header.inbox_count, parent.header.inbox_hash


def compute_message_gas_limit(gas_limit: U64) -> U64:
    """Compute the most gas that a packet's messages from L1 may have together."""
    return gas_limit // PACKET_PART


def count_anchored(config: Config, number: U64) -> int | None:
    """
    Count the payloads of earlier packets that the data anchor with this number holds.

    Returns:
        Their count, or None for a packet that is no anchor.
    """
    interval = config.data_anchor_interval
    if interval == 0 or number % interval:
        return None
    return max(min(number - config.genesis_number, interval) - 1, 0)


def get_timestamp(parent: Parent) -> U64:
    """Return the time that a packet on this parent may not precede, unix seconds."""
    if isinstance(parent, GenesisParent):
        return parent.config.genesis_time
    return parent.header.timestamp


def get_l1_number(parent: Parent) -> U64:
    """Return the L1 block that an anchor on this parent may not precede."""
    if isinstance(parent, GenesisParent):
        return parent.genesis.l1_number
    return parent.header.l1_number


def make_environment(
    header: Header, fork: Fork, chain_id: U64, config: Config | None
) -> BlockEnvironment:
    """
    Make the environment of a packet's transactions.

    The configuration matters to replay versions only, whose blob base fee is in it.
    """
    is_replay = is_replay_version(header.version)
    return BlockEnvironment(
        fork=fork,
        chain_id=chain_id,
        number=header.number,
        timestamp=header.timestamp,
        gas_limit=header.gas_limit,
        base_fee=header.base_fee,
        coinbase=header.producer,
        prev_randao=header.prev_randao,
        blob_base_fee=config.blob_base_fee if config and is_replay else NATIVE_BLOB_BASE_FEE,
        allows_blobs=is_replay,
    )
