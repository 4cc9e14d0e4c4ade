"""Signing, verifying and aggregating."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Final

from py_ecc.bls import hash_to_curve
from py_ecc.optimized_bls12_381 import (
    FQ12,
    G1,
    Z1,
    Z2,
    add,
    final_exponentiate,
    is_inf,
    multiply,
    neg,
    pairing,
)

from corollup.errors import ArgumentError, BlsError
from corollup.spec.bls.keys import decode_secret
from corollup.spec.bls.points import (
    G1Point,
    G2Point,
    decode_key,
    decode_signature,
    decode_unchecked_signature,
    encode_key,
    encode_signature,
    require_in_subgroup,
)

SIGNATURE_DST: Final = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
"""Domain separation tag of every signature but proofs of possession."""

POSSESSION_DST: Final = b"BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
"""Domain separation tag of proofs of possession."""

MAX_DST_SIZE: Final = 255
"""Largest domain separation tag of RFC 9380, bytes; a longer one would need hashing first."""


def sign(secret: bytes, message: bytes) -> bytes:
    """Sign a message."""
    return _sign(secret, message, SIGNATURE_DST)


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether `signature` is the key's signature of the message; never raise."""
    return aggregate_verify([key], [message], signature)


def prove_possession(secret: bytes, message: bytes) -> bytes:
    """Sign a registration message under the possession tag."""
    return _sign(secret, message, POSSESSION_DST)


def verify_possession(key: bytes, message: bytes, proof: bytes) -> bool:
    """Return whether `proof` is the key's proof of possession over a registration message."""
    try:
        return _check_pairings(
            [(decode_key(key), message)], decode_signature(proof), POSSESSION_DST
        )
    except BlsError:
        return False


def aggregate(signatures: Sequence[bytes]) -> bytes:
    """
    Sum signatures of any messages; the order does not matter.

    They are decoded by `decode_unchecked_signature`, and the sum alone has to be in the subgroup.

    Raises:
        BlsError: If none is given, one is no point, or the sum is outside the subgroup.
    """
    if not signatures:
        raise BlsError("no signature to aggregate")
    total = reduce(add, map(decode_unchecked_signature, signatures), Z2)
    return encode_signature(require_in_subgroup(total))


def aggregate_keys(keys: Sequence[bytes]) -> bytes:
    """
    Sum keys whose possession was proven.

    Raises:
        BlsError: If none is given, one is malformed, or the sum is infinity.
    """
    return encode_key(_sum_keys(keys))


def fast_aggregate_verify(keys: Sequence[bytes], message: bytes, signature: bytes) -> bool:
    """
    Return whether `signature` is the sum of every key's signature of one message.

    False for no keys, and for keys that cancel out.
    """
    try:
        pairs = [(_sum_keys(keys), message)]
        return _check_pairings(pairs, decode_signature(signature), SIGNATURE_DST)
    except BlsError:
        return False


def aggregate_verify(keys: Sequence[bytes], messages: Sequence[bytes], signature: bytes) -> bool:
    """
    Return whether `signature` is the sum of each key's signature of its own message.

    False for no keys, and for counts that differ.
    """
    if not keys or len(keys) != len(messages):
        return False
    try:
        pairs = zip(map(decode_key, keys), messages, strict=True)
        return _check_pairings(pairs, decode_signature(signature), SIGNATURE_DST)
    except BlsError:
        return False


def batch_verify(
    keys: Sequence[bytes], messages: Sequence[bytes], signatures: Sequence[bytes]
) -> bool:
    """Return whether each signature verifies under its key and message; true for none."""
    return not _find_invalid(keys, messages, signatures)


def find_invalid(keys: Sequence[bytes], message: bytes, signatures: Sequence[bytes]) -> list[int]:
    """Find the positions of the signatures of one message that do not verify, ascending."""
    return _find_invalid(keys, [message] * len(keys), signatures)


