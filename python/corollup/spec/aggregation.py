"""
Aggregation: from endorsements to one signature of a quorum.

    signers   one bit a position of the group, bit i % 256 of word i / 256
    status 1  one aggregate of the signers and the producer, over one message
    status 0  the producer's part is over status 1 of the same digest: it signed its own header
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from corollup.errors import EncodingError
from corollup.spec import bls
from corollup.spec.committee import compute_quorum
from corollup.spec.containers import compute_endorse_message
from corollup.spec.encoding import U256, Bytes32

BITS_PER_WORD: Final = 256
"""Positions in a word of a bitmap."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A quorum's statement about one header."""

    digest: Bytes32
    """Digest of the header."""

    status: int
    """1 valid, 0 contradicts its own body."""

    signers: tuple[int, ...]
    """Positions in the group, strictly ascending."""

    signature: bytes
    """Sum of the signers' signatures and the producer's, 96 bytes."""


def encode_bitmap(positions: Sequence[int], size: int) -> tuple[U256, ...]:
    """Write a set of positions below `size`, 256 a word."""
    if positions and not 0 <= min(positions) <= max(positions) < size:
        raise EncodingError("bitmap", f"a position is not below {size}")
    bits = sum(1 << position for position in set(positions))
    words = range(-(-size // BITS_PER_WORD))
    return tuple(bits >> word * BITS_PER_WORD & ((1 << BITS_PER_WORD) - 1) for word in words)


def decode_bitmap(words: Sequence[U256], size: int) -> tuple[int, ...]:
    """
    Read a set of positions below `size`, ascending.

    Raises:
        EncodingError: If there are more words or bits than positions, or fewer words.
    """
    if len(words) != -(-size // BITS_PER_WORD):
        raise EncodingError("bitmap", f"{len(words)} words for {size} positions")
    bits = sum(word << number * BITS_PER_WORD for number, word in enumerate(words))
    if bits >> size:
        raise EncodingError("bitmap", f"a position is not below {size}")
    return tuple(position for position in range(size) if bits >> position & 1)


def compute_aggregate(
    digest: Bytes32, status: int, endorsements: Mapping[int, bytes], producer_signature: bytes
) -> Aggregate:
    """
    Sum valid endorsements and the producer's signature.

    Args:
        digest: Digest of the header.
        status: What the endorsements say.
        endorsements: Signatures by the position of their signer.
        producer_signature: The producer's over status 1 of the digest.
    """
    signers = tuple(sorted(endorsements))
    signatures = [endorsements[position] for position in signers]
    signature = bls.aggregate([*signatures, producer_signature])
    return Aggregate(digest, status, signers, signature)


def verify_aggregate(aggregate: Aggregate, group: Sequence[bytes], producer_key: bytes) -> bool:
    """
    Decide whether an aggregate is that of a quorum of the group, with the producer.

    Args:
        aggregate: The statement.
        group: Keys of the group by position, each of proven possession.
        producer_key: The producer's key, of proven possession.

    Raises:
        BlsError: If a key of a signer is none.
    """
    ascending = tuple(sorted({s for s in aggregate.signers if 0 <= s < len(group)}))
    if aggregate.signers != ascending or len(ascending) < compute_quorum(len(group)):
        return False
    signers_key = bls.aggregate_keys([group[position] for position in aggregate.signers])
    endorsed = compute_endorse_message(aggregate.digest, aggregate.status)
    produced = compute_endorse_message(aggregate.digest, 1)
    keys, messages = [signers_key, producer_key], [endorsed, produced]
    return bls.aggregate_verify(keys, messages, aggregate.signature)
