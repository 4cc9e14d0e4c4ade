"""
Hints: what the recovery of a sender finds, so that others need only check it.

    x of the public key 32 ‖ y of the public key 32 ‖ y of R 32          one a transaction

A hint travels beside a packet, is committed to by nothing, and says nothing of the packet: a false
one is refused with `FALSE_HINT`, and the same packet without hints is judged by itself.
`verify_hints` is the rule. `is_batch_true` is how the native core checks all of them at once.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from corollup.errors import Reason, Rejected, require
from corollup.spec.constants import Fork
from corollup.spec.encoding import Bytes32
from corollup.spec.transactions import ORDER, TransactionSignature, read_signature

HINT_BYTES: Final = 96
"""Size of the hint of one transaction, bytes."""

MODULUS: Final = 2**256 - 2**32 - 977
"""Modulus of the field of secp256k1, y² = x³ + 7."""

WEIGHTS_TAG: Final = b"corollup/sender-hints/1"
"""Separates the hashes that give the weights from all others."""

Point: TypeAlias = tuple[int, int] | None
"""A point by its coordinates; None is infinity."""

GENERATOR: Final = (
    0x79BE667E_F9DCBBAC_55A06295_CE870B07_029BFCDB_2DCE28D9_59F2815B_16F81798,
    0x483ADA77_26A3C465_5DA4FBFC_0E1108A8_FD17B448_A6855419_9C47D08F_FB10D4B8,
)
"""The point G of every public key."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What the recovery of one sender finds."""

    key: tuple[int, int]
    """The public key."""

    nonce_y: int
    """y coordinate of the point R, whose x coordinate is the signature's r."""

    def encode(self) -> bytes:
        """The canonical bytes."""
        return b"".join(value.to_bytes(32, "big") for value in (*self.key, self.nonce_y))


def verify_hints(fork: Fork, transactions: Sequence[bytes], hints: bytes) -> None:
    """
    Check the hints of a packet. The hint of a transaction that has no sender may be anything.

    Raises:
        Rejected: With `FALSE_HINT`.
    """
    message = (
        f"the hints have {len(hints)} bytes, expected {HINT_BYTES} for each of {len(transactions)}"
    )
    require(Reason.FALSE_HINT, len(hints) == HINT_BYTES * len(transactions), message)
    for index, transaction in enumerate(transactions):
        signature = read_signature(transaction, fork)
        hint = None if signature is None else recover(signature)
        found = hints[index * HINT_BYTES :][:HINT_BYTES]
        if hint is not None and hint.encode() != found:
            raise Rejected(Reason.FALSE_HINT, f"the hint of transaction {index} is false")


def recover(signature: TransactionSignature) -> Hint | None:
    """Find the public key Q with `z/s · G + r/s · Q = R`; None if there is none."""
    r, s = signature.r, signature.s
    if not 0 < r < ORDER or not 0 < s < ORDER:
        return None
    # The modulus is 3 mod 4, so this power is a root of every square.
    y = pow(r**3 + 7, (MODULUS + 1) // 4, MODULUS)
    if (y * y - r**3 - 7) % MODULUS != 0:
        return None
    nonce = (r, y if y % 2 == signature.is_odd else MODULUS - y)
    z = int.from_bytes(signature.hash, "big")
    inverse = pow(r, -1, ORDER)
    key = add(multiply(nonce, s * inverse), multiply(GENERATOR, -z * inverse))
    return None if key is None else Hint(key, nonce[1])


def is_batch_true(signatures: Sequence[TransactionSignature], hints: Sequence[Hint]) -> bool:
    """
    Check all hints by one equation, `Σ ρ (z/s · G + r/s · Q − R) = infinity`.

    The weights are fixed by all of the statement, and the group has prime order. So if one hint is
    false, the sum vanishes for at most one of the 2^128 values of its weight.
    """
    total: Point = None
    weights = compute_weights(signatures, hints)
    for signature, hint, weight in zip(signatures, hints, weights, strict=True):
        if not 0 < signature.r < ORDER or not 0 < signature.s < ORDER:
            return False
        nonce = (signature.r, hint.nonce_y)
        if not is_on_curve(hint.key) or not is_on_curve(nonce):
            return False
        if hint.nonce_y % 2 != signature.is_odd:
            return False
        z = int.from_bytes(signature.hash, "big")
        factor = weight * pow(signature.s, -1, ORDER)
        total = add(total, multiply(GENERATOR, factor * z))
        total = add(total, multiply(hint.key, factor * signature.r))
        total = add(total, multiply(nonce, -weight))
    return total is None


def compute_weights(signatures: Sequence[TransactionSignature], hints: Sequence[Hint]) -> list[int]:
    """Compute the weights, integers of 128 bits with a sign bit."""
    statements = [
        hash_statement(signature, hint) for signature, hint in zip(signatures, hints, strict=True)
    ]
    seed = hashlib.sha256(WEIGHTS_TAG + b"".join(statements)).digest()
    weights: list[int] = []
    for number in range((len(statements) + 1) // 2):
        block = hashlib.sha256(seed + number.to_bytes(4, "big")).digest()
        weights += [int.from_bytes(half, "big", signed=True) for half in (block[:16], block[16:])]
    return weights[: len(statements)]


def hash_statement(signature: TransactionSignature, hint: Hint) -> Bytes32:
    """Hash all that one hint claims: z 32 ‖ r 32 ‖ s 32 ‖ hint 96."""
    r, s = (value.to_bytes(32, "big") for value in (signature.r, signature.s))
    return hashlib.sha256(signature.hash + r + s + hint.encode()).digest()


def is_on_curve(point: tuple[int, int]) -> bool:
    """Whether the coordinates are reduced and those of a point."""
    x, y = point
    return x < MODULUS and y < MODULUS and (y * y - x**3 - 7) % MODULUS == 0


def add(left: Point, right: Point) -> Point:
    """Add two points."""
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2) = left, right
    if x1 != x2:
        slope = (y2 - y1) * pow(x2 - x1, -1, MODULUS)
    elif y1 == y2:
        # The order is odd, so y is not zero.
        slope = 3 * x1 * x1 * pow(2 * y1, -1, MODULUS)
    else:
        return None
    x = (slope * slope - x1 - x2) % MODULUS
    return x, (slope * (x1 - x) - y1) % MODULUS


def multiply(point: Point, scalar: int) -> Point:
    """Multiply a point, by doubling and adding."""
    total: Point = None
    for bit in f"{scalar % ORDER:b}":
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total
