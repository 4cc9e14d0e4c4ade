"""
Where the state lives in the tree: the layout of EIP-6800, with keccak for the hash of a stem.

    stem = keccak(address 32 ‖ tree index 32, little-endian)[:31]       key = stem ‖ suffix
    suffixes of the header stem: 0 basic data · 1 code hash · 64..127 slots 0..63 · 128..255 code
"""

from dataclasses import dataclass
from typing import Final, Self

from corollup.errors import EncodingError
from corollup.spec.encoding import U8, U64, U128, Address, Bytes32, encode_uint, keccak256

BASIC_DATA_SUFFIX: Final = 0
CODE_HASH_SUFFIX: Final = 1
HEADER_SLOTS_START: Final = 64
HEADER_SLOTS: Final = 64
CODE_START: Final = 128
STEM_WIDTH: Final = 256
MAIN_STORAGE_POSITION: Final = 256**31
"""Position of slot 0 for the slots outside the header stem."""

CHUNK_SIZE: Final = 31
"""Bytes of code in a chunk."""

PUSH1: Final = 0x60
PUSH32: Final = 0x7F


def compute_basic_data_key(address: Address) -> Bytes32:
    """Compute the key of an account's packed `BasicData`."""
    return compute_key(address, BASIC_DATA_SUFFIX)


def compute_code_hash_key(address: Address) -> Bytes32:
    """Compute the key of an account's code hash: keccak of its code, zero when it has none."""
    return compute_key(address, CODE_HASH_SUFFIX)


def compute_storage_key(address: Address, slot: int) -> Bytes32:
    """Compute the key of a storage slot."""
    if slot < HEADER_SLOTS:
        return compute_key(address, HEADER_SLOTS_START + slot)
    return compute_key(address, MAIN_STORAGE_POSITION + slot)


def compute_code_chunk_key(address: Address, chunk: int) -> Bytes32:
    """Compute the key of the code chunk with this number."""
    return compute_key(address, CODE_START + chunk)


def chunkify_code(code: bytes) -> list[Bytes32]:
    """Cut code into chunks, each led by how many of its bytes are data of an earlier push."""
    push_end, chunks = 0, []
    for start in range(0, len(code), CHUNK_SIZE):
        piece = code[start : start + CHUNK_SIZE]
        lead = min(max(push_end - start, 0), CHUNK_SIZE)
        chunks.append((bytes([lead]) + piece).ljust(32, b"\0"))
        for position, opcode in enumerate(piece, start):
            if position >= push_end and PUSH1 <= opcode <= PUSH32:
                push_end = position + 1 + opcode - PUSH1 + 1
    return chunks


def compute_key(address: Address, position: int) -> Bytes32:
    """Compute the key of a position in the account's own numbering."""
    tree_index, suffix = divmod(position, STEM_WIDTH)
    stem = keccak256(address.rjust(32, b"\0") + tree_index.to_bytes(32, "little"))[:31]
    return stem + bytes([suffix])


@dataclass(frozen=True, slots=True)
class BasicData:
    """The leaf of an account beside its code hash."""

    version: U8 = 0
    """Version of the account's layout; 0."""

    code_size: int = 0
    """Bytes of code, below 2^24."""

    nonce: U64 = 0
    """Transactions sent, or contracts created."""

    balance: U128 = 0
    """Balance in wei."""

    def pack(self) -> Bytes32:
        """
        Pack the value of the leaf.

            version @0 · code size 3 bytes @5 · nonce 8 bytes @8 · balance 16 bytes @16

        Raises:
            EncodingError: If a number is too large for its place.
        """
        try:
            return (
                encode_uint(self.version, 1)
                + bytes(4)
                + encode_uint(self.code_size, 3)
                + encode_uint(self.nonce, 8)
                + encode_uint(self.balance, 16)
            )
        except OverflowError:
            raise EncodingError("basic data", f"{self} does not fit") from None

    @classmethod
    def unpack(cls, value: Bytes32) -> Self:
        """
        Read a value of the leaf.

        Raises:
            EncodingError: If reserved bytes are not zero.
        """
        if any(value[1:5]):
            raise EncodingError("basic data", "reserved bytes are not zero")
        return cls(
            version=value[0],
            code_size=int.from_bytes(value[5:8], "big"),
            nonce=int.from_bytes(value[8:16], "big"),
            balance=int.from_bytes(value[16:], "big"),
        )
