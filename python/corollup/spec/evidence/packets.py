"""What a piece of evidence is, and the statement of a packet that it refutes."""

from dataclasses import dataclass
from typing import Protocol

from corollup.spec.containers import Header


@dataclass(frozen=True, slots=True)
class Claim:
    """What the signers of a packet stand for."""

    header: Header
    """Its header."""

    chain_id: int
    """EIP-155 chain id of the L2, which proofs of the state are bound to."""


class Evidence(Protocol):
    """
    Shows a fault of a packet to anyone who knows its header.

    The fields of an evidence are the arguments of the contracts' function for it.
    """

    def proves(self, claim: Claim) -> bool:
        """Decide whether this is a fault of the packet; false for anything malformed."""
        ...


class StateProver(Protocol):
    """The state before a packet, of a node that has it."""

    @property
    def root(self) -> bytes:
        """Its root."""
        ...

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, none if it was never written."""
        ...

    def prove(self, chain_id: int, keys: list[bytes]) -> bytes:
        """Prove the values and absences of keys."""
        ...
