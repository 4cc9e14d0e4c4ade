"""The goals: at most so much, by metric and backend."""

from collections.abc import Mapping
from typing import Final

GOALS: Final[Mapping[str, tuple[float, float]]] = {
    "EN verify ÷ bare node, sum, 1 core": (0.9, 2.5),
    "EN verify ÷ bare node, median block": (1.4, 3.0),
    "EN verify ÷ bare node, sum, 2 cores": (1.0, 2.7),
    "PN build ÷ bare node": (1.5, 3.5),
    "batch update of 10 k random keys in 10^6, per key": (4, 22),
    "verify 1 random key": (1.0, 1.2),
    "verify 1 k random keys": (4.5, 18),
    "verify 10 k random keys": (28, 130),
    "prove 1 random key": (4, 7),
    "prove 1 k random keys": (20, 30),
    "prove 10 k random keys": (100, 130),
    "witness bytes ÷ Merkle-Patricia, 96-byte points": (0.22, 0.22),
    "witness bytes ÷ Merkle-Patricia, 48-byte points": (0.14, 0.14),
    "500 senders by batch ÷ libsecp256k1 one by one": (0.2, 0.4),
    "128 endorsements ÷ blst validating each": (0.45, 0.45),
    "128 endorsements, uncompressed ÷ blst validating each": (0.2, 0.2),
    "128 endorsements with one bad share ÷ all good": (3, 3),
    "verify time, 10^4 → 10^7 accounts": (1.4, 1.9),
    "verify time, 10^6 → 10^7 accounts": (1.2, 1.2),
    "EN memory": (250, 250),
    "import corollup": (100, 100),
}
"""Goals with lanes, and portable. Times are for a core like that of the result files."""


def find_goal(metric: str, backend: str) -> float | None:
    """Return the goal of a metric with a backend, none if it is only published."""
    goals = GOALS.get(metric)
    return None if goals is None else goals[backend != "lanes"]
