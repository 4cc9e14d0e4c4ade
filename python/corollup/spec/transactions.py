"""
Who signed a transaction: its canonical bytes, and the message and signature in them.

    legacy  rlp([fields…, v, r, s])
    typed   u8 type ‖ rlp([fields…, y parity, r, s])

The fields are read no further than is needed to tell whether the bytes are a transaction at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from corollup.spec.constants import Fork
from corollup.spec.encoding import Bytes32, keccak256

ORDER: Final = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
"""Number of points of secp256k1, a prime."""

Item: TypeAlias = "bytes | list[Item]"
"""A value of RLP."""
Check: TypeAlias = Callable[[Item], bool]
"""Whether an item is a value of a field."""


@dataclass(frozen=True, slots=True)
class TransactionSignature:
    """What a sender signed, and the signature."""

    hash: Bytes32
    """Hash of the signed message."""

    r: int
    """x coordinate of the point R, below 2^256."""

    s: int
    """Below 2^256."""

    is_odd: bool
    """Whether the y coordinate of R is odd."""


def read_signature(data: bytes, fork: Fork) -> TransactionSignature | None:
    """
    Read the signature of a transaction.

    Args:
        data: EIP-2718 bytes.
        fork: Since Homestead a signature with a high s is none.

    Returns:
        The signature, which may still be nobody's; None if the bytes are no transaction of a known
        type or not its only encoding.
    """
    try:
        signature = read_legacy(data) if data[:1] >= b"\xc0" else read_typed(data)
    except ValueError:
        return None
    is_low = signature.s <= ORDER // 2
    return signature if is_low or fork == Fork.FRONTIER else None


def read_legacy(data: bytes) -> TransactionSignature:
    """Read a transaction without a type; since EIP-155 it may name its chain in v."""
    *message, v_bytes, r, s = read_fields(data, (*LEGACY, is_uint(128), is_uint(256), is_uint(256)))
    v = to_int(v_bytes)
    if v in (27, 28):
        return make_signature(encode_rlp(message), r, s, is_odd=v == 28)
    chain_id, parity = divmod(v - 35, 2)
    if not 0 <= chain_id < 1 << 64:
        raise ValueError(f"v is {v}")
    message += [encode_int(chain_id), b"", b""]
    return make_signature(encode_rlp(message), r, s, is_odd=parity == 1)


def read_typed(data: bytes) -> TransactionSignature:
    """Read a transaction with a type."""
    if data[:1] not in TYPED:
        raise ValueError("no known type")
    fields = (*TYPED[data[:1]], is_uint(1), is_uint(256), is_uint(256))
    *message, parity, r, s = read_fields(data[1:], fields)
    return make_signature(data[:1] + encode_rlp(message), r, s, is_odd=to_int(parity) == 1)


def make_signature(message: bytes, r: Item, s: Item, *, is_odd: bool) -> TransactionSignature:
    """Make the signature of a message from the fields that hold it."""
    return TransactionSignature(keccak256(message), to_int(r), to_int(s), is_odd)


def read_fields(data: bytes, checks: Sequence[Check]) -> list[Item]:
    """
    Read a list with one item a check, each as its check demands.

    Raises:
        ValueError: If the bytes are something else.
    """
    fields, end = decode_rlp(data, 0)
    if isinstance(fields, bytes) or end != len(data) or len(fields) != len(checks):
        raise ValueError("not the list of the fields")
    if not all(check(field) for check, field in zip(checks, fields, strict=True)):
        raise ValueError("a field has another form")
    return fields


def to_int(item: Item) -> int:
    """Read a field that was checked by `is_uint`."""
    return int.from_bytes(cast("bytes", item), "big")


def encode_int(value: int) -> bytes:
    """Write an integer without leading zeros."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def is_uint(bits: int) -> Check:
    """Check an integer of at most this many bits, without leading zeros."""
    return lambda item: (
        isinstance(item, bytes) and item[:1] != b"\0" and to_int(item).bit_length() <= bits
    )


def is_bytes(*sizes: int) -> Check:
    """Check a string of one of these sizes, or of any size if none is named."""
    return lambda item: isinstance(item, bytes) and (not sizes or len(item) in sizes)


def is_list_of(check: Check) -> Check:
    """Check a list of any length."""
    return lambda item: isinstance(item, list) and all(check(member) for member in item)


def is_tuple_of(*checks: Check) -> Check:
    """Check a list with one item a check."""
    return lambda item: (
        isinstance(item, list)
        and len(item) == len(checks)
        and all(check(member) for check, member in zip(checks, item, strict=True))
    )


U64: Final = is_uint(64)
U128: Final = is_uint(128)
U256: Final = is_uint(256)
ADDRESS: Final = is_bytes(20)
TO: Final = is_bytes(0, 20)
DATA: Final = is_bytes()
ACCESS_LIST: Final = is_list_of(is_tuple_of(ADDRESS, is_list_of(is_bytes(32))))
AUTHORIZATIONS: Final = is_list_of(is_tuple_of(U256, ADDRESS, U64, is_uint(8), U256, U256))

LEGACY: Final = (U64, U128, U64, TO, U256, DATA)
"""Nonce, gas price, gas limit, receiver, value, data."""

TYPED: Final[dict[bytes, tuple[Check, ...]]] = {
    b"\x01": (U64, U64, U128, U64, TO, U256, DATA, ACCESS_LIST),
    b"\x02": (U64, U64, U128, U128, U64, TO, U256, DATA, ACCESS_LIST),
    b"\x03": (
        *(U64, U64, U128, U128, U64, ADDRESS, U256, DATA, ACCESS_LIST),
        *(U128, is_list_of(is_bytes(32))),
    ),
    b"\x04": (U64, U64, U128, U128, U64, ADDRESS, U256, DATA, ACCESS_LIST, AUTHORIZATIONS),
}
"""The signed fields of each type, as EIP-2930, EIP-1559, EIP-4844 and EIP-7702 list them."""


def decode_rlp(data: bytes, start: int) -> tuple[Item, int]:
    """
    Read one item.

    Returns:
        The item, and where it ends.

    Raises:
        ValueError: If the bytes are not the only encoding of an item.
    """
    if start >= len(data):
        raise ValueError("ends early")
    head = data[start]
    if head < 0x80:
        return data[start : start + 1], start + 1
    base = 0xC0 if head >= 0xC0 else 0x80
    begin = start + 1
    size = head - base
    if size > 55:
        length, size_bytes = size - 55, data[begin : begin + size - 55]
        begin += length
        size = int.from_bytes(size_bytes, "big")
        if len(size_bytes) < length or size_bytes[0] == 0 or size <= 55:
            raise ValueError("a length has another form")
    end = begin + size
    if end > len(data):
        raise ValueError("ends early")
    if base == 0x80:
        if size == 1 and data[begin] < 0x80:
            raise ValueError("a byte has another form")
        return data[begin:end], end
    members: list[Item] = []
    while begin < end:
        member, begin = decode_rlp(data[:end], begin)
        members.append(member)
    return members, end


def encode_rlp(item: Item) -> bytes:
    """Write one item."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return encode_rlp_head(0x80, len(item)) + item
    body = b"".join(encode_rlp(member) for member in item)
    return encode_rlp_head(0xC0, len(body)) + body


def encode_rlp_head(base: int, size: int) -> bytes:
    """Write the length of an item."""
    if size <= 55:
        return bytes([base + size])
    length = encode_int(size)
    return bytes([base + 55 + len(length)]) + length
