"""Contract calls: signatures and values to calldata, and answers back."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from corollup.spec.containers import Config, Genesis, Header
from corollup.spec.encoding import AbiStruct, Unsigned, get_codecs, keccak256

G1_POINT: Final = "(bytes32,bytes32,bytes32,bytes32)"
"""ABI type of a public key."""
G2_POINT: Final = f"({','.join(['bytes32'] * 8)})"
"""ABI type of a signature."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a contract, not yet a transaction."""

    to: bytes
    """Address of the contract."""
    data: bytes
    """Calldata."""
    value: int = 0
    """Wei sent along."""


def encode_call(name: str, types: Sequence[str], values: Sequence[Any]) -> bytes:
    """Encode the calldata of a function."""
    return keccak256(f"{name}({','.join(types)})".encode())[:4] + encode_arguments(types, values)


def encode_arguments(types: Sequence[str], values: Sequence[Any]) -> bytes:
    """Encode the arguments of a constructor."""
    from eth_abi import abi

    return abi.encode(types, values)


def decode_values(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Decode the answer of a function."""
    from eth_abi import abi

    return tuple(abi.decode(types, data))


@cache
def get_struct_type(struct: type[AbiStruct]) -> str:
    """Return the ABI type of a struct of static words."""
    return f"({','.join(_get_word_type(codec) for codec in get_codecs(struct).values())})"


def get_struct_values(value: Config | Genesis | Header) -> tuple[int | bytes, ...]:
    """Return the values of a struct's fields in order."""
    return tuple(getattr(value, name) for name in get_codecs(type(value)))


def split_words(point: bytes) -> tuple[bytes, ...]:
    """Split an EIP-2537 point into its words."""
    return tuple(point[i : i + 32] for i in range(0, len(point), 32))


def pack_ids(ids: Sequence[int]) -> list[int]:
    """Pack member ids, eight a word, the first in the lowest bits."""
    return _pack(ids, bits=32)


def unpack_ids(words: Sequence[int]) -> list[int]:
    """Unpack member ids; none is 0, which is what the last word ends with."""
    ids = [word >> (32 * i) & 0xFFFFFFFF for word in words for i in range(8)]
    return [id_ for id_ in ids if id_]


def compute_ids_hash(ids: Sequence[int]) -> bytes:
    """Compute the keccak of packed member ids, by which the contracts know a committee."""
    return hash_words(pack_ids(ids))


def hash_words(words: Sequence[int]) -> bytes:
    """Compute the keccak of words."""
    return keccak256(b"".join(word.to_bytes(32, "big") for word in words))


def pack_positions(positions: Sequence[int], size: int) -> list[int]:
    """Pack positions below `size` into a bitmap, 256 a word, the first in the lowest bits."""
    chosen = set(positions)
    return _pack([int(position in chosen) for position in range(size)], bits=1)


def unpack_positions(words: Sequence[int]) -> list[int]:
    """Unpack the positions of a bitmap, ascending."""
    return [256 * w + i for w, word in enumerate(words) for i in range(256) if word >> i & 1]


def _pack(values: Sequence[int], bits: int) -> list[int]:
    per_word = 256 // bits
    words = [0] * -(-len(values) // per_word)
    for i, value in enumerate(values):
        words[i // per_word] |= value << (bits * (i % per_word))
    return words


def _get_word_type(codec: Any) -> str:
    if isinstance(codec, Unsigned):
        return f"uint{codec.bits}"
    return "address" if codec.size == 20 else f"bytes{codec.size}"
