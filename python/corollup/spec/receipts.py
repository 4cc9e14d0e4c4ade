"""
Receipts: what a transaction did, as far as the header commits to it.

    item = u8 status ‖ u64 cumulative gas ‖ keccak(rlp(logs))       log = [address, topics, data]
"""

from collections.abc import Sequence
from dataclasses import dataclass

from corollup.spec.encoding import U64, Address, Bytes32, encode_uint, keccak256
from corollup.spec.merkle import compute_merkle_root

Rlp = bytes | Sequence["Rlp"]
"""What RLP encodes: byte strings, and lists of what RLP encodes."""


@dataclass(frozen=True, slots=True)
class Log:
    """An event of a contract."""

    address: Address
    """The contract."""

    topics: tuple[Bytes32, ...]
    """At most four indexed words."""

    data: bytes
    """The rest."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The outcome of a transaction."""

    succeeded: bool
    """Whether it ran to its end."""

    cumulative_gas: U64
    """Gas used by the packet's transactions up to and with this one."""

    logs: tuple[Log, ...]
    """The events, in their order."""

    def encode(self) -> bytes:
        """Write the item of the receipts root."""
        logs = encode_rlp([[log.address, log.topics, log.data] for log in self.logs])
        return bytes([self.succeeded]) + encode_uint(self.cumulative_gas, 8) + keccak256(logs)


def compute_receipts_root(receipts: Sequence[Receipt]) -> Bytes32:
    """Compute the Merkle root of the receipts."""
    return compute_merkle_root([receipt.encode() for receipt in receipts])


def encode_rlp(value: Rlp) -> bytes:
    """Write a value in RLP."""
    if isinstance(value, bytes):
        if len(value) == 1 and value[0] < 0x80:
            return value
        return _encode_rlp_length(len(value), 0x80) + value
    items = b"".join(encode_rlp(item) for item in value)
    return _encode_rlp_length(len(items), 0xC0) + items


def _encode_rlp_length(length: int, offset: int) -> bytes:
    if length <= 55:
        return bytes([offset + length])
    size = (length.bit_length() + 7) // 8
    return bytes([offset + 55 + size]) + encode_uint(length, size)
