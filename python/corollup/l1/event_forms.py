"""How an event is encoded, and what it becomes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from corollup.spec.encoding import keccak256

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class EventForm(Generic[T_co]):
    """The ABI of an event, and what it becomes."""

    name: str
    """Its name."""
    types: tuple[str, ...]
    """ABI types of its values in their order."""
    indexed: frozenset[int]
    """Places of the values that are topics."""
    build: Callable[..., T_co]
    """Takes the values."""

    @property
    def topic(self) -> bytes:
        """First topic of the event's logs."""
        return keccak256(f"{self.name}({','.join(self.types)})".encode())


def to_address(text: str) -> bytes:
    """Return the bytes of an address as the decoder writes it."""
    return bytes.fromhex(text.removeprefix("0x"))