def aggregate_valid(
    keys: Sequence[bytes], message: bytes, signatures: Sequence[bytes]
) -> tuple[bytes | None, list[int]]:
    """
    Sum the signatures of one message, leaving the bad ones out.

    Returns the sum, or None if nothing is left, and the positions of those left out.
    Each is bad by itself, and the sum of the others verifies under the sum of their keys.

    A sum that passes says nothing of its parts: signers together may choose parts that are bad one
    by one and cancel out. The sum is then the sum of their signatures all the same.
    If the keys themselves cancel out, the sum is infinity and verifies nothing.

    Which bad shares stay in where bad ones cancel out is left open: the native core, for one, looks
    for a single bad share first.
    """
    _require_equal_counts(keys, signatures)
    positions = range(len(keys))
    shares = list(zip(keys, signatures, strict=True))
    kept = [position for position in positions if not _is_malformed(*shares[position])]
    total = _sum_valid([shares[position] for position in kept], message)
    if total is None:
        kept = [position for position in kept if _is_in_subgroup(signatures[position])]
        total = _sum_valid([shares[position] for position in kept], message)
    if total is not None:
        return total, [position for position in positions if position not in kept]
    invalid = find_invalid(keys, message, signatures)
    valid = [signature for i, signature in enumerate(signatures) if i not in invalid]
    return (aggregate(valid) if valid else None), invalid


def hash_to_g2(message: bytes, dst: bytes) -> bytes:
    """
    Hash a message to a point of G2 (RFC 9380), encoded as a signature.

    Raises:
        ArgumentError: If the domain separation tag is not of 1 to 255 bytes.
    """
    if not 1 <= len(dst) <= MAX_DST_SIZE:
        raise ArgumentError(
            f"domain separation tag has {len(dst)} bytes, expected 1 to {MAX_DST_SIZE}"
        )
    return encode_signature(_hash_to_g2(message, dst))


def _find_invalid(
    keys: Sequence[bytes], messages: Sequence[bytes], signatures: Sequence[bytes]
) -> list[int]:
    _require_equal_counts(keys, messages, signatures)
    claims = zip(keys, messages, signatures, strict=True)
    return [position for position, claim in enumerate(claims) if not _is_valid(*claim)]


def _is_valid(key: bytes, message: bytes, signature: bytes) -> bool:
    """As `verify`, for a signature in either encoding."""
    try:
        point = require_in_subgroup(decode_unchecked_signature(signature))
        return _check_pairings([(decode_key(key), message)], point, SIGNATURE_DST)
    except BlsError:
        return False


def _sum_valid(shares: Sequence[tuple[bytes, bytes]], message: bytes) -> bytes | None:
    """Return the sum of shares if it is in the subgroup and verifies."""
    try:
        total = aggregate([signature for _, signature in shares])
    except BlsError:
        return None
    return total if fast_aggregate_verify([key for key, _ in shares], message, total) else None


def _require_equal_counts(*lists: Sequence[bytes]) -> None:
    if len(set(map(len, lists))) > 1:
        raise ArgumentError("keys, messages and signatures differ in number")


def _is_malformed(key: bytes, signature: bytes) -> bool:
    """Whether a key is not valid or a signature is no point of the curve."""
    try:
        decode_key(key)
        decode_unchecked_signature(signature)
    except BlsError:
        return True
    return False


def _is_in_subgroup(signature: bytes) -> bool:
    try:
        require_in_subgroup(decode_unchecked_signature(signature))
    except BlsError:
        return False
    return True


def _sign(secret: bytes, message: bytes, dst: bytes) -> bytes:
    return encode_signature(multiply(_hash_to_g2(message, dst), decode_secret(secret)))


def _hash_to_g2(message: bytes, dst: bytes) -> G2Point:
    # py_ecc calls the constructor, though it declares an instance.
    return hash_to_curve.hash_to_G2(message, dst, hashlib.sha256)  # type: ignore[arg-type]


def _sum_keys(keys: Sequence[bytes]) -> G1Point:
    if not keys:
        raise BlsError("no public key to aggregate")
    total = reduce(add, map(decode_key, keys), Z1)
    # Everything verifies under a key of infinity.
    if is_inf(total):
        raise BlsError("public key is the point at infinity")
    return total


def _check_pairings(pairs: Iterable[tuple[G1Point, bytes]], signature: G2Point, dst: bytes) -> bool:
    """Check e(-g1, signature) · Π e(key, H(message)) = 1; infinity never verifies."""
    if is_inf(signature):
        return False
    product = pairing(signature, neg(G1), final_exponentiate=False)
    for key, message in pairs:
        product *= pairing(_hash_to_g2(message, dst), key, final_exponentiate=False)
    return final_exponentiate(product) == FQ12.one()
