"""
What nodes say to each other, and its bytes.

Gossip carries headers and endorsements; the bodies are pulled by those who need them.
A decoder accepts exactly one byte string per value.

    announce     1 ‖ domain32 ‖ header 26 words ‖ signature96
    endorsement  2 ‖ domain32 ‖ digest32 ‖ status1 ‖ key48 ‖ signature96
    transaction  3 ‖ domain32 ‖ EIP-2718 bytes
    get header   4 ‖ domain32 ‖ digest32          answer: an announce, or nothing
    get result   5 ‖ domain32 ‖ digest32 ‖ hash32*    answer: a result, or nothing
    result       6 ‖ domain32 ‖ u32 hints ‖ hint96* ‖ u16 omitted ‖ u16* ‖ encoded execution result
    vote         7 ‖ domain32 ‖ u64 case ‖ digest32 ‖ verdict1 ‖ key48 ‖ signature96

A request for a result names hashes of codes that the asker has, ascending; the answer says which of
these codes it leaves out, by their ascending places among the names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from corollup.errors import EncodingError
from corollup.spec.constants import MAX_RESULT_BYTES
from corollup.spec.containers import Header
from corollup.spec.hints import HINT_BYTES

ANNOUNCE_KIND: Final = 1
"""First byte of an announce."""
ENDORSEMENT_KIND: Final = 2
"""First byte of an endorsement."""
TRANSACTION_KIND: Final = 3
"""First byte of a transaction."""
GET_HEADER_KIND: Final = 4
"""First byte of a request for a header."""
GET_RESULT_KIND: Final = 5
"""First byte of a request for an execution result."""
RESULT_KIND: Final = 6
"""First byte of an execution result with hints."""
VOTE_KIND: Final = 7
"""First byte of a vote in an appeal."""

MAX_TRANSACTION_BYTES: Final = 128 * 1024
"""Largest transaction that is passed on, bytes."""
MAX_HINTS: Final = 65_536
"""Most hints beside a result: transactions of 64 bytes, which none is below, in 4 MiB of them."""

MAX_NAMED_CODES: Final = 1024
"""Most codes that a request for a result names, which makes it 32 KiB larger."""

_PREFIX: Final = 33
_HEADER_BYTES: Final = 26 * 32
_ANNOUNCE_BYTES: Final = _PREFIX + _HEADER_BYTES + 96
_ENDORSEMENT_BYTES: Final = _PREFIX + 32 + 1 + 48 + 96
_REQUEST_BYTES: Final = _PREFIX + 32
_VOTE_BYTES: Final = _PREFIX + 8 + 32 + 1 + 48 + 96
_HINT_COUNT_BYTES: Final = 4
_HASH_BYTES: Final = 32
_PLACE_BYTES: Final = 2


@dataclass(frozen=True, slots=True)
class Announce:
    """A producer's signed header."""

    domain: bytes
    """The network, 32 bytes."""
    header: Header
    """The signed fields."""
    signature: bytes
    """The producer's signature over the endorsement of its own header, 96 bytes."""

    def encode(self) -> bytes:
        """The canonical bytes."""
        return bytes([ANNOUNCE_KIND]) + self.domain + self.header.encode() + self.signature


@dataclass(frozen=True, slots=True)
class Endorsement:
    """One seat's signature over a header's digest and a status."""

    domain: bytes
    """The network, 32 bytes."""
    digest: bytes
    """Digest of the header, 32 bytes."""
    status: int
    """1: every check passed; 0: the header contradicts its own body."""
    key: bytes
    """Public key of the seat, 48 bytes."""
    signature: bytes
    """The seat's signature, 96 bytes."""

    def encode(self) -> bytes:
        """The canonical bytes."""
        status = bytes([self.status])
        head = bytes([ENDORSEMENT_KIND]) + self.domain
        return head + self.digest + status + self.key + self.signature


@dataclass(frozen=True, slots=True)
class TransactionGossip:
    """A transaction on its way to the producers."""

    domain: bytes
    """The network, 32 bytes."""
    raw: bytes
    """EIP-2718 bytes."""

    def encode(self) -> bytes:
        """The canonical bytes."""
        return bytes([TRANSACTION_KIND]) + self.domain + self.raw


@dataclass(frozen=True, slots=True)
class GetHeader:
    """A request for the announce of a header."""

    domain: bytes
    """The network, 32 bytes."""
    digest: bytes
    """Digest of the header, 32 bytes."""

    def encode(self) -> bytes:
        """The canonical bytes."""
        return bytes([GET_HEADER_KIND]) + self.domain + self.digest


@dataclass(frozen=True, slots=True)
class GetResult:
    """A request for an encoded execution result."""

    domain: bytes
    """The network, 32 bytes."""
    digest: bytes
    """Digest of its header, 32 bytes."""
    named_codes: tuple[bytes, ...] = ()
    """Hashes of codes that the asker has, ascending."""

    def encode(self) -> bytes:
        """The canonical bytes."""
        head = bytes([GET_RESULT_KIND]) + self.domain
        return head + self.digest + b"".join(self.named_codes)


