"""
The multiproof: many openings of many commitments, proven by two points.

    openings (C_i, ω^k_i, y_i)         ρ_i = r^i, r by Fiat-Shamir over all of them
    g(X) = Σ ρ_i (f_i(X) − y_i) / (X − ω^k_i)        D = [g]        t by Fiat-Shamir over r and −D
    h(X) = Σ ρ_i f_i(X) / (t − ω^k_i)                v = Σ ρ_i y_i / (t − ω^k_i)
    π proves that [h] − D opens to v at t
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from py_ecc.optimized_bls12_381 import add, neg

from corollup.spec.encoding import Bytes32
from corollup.spec.verkle.commitments import hash_to_scalar
from corollup.spec.verkle.curve import WIDTH, Point, encode_affine, sum_products, verify_opening
from corollup.spec.verkle.polynomials import (
    ROOTS,
    R,
    SparseVector,
    commit_dense,
    divide_at_root,
    divide_outside,
)

FIRST_CHALLENGE_TAG: Final = b"\x10"
SECOND_CHALLENGE_TAG: Final = b"\x11"
PROTOCOL: Final = b"corollup/verkle/1"

Openings = Mapping[tuple[bytes, int], int]
"""The value at (path of a node, index in its vector), for each opening."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a multiproof proves."""

    chain_id: int
    """EIP-155 chain id of the L2."""

    root: Bytes32
    """The state root."""

    nodes: Mapping[bytes, Point]
    """The commitment of each node by its path."""

    openings: Openings
    """What the nodes hold."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The two points that a statement is proven by."""

    minus_d: Point
    """The inverse of the commitment to the quotients."""

    pi: Point
    """The proof of the final opening."""


@dataclass(frozen=True, slots=True)
class FinalOpening:
    """The one opening that a multiproof comes down to."""

    commitment: Point
    """A combination of the nodes and −D."""

    place: int
    """Where it is opened."""

    value: int
    """What it opens to."""


def prove(statement: Statement, vectors: Mapping[bytes, SparseVector]) -> Proof:
    """Prove a statement from the vectors of its nodes."""
    r = compute_first_challenge(statement)
    folded = fold_vectors(statement, vectors, r)
    g = [0] * WIDTH
    for k, vector in folded.items():
        g = [(left + right) % R for left, right in zip(g, divide_at_root(vector, k), strict=True)]
    minus_d = neg(commit_dense(g))

    t = compute_second_challenge(r, minus_d)
    weights = {k: pow(t - ROOTS[k], -1, R) for k in folded}
    difference = [
        (sum(weights[k] * vector[j] for k, vector in folded.items()) - g[j]) % R
        for j in range(WIDTH)
    ]
    value = sum(weights[k] * vector[k] for k, vector in folded.items()) % R
    return Proof(minus_d, commit_dense(divide_outside(difference, t, value)))


def verify(statement: Statement, proof: Proof) -> bool:
    """Return whether the points of a proof, both in the group, prove a statement."""
    opening = compute_final_opening(statement, proof.minus_d)
    if opening is None:
        return False
    return verify_opening(opening.commitment, opening.place, opening.value, proof.pi)


def compute_final_opening(statement: Statement, minus_d: Point) -> FinalOpening | None:
    """Reduce a statement and −D to one opening; none if its place is a root of unity."""
    r = compute_first_challenge(statement)
    t = compute_second_challenge(r, minus_d)
    if pow(t, WIDTH, R) == 1:
        return None
    factors = dict.fromkeys(statement.nodes, 0)
    value, power = 0, 1
    for (path, k), y in sorted(statement.openings.items()):
        weight = power * pow(t - ROOTS[k], -1, R)
        factors[path] = (factors[path] + weight) % R
        value = (value + weight * y) % R
        power = power * r % R
    commitment = sum_products(list(statement.nodes.values()), list(factors.values()))
    return FinalOpening(add(commitment, minus_d), t, value)


def fold_vectors(
    statement: Statement, vectors: Mapping[bytes, SparseVector], r: int
) -> Mapping[int, list[int]]:
    """Sum ρ_i f_i over the openings at each index."""
    folded: defaultdict[int, list[int]] = defaultdict(lambda: [0] * WIDTH)
    power = 1
    for path, k in sorted(statement.openings):
        for j, scalar in vectors[path]:
            folded[k][j] = (folded[k][j] + power * scalar) % R
        power = power * r % R
    return folded


def compute_first_challenge(statement: Statement) -> int:
    """Absorb the whole statement; counts come before lists."""
    numbers = {path: number for number, path in enumerate(sorted(statement.nodes))}
    nodes = [encode_affine(statement.nodes[path]) for path in numbers]
    openings = [
        numbers[path].to_bytes(4, "big") + bytes([k]) + y.to_bytes(32, "big")
        for (path, k), y in sorted(statement.openings.items())
    ]
    return hash_to_scalar(
        FIRST_CHALLENGE_TAG
        + PROTOCOL
        + statement.chain_id.to_bytes(32, "big")
        + statement.root
        + len(nodes).to_bytes(4, "big")
        + b"".join(nodes)
        + len(openings).to_bytes(4, "big")
        + b"".join(openings)
    )


def compute_second_challenge(r: int, minus_d: Point) -> int:
    """Absorb the first challenge and −D."""
    return hash_to_scalar(SECOND_CHALLENGE_TAG + r.to_bytes(32, "big") + encode_affine(minus_d))
