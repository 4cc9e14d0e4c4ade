"""The numbers of the protocol that no network can change."""

from enum import IntEnum
from typing import Final


class Fork(IntEnum):
    """A fork that changed the execution rules. Its number is part of a replay version."""

    FRONTIER = 0
    """Block 0."""
    HOMESTEAD = 1
    """Block 1150000."""
    TANGERINE_WHISTLE = 2
    """EIP-150, block 2463000."""
    SPURIOUS_DRAGON = 3
    """EIP-158, block 2675000."""
    BYZANTIUM = 4
    """Block 4370000."""
    PETERSBURG = 5
    """Block 7280000."""
    ISTANBUL = 6
    """Block 9069000."""
    BERLIN = 7
    """Block 12244000."""
    LONDON = 8
    """Block 12965000."""
    MERGE = 9
    """Paris, block 15537394."""
    SHANGHAI = 10
    """Block 17034870."""
    CANCUN = 11
    """Block 19426587."""
    PRAGUE = 12
    """Block 22431084."""
    OSAKA = 13
    """Block 23935694."""


NATIVE_VERSION: Final = 1
"""The L2's own version: Osaka rules, payload codec 1."""

REPLAY_VERSION: Final = 0x100
"""A replay version is this plus the number of its fork."""

# Limits, checked before anything is allocated; a producer keeps them too.

MAX_TRANSACTION_BYTES: Final = 4 << 20
"""Sum of the sizes of a packet's transactions, bytes."""

MAX_PAYLOAD_BYTES: Final = 2 * MAX_TRANSACTION_BYTES
"""Size of a payload: framing may at most double the size of the transactions, bytes."""

MAX_ACCESS_ENTRIES: Final = 1 << 17
"""Entries of an access list: two per account and one per slot."""

MAX_CODES: Final = MAX_ACCESS_ENTRIES // 2
"""Codes of an execution result: each is that of a listed account, which has two entries."""

MAX_CODE_BYTES: Final = 16 << 20
"""Sum of the sizes of the distinct codes that a packet needs, bytes."""

MAX_UPDATED_SLOTS: Final = 1 << 18
"""Slots of inner nodes of the state tree that a packet changes."""

MAX_MESSAGES: Final = 1 << 13
"""Messages from L1 that a packet consumes."""

MAX_MESSAGE_BYTES: Final = 8 << 20
"""Sum of the sizes of their data, bytes."""

MAX_MESSAGE_CODE_BYTES: Final = 8 << 20
"""Sum of the sizes of the distinct codes that a packet's messages may load, bytes."""

MAX_ANCHOR_BLOBS: Final = 6
"""Blobs of a data anchor."""

MAX_ANCHOR_BYTES: Final = MAX_ANCHOR_BLOBS * 126_976
"""Bytes that the blobs of a data anchor hold."""

MAX_ANCHOR_PAYLOADS: Final = 1 << 12
"""Payloads of earlier packets in the blobs of a data anchor."""

MAX_RESULT_BYTES: Final = 64 << 20
"""Size of an encoded execution result, bytes."""

# Fees and quorums.

QUORUM_NUMERATOR: Final = 2
"""A quorum is 2/3 of committee members, counted by signer and rounded up."""

QUORUM_DENOMINATOR: Final = 3
"""See `QUORUM_NUMERATOR`."""

BASIS_POINTS: Final = 10_000
"""One whole, in basis points."""

ELASTICITY_MULTIPLIER: Final = 2
"""The gas limit is this many gas targets (EIP-1559)."""

BASE_FEE_MAX_CHANGE_DENOMINATOR: Final = 8
"""The base fee changes by at most one over this between two packets (EIP-1559)."""


def get_fork(version: int) -> Fork | None:
    """Return the fork of a header version, or None for a version that does not exist."""
    if version == NATIVE_VERSION:
        return Fork.OSAKA
    number = version - REPLAY_VERSION
    return Fork(number) if number in Fork.__members__.values() else None


def is_replay_version(version: int) -> bool:
    """Whether a version replays history: no system call, and blob transactions are allowed."""
    return version >= REPLAY_VERSION
