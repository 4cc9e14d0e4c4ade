"""
Who endorses a packet and who produces in a view.

An epoch's frozen tables and its seed decide both. The seats are shuffled by Fisher–Yates and cut
into M committees of n; consecutive packets go to consecutive committees.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

from corollup.spec.constants import QUORUM_DENOMINATOR, QUORUM_NUMERATOR
from corollup.spec.encoding import Bytes32, Unsigned, keccak256

Seat = TypeVar("Seat")

_UINT256: Final = Unsigned(256)


def compute_shuffled_seats(seed: Bytes32, seats: Sequence[Seat]) -> list[Seat]:
    """Shuffle the seats: for i = N−1 … 1, swap i with keccak(abi.encode(seed, i)) mod (i + 1)."""
    shuffled = list(seats)
    for i in range(len(shuffled) - 1, 0, -1):
        j = _hash_to_int(seed + _UINT256.encode(i)) % (i + 1)
        shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
    return shuffled


def compute_committees(seed: Bytes32, seats: Sequence[Seat], count: int) -> list[list[Seat]]:
    """Cut the shuffled seats into `count` committees of equal size, which must divide them."""
    shuffled = compute_shuffled_seats(seed, seats)
    size = len(shuffled) // count
    return [shuffled[i * size : (i + 1) * size] for i in range(count)]


def compute_committee_index(seed: Bytes32, number: int, rung: int, count: int) -> int:
    """
    Compute the committee of a packet on rung 0 or 1.

        (keccak(abi.encode(seed, "offset")) + number + rung) mod M
    """
    offset = _hash_to_int(seed + _encode_tail_string(b"offset", words=2)) % count
    return (offset + number + rung) % count


def compute_quorum(size: int) -> int:
    """Compute the signers that a group needs: two thirds, rounded up."""
    return -(-QUORUM_NUMERATOR * size // QUORUM_DENOMINATOR)


def compute_ticket(seed: Bytes32, view: int, total_stake: int) -> int:
    """
    Compute the ticket of a view; its producer's interval of the cumulative stakes holds it.

        keccak(abi.encode(seed, "producer", view)) mod totalStake
    """
    # A string is dynamic: its word is the offset of its length, which follows the three words.
    head = seed + _UINT256.encode(3 * 32) + _UINT256.encode(view)
    name = b"producer"
    return _hash_to_int(head + _UINT256.encode(len(name)) + name.ljust(32, b"\0")) % total_stake


def compute_submitter_rank(position: int, digest: Bytes32, committee_size: int) -> int:
    """Compute the rank of a seat as the submitter of a packet, from its position in the group."""
    return (position - int.from_bytes(digest, "big")) % committee_size


def _encode_tail_string(text: bytes, words: int) -> bytes:
    """Encode a string that is the last of `words` arguments."""
    return _UINT256.encode(words * 32) + _UINT256.encode(len(text)) + text.ljust(32, b"\0")


def _hash_to_int(data: bytes) -> int:
    return int.from_bytes(keccak256(data), "big")
