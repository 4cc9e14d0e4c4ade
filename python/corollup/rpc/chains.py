"""The chains behind the server, as its methods see them."""

from dataclasses import dataclass
from enum import Flag, auto
from typing import Protocol

from corollup.l1.embedded import EmbeddedL1


class Kind(Flag):
    """Which chain a method is for."""

    L1 = auto()
    """The embedded L1, a development chain."""

    L2 = auto()
    """The rollup."""

    BOTH = L1 | L2
    """Either."""


class Chain(Protocol):
    """A chain that answers JSON-RPC methods."""

    @property
    def kind(self) -> Kind:
        """Which chain it is."""
        ...

    async def request(self, method: str, params: bytes) -> bytes:
        """
        Answer a method; parameters and result are JSON.

        Raises:
            RpcError: If there is no result.
        """
        ...

    def request_blocking(self, method: str, params: bytes) -> bytes:
        """Answer a method that only reads, on any thread."""
        ...


@dataclass(frozen=True, slots=True)
class L1Chain:
    """The embedded L1."""

    l1: EmbeddedL1
    """The chain."""

    @property
    def kind(self) -> Kind:
        """Which chain it is."""
        return Kind.L1

    async def request(self, method: str, params: bytes) -> bytes:
        """Answer a method; parameters and result are JSON."""
        return self.l1.request_json(method, params)

    def request_blocking(self, method: str, params: bytes) -> bytes:
        """Answer a method that only reads, on any thread."""
        return self.l1.request_json(method, params)
