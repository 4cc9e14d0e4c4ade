"""The state tree as functions of bytes: what the native core answers, too."""

from collections.abc import Sequence

from corollup.spec.encoding import Bytes32
from corollup.spec.verkle import partial
from corollup.spec.verkle.curve import encode_compressed
from corollup.spec.verkle.partial import Values
from corollup.spec.verkle.tree import Tree, Writes


def compute_root(values: Values) -> Bytes32:
    """Compute the state root of keys and values."""
    return build(values).root


def prove(chain_id: int, values: Values, keys: Sequence[Bytes32]) -> bytes:
    """
    Prove the values and absences of keys in the tree of these keys and values.

    Raises:
        ArgumentError: If the requested keys are not strictly ascending, or there are none.
    """
    return build(values).prove(chain_id, keys)


def apply(values: Values, writes: Writes) -> tuple[Bytes32, list[bytes]]:
    """Write to the tree of these keys and values: the new root and the changed slots."""
    root, updates = build(values).apply(writes)
    return root, [entry.encode() for entry in updates]


def verify(chain_id: int, root: Bytes32, values: Values, proof: bytes) -> None:
    """
    Verify a proof of values under a state root, absent counting as zero.

    Raises:
        Rejected: If the proof is not canonical for the keys and values, or does not verify.
    """
    partial.verify_multiproof(chain_id, root, values, proof)


def verify_and_apply(
    chain_id: int, root: Bytes32, values: Values, proof: bytes, writes: Writes
) -> tuple[Bytes32, list[bytes]]:
    """
    Verify a proof, and write to the part of the tree that it shows.

    Raises:
        Rejected: If the proof is not canonical for the keys and values, or does not verify.
        ArgumentError: For a write to a key that the proof does not cover.
    """
    tree = partial.verify_multiproof(chain_id, root, values, proof)
    post_root, updates = tree.apply(writes)
    return post_root, [entry.encode() for entry in updates]


def compute_final_opening(
    chain_id: int, root: Bytes32, values: Values, proof: bytes
) -> tuple[bytes, Bytes32, Bytes32, bytes]:
    """
    Reduce a proof to one opening: commitment, place, value and proof of EIP-4844.

    Raises:
        Rejected: If the proof is not canonical for the keys and values.
    """
    opening, pi = partial.compute_final_opening(chain_id, root, values, proof)
    return (
        encode_compressed(opening.commitment),
        opening.place.to_bytes(32, "big"),
        opening.value.to_bytes(32, "big"),
        encode_compressed(pi),
    )


def build(values: Values) -> Tree:
    """Build a tree; a zero for an absent key is no write."""
    return Tree({key: value for key, value in dict(values).items() if any(value)})
