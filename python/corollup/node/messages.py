"""
What nodes say to each other, and its bytes.

Gossip carries headers and endorsements; the bodies are pulled by those who need them.
A decoder accepts exactly one byte string per value.

    announce     1 ‖ domain32 ‖ header 26 words ‖ signature96
    endorsement  2 ‖ domain32 ‖ digest32 ‖ status1 ‖ key48 ‖ signature96
    transaction  3 ‖ domain32 ‖ EIP-2718 bytes
    get header   4 ‖ domain32 ‖ digest32          answer: an announce, or nothing
    get result   5 ‖ domain32 ‖ digest32          answer: an encoded execution result, or nothing
"""

from dataclasses import dataclass
from typing import Final

from corollup.errors import EncodingError
from corollup.spec.containers import Header

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

MAX_TRANSACTION_BYTES: Final = 128 * 1024
"""Largest transaction that is passed on, bytes."""

_PREFIX: Final = 33
_HEADER_BYTES: Final = 26 * 32
_ANNOUNCE_BYTES: Final = _PREFIX + _HEADER_BYTES + 96
_ENDORSEMENT_BYTES: Final = _PREFIX + 32 + 1 + 48 + 96
_REQUEST_BYTES: Final = _PREFIX + 32


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

    def encode(self) -> bytes:
        """The canonical bytes."""
        return bytes([GET_RESULT_KIND]) + self.domain + self.digest


Message = Announce | Endorsement | TransactionGossip | GetHeader | GetResult
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
            _require_length("get result", message, _REQUEST_BYTES)
            return GetResult(domain, rest)
        case _:
            raise EncodingError("message", f"has the unknown kind {kind}")


def _require_length(what: str, message: bytes, expected: int) -> None:
    if len(message) != expected:
        raise EncodingError(what, f"has {len(message)} bytes, expected {expected}")
