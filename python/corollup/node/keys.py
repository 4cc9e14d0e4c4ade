"""A BLS key that signs nothing before its history has recorded it on disk."""

from dataclasses import dataclass, field

from corollup.engine import Engine
from corollup.node.signing_history import SigningHistory
from corollup.spec.containers import compute_appeal_message, compute_endorse_message


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key of one seat or producer, and everything that it ever signed."""

    engine: Engine
    """Signs."""
    secret: bytes = field(repr=False)
    """Secret key, 32 bytes."""
    public: bytes
    """Public key, 48 bytes."""
    history: SigningHistory
    """What it signed."""

    def sign_endorsement(
        self, domain: bytes, number: int, view: int, digest: bytes, status: int
    ) -> bytes:
        """
        Record an endorsement on disk, then sign it.

        Raises:
            SlashableSignature: If together with an earlier signature it would be an offence.
        """
        self.history.record(domain, number, view, digest, status)
        return self.engine.bls.sign(self.secret, compute_endorse_message(digest, status))

    def sign_vote(self, domain: bytes, case: int, digest: bytes, is_valid: bool) -> bytes:
        """
        Record a vote in an appeal on disk, then sign it.

        Raises:
            SlashableSignature: If the key voted otherwise before.
        """
        self.history.record_vote(domain, case, digest, is_valid)
        return self.engine.bls.sign(self.secret, compute_appeal_message(case, digest, is_valid))
