"""
The execution result: header and body, as an endorser receives it and as a file keeps it.

    magic 8 ‖ domain 32 ‖ u64 l2ChainId ‖ parent ‖ PN key 48 ‖ PN signature 96 ‖ header 832
    ‖ (u32 length ‖ access list) ‖ (u32 length ‖ payload) ‖ messages ‖ data
    ‖ u32 count ‖ (u32 length ‖ code)* ‖ (u32 length ‖ proof)
"""

from dataclasses import dataclass, field
from typing import Final, Self

from corollup.errors import EncodingError, Reason, Rejected, require
from corollup.spec.constants import (
    MAX_ANCHOR_BYTES,
    MAX_CODE_BYTES,
    MAX_CODES,
    MAX_MESSAGE_BYTES,
    MAX_PAYLOAD_BYTES,
    MAX_RESULT_BYTES,
)
from corollup.spec.containers.data import DataSection
from corollup.spec.containers.header import Header
from corollup.spec.containers.inbox import InboxSection
from corollup.spec.containers.parent import Parent, read_parent
from corollup.spec.encoding import Bytes32, Reader, encode_sized, encode_uint

MAGIC: Final = b"corollp\x02"
"""First bytes of an execution result."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a packet is verified from, beside its header."""

    access_list: bytes
    """The access list, encoded (`spec.access_list`)."""

    payload: bytes
    """The transactions as published (`decode_payload`)."""

    codes: tuple[bytes, ...]
    """The codes from before the packet that its execution needs, strictly ascending by hash."""

    proof: bytes
    """The Verkle multiproof of every key of the access list."""

    inbox: InboxSection = field(default_factory=InboxSection)
    """The messages from L1 that the packet consumes."""

    data: DataSection = field(default_factory=DataSection)
    """What a data anchor says of its blobs."""

    def encode(self) -> bytes:
        """Write the sections."""
        return b"".join(
            (
                encode_sized(self.access_list),
                encode_sized(self.payload),
                self.inbox.encode(),
                self.data.encode(),
                encode_uint(len(self.codes), 4),
                *(encode_sized(code) for code in self.codes),
                encode_sized(self.proof),
            )
        )

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read a body from the front of a message."""
        return cls(
            access_list=reader.read_sized("access list"),
            payload=reader.read_sized("payload"),
            inbox=InboxSection.read(reader),
            data=DataSection.read(reader),
            codes=_read_codes(reader),
            proof=reader.read_sized("proof"),
        )


@dataclass(frozen=True, slots=True)
class ExecutionResult:
    """A producer's signed statement and all that is needed to verify it without the state."""

    domain: Bytes32
    """The network (`compute_domain`)."""

    l2_chain_id: int
    """EIP-155 chain id of the L2, which the Verkle transcript and the transactions bind."""

    parent: Parent
    """What the packet stands on."""

    producer_key: bytes
    """The producer's key: 48 bytes, a compressed G1 point, not checked."""

    producer_signature: bytes
    """Its signature over the endorsement of its own header with status 1: 96 bytes, not checked."""

    header: Header
    """The signed fields."""

    body: Body
    """The rest."""

    def encode(self) -> bytes:
        """Write the canonical bytes."""
        return b"".join(
            (
                MAGIC,
                self.domain,
                encode_uint(self.l2_chain_id, 8),
                self.parent.encode(),
                self.producer_key,
                self.producer_signature,
                self.header.encode(),
                self.body.encode(),
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """
        Read an execution result and check the limits on its sizes.

        Raises:
            Rejected: With `MALFORMED_ENCODING` or `LIMIT_EXCEEDED`.
        """
        _require_limit("execution result", len(data), MAX_RESULT_BYTES)
        reader = Reader("execution result", data)
        try:
            if reader.take(len(MAGIC), "magic") != MAGIC:
                raise Rejected(Reason.MALFORMED_ENCODING, "no execution result")
            result = cls(
                domain=reader.take(32, "domain"),
                l2_chain_id=reader.read_uint(8, "l2 chain id"),
                parent=read_parent(reader),
                producer_key=reader.take(48, "producer key"),
                producer_signature=reader.take(96, "producer signature"),
                header=Header.decode(reader.take(Header.get_size(), "header")),
                body=Body.read(reader),
            )
            reader.finish()
        except EncodingError as error:
            raise Rejected(Reason.MALFORMED_ENCODING, str(error)) from None
        _require_limit("payload", len(result.body.payload), MAX_PAYLOAD_BYTES)
        message_bytes = sum(len(message.data) for message in result.body.inbox.messages)
        _require_limit("message data", message_bytes, MAX_MESSAGE_BYTES)
        payload_bytes = sum(len(payload) for payload in result.body.data.payloads)
        _require_limit("anchored payloads", payload_bytes, MAX_ANCHOR_BYTES)
        _require_limit("codes", sum(len(code) for code in result.body.codes), MAX_CODE_BYTES)
        return result


def _read_codes(reader: Reader) -> tuple[bytes, ...]:
    count = reader.read_count(4, "code count")
    if count > MAX_CODES:
        reader.fail(f"{count} codes, the limit is {MAX_CODES}")
    return tuple(reader.read_sized("code") for _ in range(count))


def _require_limit(what: str, found: int, limit: int) -> None:
    require(
        Reason.LIMIT_EXCEEDED, found <= limit, f"{what} has {found} bytes, the limit is {limit}"
    )
