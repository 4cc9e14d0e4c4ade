"""
The blobs of a data anchor: the payloads since the last one, and the check of their KZG proofs.

    data   u8 1 ‖ u64 first packet ‖ u32 count ‖ u32 length of the rest ‖ (u32 length ‖ payload)*
    blob   4096 elements of 32 bytes, each 00 ‖ 31 bytes of the data, zeros after its end
"""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Final

from py_ecc.optimized_bls12_381 import curve_order

from corollup.errors import EncodingError
from corollup.spec.constants import MAX_ANCHOR_BYTES
from corollup.spec.containers.data import BlobProof
from corollup.spec.encoding import Bytes32, Reader, encode_sized, encode_uint, keccak256
from corollup.spec.verkle.curve import decode_compressed, is_in_group, sum_products, verify_opening

CODEC: Final = 1
"""The only codec of an anchor's data."""

ELEMENTS: Final = 4096
"""Elements of a blob."""

ELEMENT_BYTES: Final = 31
"""Bytes of data in an element."""

BLOB_DATA_BYTES: Final = ELEMENT_BYTES * ELEMENTS
"""Bytes of data in a blob."""

HEAD_BYTES: Final = 1 + 8 + 4 + 4
"""Bytes of data before the payloads."""

BLOB_CHALLENGE: Final = b"FSBLOBVERIFY_V1_"
"""What begins the hash that gives the point of a blob's proof (EIP-4844)."""

BATCH_CHALLENGE: Final = b"RCKZGBATCH___V1_"
"""What begins the hash that weighs the proofs of several blobs (EIP-4844)."""

GENERATOR: Final = 7
"""Generates the multiplicative group of the scalar field."""


def encode_blobs(first: int, payloads: Sequence[bytes]) -> tuple[bytes, ...]:
    """
    Write the payloads of consecutive packets into as few blobs as hold them.

    Args:
        first: Number of the first packet.
        payloads: Their payloads.

    Raises:
        EncodingError: If they are more than the blobs of an anchor hold.
    """
    sized = b"".join(encode_sized(payload) for payload in payloads)
    head = (
        encode_uint(CODEC, 1)
        + encode_uint(first, 8)
        + encode_uint(len(payloads), 4)
        + encode_uint(len(sized), 4)
    )
    data = head + sized
    if len(data) > MAX_ANCHOR_BYTES:
        why = f"{len(data)} bytes of data, the blobs hold {MAX_ANCHOR_BYTES}"
        raise EncodingError("blobs", why)
    starts = range(0, len(data), BLOB_DATA_BYTES)
    return tuple(fill_blob(data[start : start + BLOB_DATA_BYTES]) for start in starts)


def fill_blob(data: bytes) -> bytes:
    """Write data of at most `BLOB_DATA_BYTES` into the elements of a blob."""
    padded = data.ljust(BLOB_DATA_BYTES, b"\0")
    starts = range(0, BLOB_DATA_BYTES, ELEMENT_BYTES)
    return b"".join(b"\0" + padded[start : start + ELEMENT_BYTES] for start in starts)


def decode_blobs(blobs: Sequence[bytes]) -> tuple[int, tuple[bytes, ...]]:
    """
    Read the number of the first packet and the payloads.

    Raises:
        EncodingError: If the blobs are not those that hold these payloads.
    """
    elements = (blob[start : start + 32] for blob in blobs for start in range(0, len(blob), 32))
    reader = Reader("blobs", b"".join(element[1:] for element in elements))
    if reader.read_uint(1, "codec") != CODEC:
        reader.fail("unknown codec")
    first = reader.read_uint(8, "first packet")
    count = reader.read_uint(4, "count")
    reader.read_uint(4, "length")
    payloads = tuple(reader.read_sized("payload") for _ in range(count))
    if encode_blobs(first, payloads) != tuple(blobs):
        reader.fail("the encoding is not canonical")
    return first, payloads


