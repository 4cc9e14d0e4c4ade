"""
BLS signatures on BLS12-381 in the proof-of-possession suite: keys in G1, signatures in G2.

Every function takes and gives bytes: keys of 48, signatures of 96, secret keys of 32.
Bytes are checked where they become points (`points`), before any arithmetic.
Summing keys is safe only if the possession of each was proven (`verify_possession`).
"""

from corollup.spec.bls.keys import (
    compute_public_key,
    derive_child,
    derive_master,
    derive_secret_key,
)
from corollup.spec.bls.points import (
    from_eip2537_key,
    from_eip2537_signature,
    to_eip2537_key,
    to_eip2537_signature,
    validate_key,
    validate_signature,
)
from corollup.spec.bls.signatures import (
    POSSESSION_DST,
    SIGNATURE_DST,
    aggregate,
    aggregate_keys,
    aggregate_valid,
    aggregate_verify,
    batch_verify,
    fast_aggregate_verify,
    find_invalid,
    hash_to_g2,
    prove_possession,
    sign,
    verify,
    verify_possession,
)

__all__ = [
    "POSSESSION_DST",
    "SIGNATURE_DST",
    "aggregate",
    "aggregate_keys",
    "aggregate_valid",
    "aggregate_verify",
    "batch_verify",
    "compute_public_key",
    "derive_child",
    "derive_master",
    "derive_secret_key",
    "fast_aggregate_verify",
    "find_invalid",
    "from_eip2537_key",
    "from_eip2537_signature",
    "hash_to_g2",
    "prove_possession",
    "sign",
    "to_eip2537_key",
    "to_eip2537_signature",
    "validate_key",
    "validate_signature",
    "verify",
    "verify_possession",
]
