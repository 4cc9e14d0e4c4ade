"""
The data section of a data anchor: what its blobs hold beside its own payload, and their proofs.

    section = u32 count ‖ (u32 length ‖ payload)* ‖ u32 blobs ‖ (commitment 48 ‖ proof 48)*
"""

from dataclasses import dataclass
from typing import Self

from corollup.spec.constants import MAX_ANCHOR_BLOBS, MAX_ANCHOR_PAYLOADS
from corollup.spec.encoding import Reader, encode_sized, encode_uint


@dataclass(frozen=True, slots=True)
class BlobProof:
    """Commitment and proof of a blob: compressed G1 points, not checked."""

    commitment: bytes
    """KZG commitment to the blob, 48 bytes."""

    proof: bytes
    """Proof of its value at the point that blob and commitment give (EIP-4844), 48 bytes."""


@dataclass(frozen=True, slots=True)
class DataSection:
    """The data section of a body; empty unless the packet is a data anchor."""

    payloads: tuple[bytes, ...] = ()
    """The payloads of the packets since the last anchor, in their order, without the own one."""

    blobs: tuple[BlobProof, ...] = ()
    """The blobs that hold them and the own one."""

    def encode(self) -> bytes:
        """Write the section."""
        return b"".join(
            (
                encode_uint(len(self.payloads), 4),
                *(encode_sized(payload) for payload in self.payloads),
                encode_uint(len(self.blobs), 4),
                *(blob.commitment + blob.proof for blob in self.blobs),
            )
        )

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read a section from the front of a message."""
        count = _read_count(reader, 4, "anchored payloads", MAX_ANCHOR_PAYLOADS)
        payloads = tuple(reader.read_sized("anchored payload") for _ in range(count))
        count = _read_count(reader, 96, "blobs", MAX_ANCHOR_BLOBS)
        blobs = tuple(
            BlobProof(reader.take(48, "blob commitment"), reader.take(48, "blob proof"))
            for _ in range(count)
        )
        return cls(payloads, blobs)


def _read_count(reader: Reader, least_size: int, what: str, limit: int) -> int:
    count = reader.read_count(least_size, f"count of {what}")
    if count > limit:
        reader.fail(f"{count} {what}, the limit is {limit}")
    return count
