"""The RLP of an L1 header, rebuilt from the fields that any node serves."""

from collections.abc import Mapping
from typing import Any, Final

from corollup.errors import EncodingError
from corollup.spec.encoding import keccak256

_BYTES: Final = "bytes"
_QUANTITY: Final = "quantity"

HEADER_FIELDS: Final = (
    ("parentHash", _BYTES),
    ("sha3Uncles", _BYTES),
    ("miner", _BYTES),
    ("stateRoot", _BYTES),
    ("transactionsRoot", _BYTES),
    ("receiptsRoot", _BYTES),
    ("logsBloom", _BYTES),
    ("difficulty", _QUANTITY),
    ("number", _QUANTITY),
    ("gasLimit", _QUANTITY),
    ("gasUsed", _QUANTITY),
    ("timestamp", _QUANTITY),
    ("extraData", _BYTES),
    ("mixHash", _BYTES),
    ("nonce", _BYTES),
    ("baseFeePerGas", _QUANTITY),
    ("withdrawalsRoot", _BYTES),
    ("blobGasUsed", _QUANTITY),
    ("excessBlobGas", _QUANTITY),
    ("parentBeaconBlockRoot", _BYTES),
    ("requestsHash", _BYTES),
)
"""The fields of a header in the order of its RLP, from Frontier to Osaka; later forks append."""


def encode_header(fields: Mapping[str, Any]) -> bytes:
    """
    Encode a block object's header.

    Args:
        fields: What `eth_getBlockByNumber` answers.

    Returns:
        The RLP, whose keccak is the block's hash.

    Raises:
        EncodingError: If the fields do not hash to the block hash among them.
    """
    present = [(name, kind) for name, kind in HEADER_FIELDS if fields.get(name) is not None]
    encoded = _encode_list([_decode_field(fields[name], kind) for name, kind in present])
    found = keccak256(encoded)
    expected = bytes.fromhex(fields["hash"][2:])
    if found != expected:
        raise EncodingError(
            "header", f"its fields hash to 0x{found.hex()}, its hash is 0x{expected.hex()}"
        )
    return encoded


def _decode_field(value: str, kind: str) -> bytes:
    if kind == _BYTES:
        return bytes.fromhex(value[2:])
    quantity = int(value, 16)
    return quantity.to_bytes((quantity.bit_length() + 7) // 8, "big")


def _encode_list(items: list[bytes]) -> bytes:
    payload = b"".join(map(_encode_string, items))
    return _encode_length(len(payload), 0xC0) + payload


def _encode_string(value: bytes) -> bytes:
    if len(value) == 1 and value[0] < 0x80:
        return value
    return _encode_length(len(value), 0x80) + value


def _encode_length(length: int, offset: int) -> bytes:
    if length < 56:
        return bytes([offset + length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([offset + 55 + len(digits)]) + digits
