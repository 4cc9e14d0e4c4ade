"""
Points and their bytes: compressed on the wire, uncompressed (EIP-2537) on L1.

    compressed    flags(3 bits) ‖ x                 48 bytes in G1, 96 (x1 ‖ x0) in G2
    uncompressed  flags(3 bits) ‖ x ‖ y             192 bytes (x1 ‖ x0 ‖ y1 ‖ y0) in G2
    EIP-2537      x ‖ y, each element in 64 bytes   128 bytes in G1, 256 (x0 ‖ x1 ‖ y0 ‖ y1) in G2
"""

from typing import Final, SupportsInt

from py_ecc.bls.point_compression import compress_G1, compress_G2, decompress_G1, decompress_G2
from py_ecc.bls.typing import G1Compressed, G2Compressed
from py_ecc.optimized_bls12_381 import (
    FQ,
    FQ2,
    Z2,
    b,
    b2,
    curve_order,
    field_modulus,
    is_inf,
    is_on_curve,
    multiply,
    normalize,
)

from corollup.errors import BlsError

G1Point = tuple[FQ, FQ, FQ]
"""A point of G1 in projective coordinates."""

G2Point = tuple[FQ2, FQ2, FQ2]
"""A point of G2 in projective coordinates."""

KEY_SIZE: Final = 48
"""Size of a compressed public key, bytes."""

SIGNATURE_SIZE: Final = 96
"""Size of a compressed signature, bytes."""

UNCOMPRESSED_SIGNATURE_SIZE: Final = 192
"""Size of an uncompressed signature, bytes."""

INFINITY_FLAG: Final = 0x40
"""Set in the first byte of an uncompressed point at infinity, whose other bits are clear."""

FIELD_SIZE: Final = 48
"""Size of a field element, bytes."""

PADDED_SIZE: Final = 64
"""Size of a field element in EIP-2537, bytes."""


def decode_key(key: bytes) -> G1Point:
    """
    Decode 48 compressed bytes: a point of the subgroup, not infinity.

    Raises:
        BlsError: For any other bytes, and for another encoding of a valid key.
    """
    if len(key) != KEY_SIZE:
        raise _malformed_key()
    try:
        point = decompress_G1(G1Compressed(int.from_bytes(key, "big")))
    except ValueError:
        raise _malformed_key() from None
    return _require_key(point)


def encode_key(point: G1Point) -> bytes:
    """Encode a public key as 48 compressed bytes."""
    return compress_G1(point).to_bytes(KEY_SIZE, "big")


def decode_signature(signature: bytes) -> G2Point:
    """
    Decode 96 compressed bytes: a point of the subgroup, infinity included.

    Raises:
        BlsError: For any other bytes, and for another encoding of a valid signature.
    """
    if len(signature) != SIGNATURE_SIZE:
        raise _malformed_signature()
    return require_in_subgroup(decode_unchecked_signature(signature))


def decode_unchecked_signature(signature: bytes) -> G2Point:
    """
    Decode 96 compressed or 192 uncompressed bytes: a point of the curve, infinity included.

    It may lie outside the subgroup, so only a sum that is checked may be used as a signature.

    Raises:
        BlsError: For any other bytes, and for another encoding of a point.
    """
    if len(signature) == UNCOMPRESSED_SIGNATURE_SIZE:
        return _decode_uncompressed_signature(signature)
    if len(signature) != SIGNATURE_SIZE:
        raise _malformed_signature()
    imaginary = int.from_bytes(signature[:FIELD_SIZE], "big")
    real = int.from_bytes(signature[FIELD_SIZE:], "big")
    try:
        return decompress_G2(G2Compressed((imaginary, real)))
    except ValueError:
        raise _malformed_signature() from None


def encode_signature(point: G2Point) -> bytes:
    """Encode a signature as 96 compressed bytes."""
    imaginary, real = compress_G2(point)
    return imaginary.to_bytes(FIELD_SIZE, "big") + real.to_bytes(FIELD_SIZE, "big")


def validate_key(key: bytes) -> None:
    """Refuse bytes that are no public key, with a `BlsError`."""
    decode_key(key)


def validate_signature(signature: bytes) -> None:
    """Refuse bytes that are no signature, with a `BlsError`."""
    decode_signature(signature)


