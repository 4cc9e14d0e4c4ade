"""The keys of a devnet, which its seed decides. They are as public as the seed."""

from dataclasses import dataclass

from corollup.engine import BlsEngine
from corollup.l1.submitter import compute_address
from corollup.node.node import Identity
from corollup.spec.encoding import keccak256


@dataclass(frozen=True, slots=True)
class DevnetKeys:
    """Derives every key of a devnet."""

    seed: int
    """Seed of the devnet."""
    bls: BlsEngine
    """Derives BLS keys."""

    def derive(self, purpose: str, index: int = 0) -> bytes:
        """Derive 32 bytes."""
        return keccak256(f"corollup devnet {self.seed} {purpose} {index}".encode())

    def endorser(self, index: int) -> Identity:
        """Derive an endorser."""
        return self._identity("endorser", index)

    def producer(self, index: int) -> Identity:
        """Derive a producer."""
        return self._identity("producer", index)

    def _identity(self, role: str, index: int) -> Identity:
        secret = self.bls.derive_secret_key(self.derive(role), f"m/12381/3600/{index}/0")
        return Identity(secret, self.derive(f"{role} operator", index))

    def account(self, purpose: str, index: int = 0) -> tuple[bytes, bytes]:
        """Derive an Ethereum account: its private key and its address."""
        secret = self.derive(purpose, index)
        return secret, compute_address(secret)
