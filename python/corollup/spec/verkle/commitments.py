"""
What a parent sees of its child: one scalar, the hash of the child under a tag.

    value    h(0x00 ‖ value)                 inner node   h(0x01 ‖ C)
    stem     h(0x02 ‖ stem ‖ body)           absent       0
    body     keccak(0x04 ‖ (suffix ‖ value)*) up to 4 values, keccak(0x03 ‖ C) from 5 on

`C` is a commitment's affine point; `h` is keccak with the top two bits cleared.
"""

from collections.abc import Mapping
from typing import Final

from corollup.spec.encoding import Bytes32, keccak256
from corollup.spec.verkle.curve import Point, encode_affine
from corollup.spec.verkle.polynomials import SparseVector

Pairs = Mapping[int, Bytes32]
"""The values of a stem by their suffix."""

SMALL_LIMIT: Final = 4
"""A stem with more values than this has a commitment of its own."""

VALUE_TAG: Final = b"\x00"
INNER_TAG: Final = b"\x01"
STEM_TAG: Final = b"\x02"
VECTOR_TAG: Final = b"\x03"
SMALL_TAG: Final = b"\x04"

HASH_BITS: Final = 254
"""Bits that are left of a hash; every such number is below the group order."""


def hash_to_scalar(data: bytes) -> int:
    """Hash to a scalar: keccak with the top two bits cleared."""
    return int.from_bytes(keccak256(data), "big") & (1 << HASH_BITS) - 1


def hash_value(value: Bytes32) -> int:
    """Compute the scalar of a value that is present, zero included."""
    return hash_to_scalar(VALUE_TAG + value)


def hash_inner(commitment: Point) -> int:
    """Compute the scalar of an inner node; for the root, the state root."""
    return hash_to_scalar(INNER_TAG + encode_affine(commitment))


def hash_stem(stem: bytes, body: Bytes32) -> int:
    """Compute the scalar of a stem."""
    return hash_to_scalar(STEM_TAG + stem + body)


def hash_small_body(pairs: Pairs) -> Bytes32:
    """Hash the one to four values of a small stem."""
    ascending = sorted(pairs.items())
    return keccak256(SMALL_TAG + b"".join(bytes([suffix]) + value for suffix, value in ascending))


def hash_vector_body(commitment: Point) -> Bytes32:
    """Hash the commitment of a stem with five values and more."""
    return keccak256(VECTOR_TAG + encode_affine(commitment))


def compute_value_vector(pairs: Pairs) -> SparseVector:
    """Compute the vector that a stem with five values and more commits to."""
    return tuple((suffix, hash_value(value)) for suffix, value in sorted(pairs.items()))
