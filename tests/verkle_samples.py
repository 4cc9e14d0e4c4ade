"""Small trees and requests that show every form of a slot."""

from typing import Final

from hypothesis import strategies as st

CHAIN_ID: Final = 777


def make_key(prefix: bytes, suffix: int = 0) -> bytes:
    """Return the key whose stem is a prefix and zeros."""
    return prefix.ljust(31, b"\0") + bytes([suffix])


def make_value(number: int) -> bytes:
    return number.to_bytes(32, "big")


SMALL: Final = make_key(b"\x01")
VECTOR: Final = make_key(b"\x04", 40)

VALUES: Final = {
    SMALL: make_value(1),
    make_key(b"\x01", 7): make_value(2),
    make_key(b"\x02\x01\x01", 3): make_value(3),
    make_key(b"\x02\x01\x02", 3): make_value(3),
    make_key(b"\x03" * 31, 9): make_value(4),
    **{make_key(b"\x04", suffix): make_value(suffix + 10) for suffix in range(0, 240, 40)},
}
"""Small stems, two deep neighbours, a lone stem, and one with six values."""

KEYS: Final = {
    "nothing in the slot": make_key(b"\x00"),
    "small, present": SMALL,
    "small, absent suffix": make_key(b"\x01", 1),
    "another stem, requested too": make_key(b"\x01\x01"),
    "small, deep": make_key(b"\x02\x01\x01", 3),
    "nothing, deep": make_key(b"\x02\x01\x03", 3),
    "nothing, below an inner node": make_key(b"\x02\x02", 3),
    "another stem, not requested": make_key(b"\x03", 9),
    "vector, present": VECTOR,
    "vector, absent suffix": make_key(b"\x04", 41),
}
"""Ascending keys by what the tree of `VALUES` holds where they belong."""


def select_values(values: dict[bytes, bytes], keys: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Return the keys with their values, absent as zero."""
    return [(key, values.get(key, bytes(32))) for key in keys]


keys = st.builds(make_key, st.lists(st.integers(0, 2), max_size=4).map(bytes), st.integers(0, 6))
"""Few enough keys that stems split, meet, and grow past four values."""

writes = st.lists(st.tuples(keys, st.integers(0, 3).map(make_value)), min_size=1, max_size=16)
"""Writes, of which some change nothing and some are written over."""