def to_eip2537_key(key: bytes) -> bytes:
    """Convert a public key to the 128 bytes that the precompiles take."""
    x, y = normalize(decode_key(key))
    return _encode_fields(x.n, y.n)


def to_eip2537_signature(signature: bytes) -> bytes:
    """Convert a signature to the 256 bytes that the precompiles take."""
    point = decode_signature(signature)
    if is_inf(point):
        return bytes(4 * PADDED_SIZE)
    x, y = normalize(point)
    return _encode_fields(*x.coeffs, *y.coeffs)


def from_eip2537_key(encoded: bytes) -> bytes:
    """
    Convert the 128 bytes of a valid public key to its compressed form.

    Raises:
        BlsError: If they are not canonical, or the key is not valid.
    """
    coordinates = _decode_fields(encoded, count=2)
    if coordinates is None:
        raise _malformed_eip2537_key()
    if not any(coordinates):
        raise _infinite_key()
    x, y = coordinates
    point = (FQ(x), FQ(y), FQ.one())
    # An abscissa of zero is infinity's alone: the points (0, ±2) are outside the subgroup anyway.
    if x == 0 or not is_on_curve(point, b):
        raise _malformed_eip2537_key()
    return encode_key(_require_key(point))


def from_eip2537_signature(encoded: bytes) -> bytes:
    """
    Convert the 256 bytes of a signature to its compressed form.

    Raises:
        BlsError: If they are not canonical, or no point of the subgroup.
    """
    coordinates = _decode_fields(encoded, count=4)
    if coordinates is None:
        raise _malformed_eip2537_signature()
    if not any(coordinates):
        return encode_signature(Z2)
    x0, x1, y0, y1 = coordinates
    point = (FQ2((x0, x1)), FQ2((y0, y1)), FQ2.one())
    if not is_on_curve(point, b2):
        raise _malformed_eip2537_signature()
    return encode_signature(require_in_subgroup(point))


def _encode_fields(*elements: SupportsInt) -> bytes:
    return b"".join(int(element).to_bytes(PADDED_SIZE, "big") for element in elements)


def _decode_fields(encoded: bytes, count: int) -> list[int] | None:
    """Read exactly `count` padded elements below the modulus."""
    if len(encoded) != count * PADDED_SIZE:
        return None
    elements = [
        int.from_bytes(encoded[start : start + PADDED_SIZE], "big")
        for start in range(0, len(encoded), PADDED_SIZE)
    ]
    return elements if all(element < field_modulus for element in elements) else None


def _require_key(point: G1Point) -> G1Point:
    # Everything verifies under a key of infinity.
    if is_inf(point):
        raise _infinite_key()
    if not is_inf(multiply(point, curve_order)):
        raise BlsError("public key is not in the subgroup")
    return point


def require_in_subgroup(point: G2Point) -> G2Point:
    """Return a point of the subgroup of G2 as it is, and refuse another with a `BlsError`."""
    if not is_inf(multiply(point, curve_order)):
        raise BlsError("signature is not in the subgroup")
    return point


def _decode_uncompressed_signature(encoded: bytes) -> G2Point:
    if encoded == bytes([INFINITY_FLAG]) + bytes(UNCOMPRESSED_SIGNATURE_SIZE - 1):
        return Z2
    x1, x0, y1, y0 = (
        int.from_bytes(encoded[start : start + FIELD_SIZE], "big")
        for start in range(0, UNCOMPRESSED_SIGNATURE_SIZE, FIELD_SIZE)
    )
    point = (FQ2((x0, x1)), FQ2((y0, y1)), FQ2.one())
    # The modulus has 381 bits, so an element with a flag set is not below it.
    if max(x0, x1, y0, y1) >= field_modulus or not is_on_curve(point, b2):
        raise _malformed_signature()
    return point


def _infinite_key() -> BlsError:
    return BlsError("public key is the point at infinity")


def _malformed_key() -> BlsError:
    return BlsError("public key is not 48 bytes of a compressed point")


def _malformed_signature() -> BlsError:
    return BlsError("signature is not 96 bytes of a compressed point")


def _malformed_eip2537_key() -> BlsError:
    return BlsError("public key is not 128 bytes of an EIP-2537 point")


def _malformed_eip2537_signature() -> BlsError:
    return BlsError("signature is not 256 bytes of an EIP-2537 point")