@dataclass(frozen=True, slots=True)
class Result:
    """An encoded execution result and, beside it, what makes its verification cheap."""

    domain: bytes
    """The network, 32 bytes."""
    hints: bytes
    """The hints of the senders, 96 bytes a transaction, or nothing."""
    encoded: bytes
    """The execution result, not yet decoded."""
    omitted_codes: tuple[int, ...] = ()
    """Which of the codes that the asker named are left out: places among the names, ascending."""

    def encode(self) -> bytes:
        """The canonical bytes."""
        count = (len(self.hints) // HINT_BYTES).to_bytes(_HINT_COUNT_BYTES, "big")
        head = bytes([RESULT_KIND]) + self.domain + count + self.hints
        numbers = (len(self.omitted_codes), *self.omitted_codes)
        omitted = b"".join(number.to_bytes(_PLACE_BYTES, "big") for number in numbers)
        return head + omitted + self.encoded


@dataclass(frozen=True, slots=True)
class Vote:
    """One seat's vote in an appeal."""

    domain: bytes
    """The network, 32 bytes."""
    case: int
    """Number of the case."""
    digest: bytes
    """Digest of its packet, 32 bytes."""
    is_valid: bool
    """What the seat found."""
    key: bytes
    """Public key of the seat, 48 bytes."""
    signature: bytes
    """The seat's signature, 96 bytes."""

    def encode(self) -> bytes:
        """The canonical bytes."""
        head = bytes([VOTE_KIND]) + self.domain + self.case.to_bytes(8, "big")
        return head + self.digest + bytes([self.is_valid]) + self.key + self.signature


Message = Announce | Endorsement | TransactionGossip | GetHeader | GetResult | Result | Vote
"""Anything that travels between nodes."""


def decode_message(message: bytes) -> Message:
    """
    Decode the bytes of a peer.

    Raises:
        EncodingError: If they are not the canonical encoding of a message.
    """
    if len(message) < _PREFIX:
        raise EncodingError("message", f"has {len(message)} bytes, the shortest has {_PREFIX}")
    kind, domain, rest = message[0], message[1:_PREFIX], message[_PREFIX:]
    match kind:
        case _ if kind == ANNOUNCE_KIND:
            _require_length("announce", message, _ANNOUNCE_BYTES)
            header = Header.decode(rest[:_HEADER_BYTES])
            return Announce(domain, header, rest[_HEADER_BYTES:])
        case _ if kind == ENDORSEMENT_KIND:
            _require_length("endorsement", message, _ENDORSEMENT_BYTES)
            if rest[32] > 1:
                raise EncodingError("endorsement", f"has status {rest[32]}, expected 0 or 1")
            return Endorsement(domain, rest[:32], rest[32], rest[33:81], rest[81:])
        case _ if kind == TRANSACTION_KIND:
            if not 0 < len(rest) <= MAX_TRANSACTION_BYTES:
                raise EncodingError(
                    "transaction", f"has {len(rest)} bytes, the limit is {MAX_TRANSACTION_BYTES}"
                )
            return TransactionGossip(domain, rest)
        case _ if kind == GET_HEADER_KIND:
            _require_length("get header", message, _REQUEST_BYTES)
            return GetHeader(domain, rest)
        case _ if kind == GET_RESULT_KIND:
            return _decode_get_result(domain, rest)
        case _ if kind == RESULT_KIND:
            return _decode_result(domain, rest)
        case _ if kind == VOTE_KIND:
            _require_length("vote", message, _VOTE_BYTES)
            if rest[40] > 1:
                raise EncodingError("vote", f"has verdict {rest[40]}, expected 0 or 1")
            case_number = int.from_bytes(rest[:8], "big")
            is_valid = rest[40] == 1
            return Vote(domain, case_number, rest[8:40], is_valid, rest[41:89], rest[89:])
        case _:
            raise EncodingError("message", f"has the unknown kind {kind}")


def _decode_get_result(domain: bytes, rest: bytes) -> GetResult:
    words, odd = divmod(len(rest), _HASH_BYTES)
    if odd or not 1 <= words <= 1 + MAX_NAMED_CODES:
        raise EncodingError("get result", f"has {len(rest)} bytes after the domain")
    digest, *named = (rest[at : at + _HASH_BYTES] for at in range(0, len(rest), _HASH_BYTES))
    _require_ascending("get result", named)
    return GetResult(domain, digest, tuple(named))


def _decode_result(domain: bytes, rest: bytes) -> Result:
    count = int.from_bytes(rest[:_HINT_COUNT_BYTES], "big")
    if count > MAX_HINTS:
        raise EncodingError("result", f"has {count} hints, the limit is {MAX_HINTS}")
    end = _HINT_COUNT_BYTES + count * HINT_BYTES
    omitted_count = int.from_bytes(rest[end : end + _PLACE_BYTES], "big")
    if omitted_count > MAX_NAMED_CODES:
        raise EncodingError(
            "result", f"leaves out {omitted_count} codes, the limit is {MAX_NAMED_CODES}"
        )
    start = end + _PLACE_BYTES * (1 + omitted_count)
    if not start < len(rest) <= start + MAX_RESULT_BYTES:
        raise EncodingError(
            "result",
            f"has {len(rest)} bytes after the domain, {count} hints,"
            f" {omitted_count} codes left out",
        )
    starts = range(end + _PLACE_BYTES, start, _PLACE_BYTES)
    places = [rest[at : at + _PLACE_BYTES] for at in starts]
    _require_ascending("result", places)
    omitted = tuple(int.from_bytes(place, "big") for place in places)
    return Result(domain, rest[_HINT_COUNT_BYTES:end], rest[start:], omitted)


def _require_ascending(what: str, items: Sequence[bytes]) -> None:
    if any(left >= right for left, right in pairwise(items)):
        raise EncodingError(what, "has codes that do not ascend")


def _require_length(what: str, message: bytes, expected: int) -> None:
    if len(message) != expected:
        raise EncodingError(what, f"has {len(message)} bytes, expected {expected}")
