"""The state tree as functions of bytes: what the native core answers, too."""

from collections.abc import Sequence

from corollup.errors import ArgumentError
from corollup.spec.encoding import WORD_SIZE, Bytes32
from corollup.spec.verkle import partial
from corollup.spec.verkle.curve import encode_compressed
from corollup.spec.verkle.partial import Values
from corollup.spec.verkle.tree import Tree


def compute_root(values: Values) -> Bytes32:
    """Compute the state root of keys and values."""
    return build(values).root


def prove(chain_id: int, values: Values, keys: Sequence[Bytes32]) -> bytes:
    """
    Prove the values and absences of keys in the tree of these keys and values.

    Raises:
        ArgumentError: If the requested keys are not strictly ascending, or there are none.
    """
    check_words(*keys)
    return build(values).prove(chain_id, keys)


def apply(values: Values, writes: Values) -> tuple[Bytes32, list[bytes]]:
    """Write to the tree of these keys and values: the new root and the changed slots."""
    root, updates = build(values).apply(check_pairs(writes))
    return root, [entry.encode() for entry in updates]


def verify(chain_id: int, root: Bytes32, values: Values, proof: bytes) -> None:
    """
    Verify a proof of values under a state root, absent counting as zero.

    Raises:
        Rejected: If the proof is not canonical for the keys and values, or does not verify.
    """
    check_words(root)
    partial.verify_multiproof(chain_id, root, check_pairs(values), proof)


def verify_and_apply(
    chain_id: int, root: Bytes32, values: Values, proof: bytes, writes: Values
) -> tuple[Bytes32, list[bytes]]:
    """
    Verify a proof, and write to the part of the tree that it shows.

    Raises:
        Rejected: If the proof is not canonical for the keys and values, or does not verify.
        ArgumentError: For a write to a key that the proof does not cover.
    """
    check_words(root)
    tree = partial.verify_multiproof(chain_id, root, check_pairs(values), proof)
    post_root, updates = tree.apply(check_pairs(writes))
    return post_root, [entry.encode() for entry in updates]


def compute_final_opening(
    chain_id: int, root: Bytes32, values: Values, proof: bytes
) -> tuple[bytes, Bytes32, Bytes32, bytes]:
    """
    Reduce a proof to one opening: commitment, place, value and proof of EIP-4844.

    Raises:
        Rejected: If the proof is not canonical for the keys and values.
    """
    check_words(root)
    opening, pi = partial.compute_final_opening(chain_id, root, check_pairs(values), proof)
    return (
        encode_compressed(opening.commitment),
        opening.place.to_bytes(32, "big"),
        opening.value.to_bytes(32, "big"),
        encode_compressed(pi),
    )


def build(values: Values) -> Tree:
    """Build a tree; a zero for an absent key is no write."""
    return Tree({key: value for key, value in dict(check_pairs(values)).items() if any(value)})


def check_pairs(pairs: Values) -> Values:
    """Check the sizes of keys and values."""
    for pair in pairs:
        check_words(*pair)
    return pairs


def check_words(*words: bytes) -> None:
    """
    Check that each is 32 bytes.

    Raises:
        ArgumentError: If one is not.
    """
    for word in words:
        if len(word) != WORD_SIZE:
            raise ArgumentError(f"key, value or root of {len(word)} bytes, expected {WORD_SIZE}")
