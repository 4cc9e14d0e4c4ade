"""Evidence as the fault contracts take it."""

from typing import Any, Final

from corollup.spec.evidence.stem_proofs import StemProof
from corollup.spec.verkle.partial import Values

STEM_CLAIM: Final = "(bytes31,bytes,bytes32[])"
"""ABI type of the values that keys of one stem are said to have."""

STEM_PROOF: Final = "(uint8,uint256,bytes,bytes31,bytes32,bytes,bytes,uint256[])"
"""ABI type of their proof."""


def get_stem_claim(values: Values) -> tuple[Any, ...]:
    """Return the fields of the claim that keys of one stem have values."""
    suffixes = bytes(key[31] for key, _ in values)
    return values[0][0][:31], suffixes, [value for _, value in values]


def get_stem_proof(proof: StemProof) -> tuple[Any, ...]:
    """Return the fields of the proof of a claim."""
    return (
        proof.finding,
        proof.presence,
        proof.travelling,
        proof.other_stem,
        proof.other_body,
        proof.points,
        proof.opening,
        list(proof.inverses),
    )
