"""
Bytes: structs of static ABI words, and a strict reader.

All integers are big-endian. A decoder accepts exactly one byte string per value.
"""

from dataclasses import dataclass, fields
from typing import Annotated, Final, NoReturn, Self, get_args

from eth_hash.auto import keccak

from corollup.errors import EncodingError

WORD_SIZE: Final = 32
"""Size of an ABI word, bytes."""


def keccak256(data: bytes) -> bytes:
    """Compute the keccak-256 hash."""
    return keccak(data)


@dataclass(frozen=True, slots=True)
class Unsigned:
    """The word of an unsigned integer: the value, zero-padded on the left."""

    bits: int
    """Width of the integer."""

    def encode(self, value: int) -> bytes:
        """Write the word of a value."""
        if not 0 <= value < 1 << self.bits:
            raise ValueError(f"is {value}, which does not fit in {self.bits} bits")
        return value.to_bytes(WORD_SIZE, "big")

    def decode(self, word: bytes) -> int:
        """Read the value of a word."""
        value = int.from_bytes(word, "big")
        if value >= 1 << self.bits:
            raise ValueError("is not a canonical word")
        return value


@dataclass(frozen=True, slots=True)
class Fixed:
    """The word of a byte string of fixed size: the bytes, zero-padded on the left."""

    size: int
    """Number of bytes."""

    def encode(self, value: bytes) -> bytes:
        """Write the word of a value."""
        if len(value) != self.size:
            raise ValueError(f"has {len(value)} bytes, expected {self.size}")
        return value.rjust(WORD_SIZE, b"\0")

    def decode(self, word: bytes) -> bytes:
        """Read the value of a word."""
        padding = WORD_SIZE - self.size
        if any(word[:padding]):
            raise ValueError("is not a canonical word")
        return word[padding:]


U8 = Annotated[int, Unsigned(8)]
U32 = Annotated[int, Unsigned(32)]
U64 = Annotated[int, Unsigned(64)]
U128 = Annotated[int, Unsigned(128)]
U256 = Annotated[int, Unsigned(256)]
Address = Annotated[bytes, Fixed(20)]
Bytes32 = Annotated[bytes, Fixed(32)]


@dataclass(frozen=True, slots=True)
class AbiStruct:
    """A struct of static fields. Its encoding is their ABI words in order, as `abi.encode`."""

    @classmethod
    def get_size(cls) -> int:
        """Return the size of the encoding, bytes."""
        return len(get_codecs(cls)) * WORD_SIZE

    def encode(self) -> bytes:
        """
        Write the words of the fields.

        Raises:
            EncodingError: If a value is outside its field's type.
        """
        words = []
        for name, codec in get_codecs(type(self)).items():
            try:
                words.append(codec.encode(getattr(self, name)))
            except ValueError as error:
                raise EncodingError(type(self).__name__, f"{name} {error}") from None
        return b"".join(words)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """
        Read the value of exactly `get_size()` bytes; every word must be canonical.

        Raises:
            EncodingError: For any other bytes.
        """
        if len(data) != cls.get_size():
            raise EncodingError(cls.__name__, f"expected {cls.get_size()} bytes, found {len(data)}")
        reader = Reader(cls.__name__, data)
        values: dict[str, int | bytes] = {}
        for name, codec in get_codecs(cls).items():
            try:
                values[name] = codec.decode(reader.take(WORD_SIZE, name))
            except ValueError as error:
                raise EncodingError(cls.__name__, f"{name} {error}") from None
        return cls(**values)


def get_codecs(struct: type[AbiStruct]) -> dict[str, Unsigned | Fixed]:
    """Return the codec of each field of a struct, in the order of the words."""
    return {field.name: get_args(field.type)[1] for field in fields(struct)}


class Reader:
    """Reads values from the front of a byte string; lengths are checked before anything is read."""

    def __init__(self, what: str, data: bytes) -> None:
        """Read `data`; `what` names the message in errors."""
        self._what = what
        self._data = data
        self._position = 0

    @property
    def remaining(self) -> int:
        """Number of bytes not read yet."""
        return len(self._data) - self._position

    def take(self, count: int, field: str) -> bytes:
        """Read the next `count` bytes."""
        if count > self.remaining:
            self.fail(f"{field} needs {count} bytes, {self.remaining} are left")
        taken = self._data[self._position : self._position + count]
        self._position += count
        return taken

    def read_uint(self, size: int, field: str) -> int:
        """Read an integer of `size` bytes."""
        return int.from_bytes(self.take(size, field), "big")

    def read_count(self, least_size: int, field: str) -> int:
        """Read a u32 count of items of at least `least_size` bytes, which must fit in the rest."""
        count = self.read_uint(4, field)
        if count * least_size > self.remaining:
            self.fail(f"{field} {count} does not fit in {self.remaining} bytes")
        return count

    def read_sized(self, field: str) -> bytes:
        """Read a u32 length and as many bytes."""
        return self.take(self.read_uint(4, field), field)

    def finish(self) -> None:
        """Refuse bytes after the end."""
        if self.remaining:
            self.fail(f"{self.remaining} bytes after the end")

    def fail(self, why: str) -> NoReturn:
        """Refuse the message."""
        raise EncodingError(self._what, why)


def encode_uint(value: int, size: int) -> bytes:
    """Write an integer in `size` bytes."""
    return value.to_bytes(size, "big")


def encode_sized(data: bytes) -> bytes:
    """Write a u32 length and the bytes."""
    return encode_uint(len(data), 4) + data