def compute_versioned_hash(commitment: bytes) -> Bytes32:
    """Compute the hash by which the L1 names a blob (EIP-4844)."""
    return b"\x01" + sha256(commitment).digest()[1:]


def compute_data_hash(blobs: Sequence[BlobProof]) -> Bytes32:
    """Compute the data hash of an anchor with these blobs."""
    return keccak256(b"".join(compute_versioned_hash(blob.commitment) for blob in blobs))


def verify_blobs(blobs: Sequence[bytes], proofs: Sequence[BlobProof]) -> bool:
    """Return whether each blob has a true proof, all by one pairing check."""
    if len(blobs) != len(proofs):
        return False
    try:
        points = [
            (decode_compressed(proof.commitment), decode_compressed(proof.proof))
            for proof in proofs
        ]
    except ValueError:
        return False
    if not all(is_in_group(point) for pair in points for point in pair):
        return False
    pairs = list(zip(blobs, proofs, strict=True))
    places = [compute_place(blob, proof.commitment) for blob, proof in pairs]
    values = [
        evaluate(read_elements(blob), place) for blob, place in zip(blobs, places, strict=True)
    ]
    weight = compute_weight(proofs, places, values)
    powers = [pow(weight, index, curve_order) for index in range(len(proofs))]
    # Σ w (C + z π − y G) + τ · −Σ w π = 0, which is one opening at zero.
    scalars = [
        factor
        for power, place in zip(powers, places, strict=True)
        for factor in (power, power * place % curve_order)
    ]
    commitment = sum_products([point for pair in points for point in pair], scalars)
    value = sum(power * y for power, y in zip(powers, values, strict=True)) % curve_order
    opening = sum_products([proof for _, proof in points], powers)
    return verify_opening(commitment, 0, value, opening)


def read_elements(blob: bytes) -> list[int]:
    """Read the elements of a blob that was written here."""
    starts = range(0, len(blob), 32)
    return [int.from_bytes(blob[start : start + 32], "big") for start in starts]


def compute_place(blob: bytes, commitment: bytes) -> int:
    """Compute the point at which a blob is opened."""
    degree = encode_uint(ELEMENTS, 16)
    return _reduce(BLOB_CHALLENGE + degree + blob + commitment)


def compute_weight(
    proofs: Sequence[BlobProof], places: Sequence[int], values: Sequence[int]
) -> int:
    """Compute what weighs the claims of several blobs against each other."""
    claims = zip(proofs, places, values, strict=True)
    return _reduce(
        BATCH_CHALLENGE
        + encode_uint(ELEMENTS, 8)
        + encode_uint(len(proofs), 8)
        + b"".join(
            proof.commitment + encode_uint(place, 32) + encode_uint(value, 32) + proof.proof
            for proof, place, value in claims
        )
    )


def evaluate(elements: Sequence[int], place: int) -> int:
    """
    Evaluate the polynomial that has these values over the roots.

    It is (z^n − 1) / n · Σ p_i ω_i / (z − ω_i).
    """
    roots = get_roots()
    if place in roots:
        return elements[roots.index(place)]
    # Most elements of a blob that is not full are zero.
    total = sum(
        element * root * pow(place - root, -1, curve_order)
        for element, root in zip(elements, roots, strict=True)
        if element
    )
    factor = (pow(place, ELEMENTS, curve_order) - 1) * pow(ELEMENTS, -1, curve_order)
    return factor * total % curve_order


@cache
def get_roots() -> tuple[int, ...]:
    """Return the roots of unity in bit-reversed order, as a blob's elements stand over them."""
    root = pow(GENERATOR, (curve_order - 1) // ELEMENTS, curve_order)
    bits = ELEMENTS.bit_length() - 1
    return tuple(
        pow(root, int(f"{index:0{bits}b}"[::-1], 2), curve_order) for index in range(ELEMENTS)
    )


def _reduce(data: bytes) -> int:
    return int.from_bytes(sha256(data).digest(), "big") % curve_order
