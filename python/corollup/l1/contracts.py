"""The contracts of a network, and where they are."""

from dataclasses import dataclass
from typing import Final

from corollup.spec.encoding import keccak256
from corollup.spec.transactions import encode_int, encode_rlp

FIRST_NONCE_OF_CONTRACT: Final = 1
"""Nonce with which a contract creates its first contract (EIP-161)."""

NOBODY: Final = bytes(20)
"""In place of a contract that the network does not have."""


@dataclass(frozen=True, slots=True)
class Contracts:
    """Addresses of a network's contracts, in the order of their deployment."""

    management: bytes
    """Stake, keys, epochs."""
    state: bytes
    """Commits and fees."""
    inbox: bytes
    """Messages from L1 to L2; zero in a network without a bridge, as are the next and the last."""
    bridge: bytes
    """The ETH of the L2."""
    faults: bytes
    """Who is guilty of what."""
    appeals: bytes
    """The votes of all seats."""
    lagrange_points: bytes
    """The points that `update_node_faults` reads."""
    access_faults: bytes
    """Faults of the access list (O4)."""
    update_list_faults: bytes
    """Faults of the update list alone (O6)."""
    update_node_faults: bytes
    """Faults of the update list against the state before (O6)."""
    data_faults: bytes
    """Faults of the payload and of the anchor (O3, O7)."""
    reveals: bytes
    """Lists that somebody demands."""
    token_bridge: bytes
    """ERC-20 tokens of the L2."""

    @property
    def has_bridge(self) -> bool:
        """Whether the network takes deposits."""
        return self.bridge != NOBODY

    @property
    def commits(self) -> bytes:
        """What the ring of payouts shows; the State Contract makes it in its constructor."""
        return compute_created_address(self.state, FIRST_NONCE_OF_CONTRACT)

    @property
    def watched(self) -> tuple[bytes, ...]:
        """The contracts whose events a node follows, beside management and state."""
        return (*self.of_faults, self.inbox) if self.has_bridge else self.of_faults

    @property
    def of_faults(self) -> tuple[bytes, ...]:
        """The contracts whose events tell of faults, beside the Management Contract."""
        return self.faults, self.appeals, self.reveals


def compute_charges_address(state: bytes) -> bytes:
    """Compute where charges are made: the second contract that the State Contract creates."""
    return compute_created_address(state, FIRST_NONCE_OF_CONTRACT + 1)


def compute_created_address(creator: bytes, nonce: int) -> bytes:
    """Compute the address of the contract that an account creates with a nonce."""
    return keccak256(encode_rlp([creator, encode_int(nonce)]))[12:]
