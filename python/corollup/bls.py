"""
BLS signatures, natively: keys and signatures that are checked once, when they are made.

    secret = SecretKey.generate()
    signature = secret.sign(b"hello")
    assert verify(secret.public_key, b"hello", signature)

The proof-of-possession suite: sum keys only if the possession of each was proven.
"""

from collections.abc import Sequence

from corollup.engine import Bls, PublicKey, SecretKey, Signature

__all__ = [
    "PublicKey",
    "SecretKey",
    "Signature",
    "aggregate",
    "aggregate_valid",
    "aggregate_verify",
    "batch_verify",
    "derive_keys",
    "fast_aggregate_verify",
    "find_invalid",
    "verify",
    "verify_possession",
]


def derive_keys(count: int, seed: int = 0) -> list[SecretKey]:
    """Derive `count` secret keys from a small seed, for tests and devnets: anyone can, too."""
    material = seed.to_bytes(32, "big")
    return [SecretKey.derive(material, f"m/12381/3600/{index}/0") for index in range(count)]


def verify(key: PublicKey, message: bytes, signature: Signature) -> bool:
    """Return whether `signature` is the key's signature of the message."""
    return Bls.verify(key, message, signature)


def verify_possession(key: PublicKey, message: bytes, proof: Signature) -> bool:
    """Return whether `proof` is the key's proof of possession over a registration message."""
    return Bls.verify_possession(key, message, proof)


def aggregate(signatures: Sequence[Signature]) -> Signature:
    """Sum signatures of any messages; the order does not matter."""
    return Signature.aggregate(signatures)


def fast_aggregate_verify(keys: Sequence[PublicKey], message: bytes, signature: Signature) -> bool:
    """Return whether `signature` is the sum of every key's signature of one message."""
    return Bls.fast_aggregate_verify(keys, message, signature)


def aggregate_verify(
    keys: Sequence[PublicKey], messages: Sequence[bytes], signature: Signature
) -> bool:
    """Return whether `signature` is the sum of each key's signature of its own message."""
    return Bls.aggregate_verify(keys, messages, signature)


def batch_verify(
    keys: Sequence[PublicKey], messages: Sequence[bytes], signatures: Sequence[Signature]
) -> bool:
    """Return whether each signature verifies under its key and message; true for none."""
    return Bls.batch_verify(keys, messages, signatures)


def find_invalid(
    keys: Sequence[PublicKey], message: bytes, signatures: Sequence[Signature]
) -> list[int]:
    """Find the positions of the signatures of one message that do not verify, ascending."""
    return Bls.find_invalid(keys, message, signatures)


def aggregate_valid(
    keys: Sequence[PublicKey], message: bytes, signatures: Sequence[Signature]
) -> tuple[Signature | None, list[int]]:
    """
    Sum the signatures of one message, leaving the bad ones out.

    Returns the sum, or None if nothing is left, and the positions of those left out.
    """
    total, invalid = Bls.aggregate_valid(keys, message, signatures)
    return (None if total is None else Signature.from_bytes(total)), invalid
