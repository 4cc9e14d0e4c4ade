"""
The state tree, natively: a Verkle tree with KZG commitments, and its proofs.

    tree = VerkleTree([(key, value)])
    proof = tree.prove(chain_id, [key])
    shown = verify_verkle_proof(chain_id, tree.root, [(key, value)], proof)
    root, updates = shown.apply([(key, new_value)])

Keys and values are 32 bytes. Outside the tree an absent value counts as zero.
"""

from collections.abc import Sequence

from corollup.engine import PartialVerkleTree, VerkleTree
from corollup.spec.verkle.keys import (
    BasicData,
    compute_basic_data_key,
    compute_code_hash_key,
    compute_storage_key,
)

__all__ = [
    "BasicData",
    "PartialVerkleTree",
    "VerkleTree",
    "compute_basic_data_key",
    "compute_code_hash_key",
    "compute_storage_key",
    "verify_verkle_proof",
]


def verify_verkle_proof(
    chain_id: int, root: bytes, values: Sequence[tuple[bytes, bytes]], proof: bytes
) -> PartialVerkleTree:
    """
    Verify a proof of values under a state root, and return the part of the tree that it shows.

    Args:
        chain_id: EIP-155 chain id of the L2, which the proof is bound to.
        root: State root.
        values: Keys, strictly ascending, with their values; an absent one is zero.
        proof: As `VerkleTree.prove` makes it.

    Raises:
        Rejected: If the proof is not canonical for the keys and values, or does not verify.
    """
    return PartialVerkleTree.verify(chain_id, root, values, proof)
