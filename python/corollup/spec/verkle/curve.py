"""
Points of BLS12-381 G1, their bytes, and the points of Ethereum's KZG ceremony.

    affine        x ‖ y, 48 bytes each, infinity 96 zero bytes
    compressed    flags(3 bits) ‖ x, 48 bytes
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from py_ecc.bls.point_compression import compress_G1, decompress_G1, decompress_G2
from py_ecc.bls.typing import G1Compressed, G2Compressed
from py_ecc.optimized_bls12_381 import (
    FQ,
    FQ2,
    FQ12,
    G2,
    Z1,
    add,
    b,
    curve_order,
    double,
    field_modulus,
    final_exponentiate,
    is_inf,
    is_on_curve,
    multiply,
    neg,
    normalize,
    pairing,
)

Point = tuple[FQ, FQ, FQ]
"""A point of the curve in projective coordinates."""

PointG2 = tuple[FQ2, FQ2, FQ2]
"""A point of the second curve in projective coordinates."""

WIDTH: Final = 256
"""Scalars in a vector, and children of an inner node."""

FIELD_SIZE: Final = 48
"""Size of a coordinate, bytes."""

AFFINE_SIZE: Final = 2 * FIELD_SIZE
"""Size of an affine point, bytes."""

SCALAR_BITS: Final = 255
"""Bits of the group order."""

CEREMONY: Final = files("corollup.spec") / "ceremony"
"""The powers of τ of the public ceremony, and what follows from them."""


def encode_affine(point: Point) -> bytes:
    """Encode a point as both of its coordinates."""
    if is_inf(point):
        return bytes(AFFINE_SIZE)
    return b"".join(int(coordinate).to_bytes(FIELD_SIZE, "big") for coordinate in normalize(point))


def decode_affine(data: bytes) -> Point:
    """
    Decode both coordinates of a point of the curve, which need not be in the group.

    Raises:
        ValueError: For any other bytes.
    """
    x, y = (int.from_bytes(half, "big") for half in (data[:FIELD_SIZE], data[FIELD_SIZE:]))
    if len(data) != AFFINE_SIZE or max(x, y) >= field_modulus:
        raise ValueError("point encoding is not canonical")
    if x == y == 0:
        return Z1
    point = (FQ(x), FQ(y), FQ(1))
    if not is_on_curve(point, b):
        raise ValueError("point is not on the curve")
    return point


def encode_compressed(point: Point) -> bytes:
    """Encode a point as one coordinate and flags."""
    return compress_G1(point).to_bytes(FIELD_SIZE, "big")


def decode_compressed(data: bytes) -> Point:
    """
    Decode a compressed point of the curve, which need not be in the group.

    Raises:
        ValueError: For any other bytes.
    """
    point = decompress_G1(G1Compressed(int.from_bytes(data, "big")))
    if encode_compressed(point) != data:
        raise ValueError("point encoding is not canonical")
    return point


def is_in_group(point: Point) -> bool:
    """Return whether a point of the curve is in the group of prime order."""
    return is_inf(multiply(point, curve_order))


def sum_products(points: Sequence[Point], scalars: Sequence[int]) -> Point:
    """Compute Σ scalars[i] · points[i], sorting the points into buckets for each window of bits."""
    window_bits = max(2, len(points).bit_length() - 2)
    result = Z1
    for start in reversed(range(0, SCALAR_BITS, window_bits)):
        for _ in range(window_bits):
            result = double(result)
        buckets = [Z1] * (1 << window_bits)
        for point, scalar in zip(points, scalars, strict=True):
            digit = scalar >> start & (1 << window_bits) - 1
            buckets[digit] = add(buckets[digit], point)
        # Σ digit · bucket, as the sum of the sums from the last bucket down.
        running = Z1
        for bucket in reversed(buckets[1:]):
            running = add(running, bucket)
            result = add(result, running)
    return result


def check_pairing(left: Point, right: Point) -> bool:
    """Return whether e(left, G2) · e(right, [τ]G2) = 1."""
    product = pairing(G2, left, final_exponentiate=False) * pairing(
        get_tau_g2(), right, final_exponentiate=False
    )
    return bool(final_exponentiate(product) == FQ12.one())


def verify_opening(commitment: Point, place: int, value: int, proof: Point) -> bool:
    """Return whether the polynomial of a commitment has a value at a place, by its proof."""
    # e(C − value·G + place·π, G2) = e(π, [τ]G2)
    generator = get_monomial_points()[0]
    shifted = sum_products([generator, proof], [-value % curve_order, place])
    return check_pairing(add(commitment, shifted), neg(proof))


@cache
def get_lagrange_points() -> tuple[Point, ...]:
    """Return the commitments to the 256 unit vectors."""
    return _read_points("g1_lagrange_256.bin")


@cache
def get_monomial_points() -> tuple[Point, ...]:
    """Return [τ^i]G1 for i below 256."""
    return _read_points("g1_monomial_256.bin")


@cache
def get_tau_g2() -> PointG2:
    """Return [τ]G2."""
    data = (CEREMONY / "g2_tau.bin").read_bytes()
    halves = (int.from_bytes(data[:48], "big"), int.from_bytes(data[48:], "big"))
    return decompress_G2(G2Compressed(halves))


def _read_points(name: str) -> tuple[Point, ...]:
    data = (CEREMONY / name).read_bytes()
    return tuple(
        decode_compressed(data[i : i + FIELD_SIZE]) for i in range(0, len(data), FIELD_SIZE)
    )
