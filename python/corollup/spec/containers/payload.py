"""
The payload: a packet's transactions as they are published.

    codec 1 = u8 1 ‖ u32 count ‖ (u32 length ‖ bytes)*
"""

from collections.abc import Sequence
from typing import Final

from corollup.errors import EncodingError
from corollup.spec.constants import MAX_TRANSACTION_BYTES
from corollup.spec.encoding import Bytes32, Reader, encode_sized, encode_uint, keccak256
from corollup.spec.merkle import compute_merkle_root

CODEC: Final = 1
"""The only payload codec."""


def encode_payload(transactions: Sequence[bytes]) -> bytes:
    """
    Write the payload of EIP-2718 transactions.

    Raises:
        EncodingError: If they are over `MAX_TRANSACTION_BYTES`.
    """
    size = sum(len(tx) for tx in transactions)
    if size > MAX_TRANSACTION_BYTES:
        raise EncodingError(
            "payload", f"transactions have {size} bytes, the limit is {MAX_TRANSACTION_BYTES}"
        )
    head = encode_uint(CODEC, 1) + encode_uint(len(transactions), 4)
    return head + b"".join(encode_sized(tx) for tx in transactions)


def decode_payload(payload: bytes) -> tuple[bytes, ...]:
    """
    Read the transactions of a payload. Each is bytes here; the execution decodes them.

    Raises:
        EncodingError: If the bytes are not canonical in a known codec.
    """
    reader = Reader("payload", payload)
    codec = reader.read_uint(1, "codec")
    if codec != CODEC:
        reader.fail(f"unknown codec {codec}")
    count = reader.read_count(4, "transaction count")
    transactions = tuple(reader.read_sized("transaction") for _ in range(count))
    reader.finish()
    return transactions


def compute_payload_hash(payload: bytes) -> Bytes32:
    """Compute the hash by which the header names its payload."""
    return keccak256(payload)


def compute_transactions_root(transactions: Sequence[bytes]) -> Bytes32:
    """Compute the Merkle root of EIP-2718 transactions."""
    return compute_merkle_root(transactions)
