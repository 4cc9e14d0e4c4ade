"""
Vectors of 256 scalars as polynomials: entry i is the value at ω^i, a 256th root of unity.

Scalars are integers modulo the group order of BLS12-381.
"""

from functools import lru_cache
from typing import Final

from py_ecc.optimized_bls12_381 import curve_order

from corollup.spec.verkle.curve import WIDTH, Point, get_lagrange_points, sum_products

R: Final[int] = curve_order
"""Order of the group, and modulus of the scalars."""

OMEGA: Final = pow(7, (R - 1) // WIDTH, R)
"""A primitive 256th root of unity: 7 generates the multiplicative group."""

ROOTS: Final = tuple(pow(OMEGA, index, R) for index in range(WIDTH))
"""The places at which a polynomial has the entries of its vector."""

SparseVector = tuple[tuple[int, int], ...]
"""Indexes and scalars, ascending, without the zeros."""


@lru_cache(maxsize=4096)
def commit(vector: SparseVector) -> Point:
    """Commit to a vector: Σ scalar · [ℓ_index(τ)]."""
    points = [get_lagrange_points()[index] for index, _ in vector]
    return sum_products(points, [scalar for _, scalar in vector])


def commit_dense(vector: list[int]) -> Point:
    """Commit to all 256 scalars of a vector."""
    return sum_products(get_lagrange_points(), vector)


def divide_at_root(vector: list[int], k: int) -> list[int]:
    """Compute the vector of (f(X) − f(ω^k)) / (X − ω^k)."""
    quotient = [
        (vector[j] - vector[k]) * pow(ROOTS[j] - ROOTS[k], -1, R) % R if j != k else 0
        for j in range(WIDTH)
    ]
    # The quotient has degree below 255, so Σ_j q_j ω^j, its coefficient of X^255 up to a
    # factor, is zero; that fixes the one entry the division leaves open.
    quotient[k] = -sum(quotient[j] * ROOTS[(j - k) % WIDTH] for j in range(WIDTH)) % R
    return quotient


def divide_outside(vector: list[int], place: int, value: int) -> list[int]:
    """Compute the vector of (f(X) − value) / (X − place), for a place that is no root."""
    return [
        (scalar - value) * pow(root - place, -1, R) % R
        for scalar, root in zip(vector, ROOTS, strict=True)
    ]
