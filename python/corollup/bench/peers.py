"""Other libraries of Python at the same work."""

import time
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from typing import Any, Final

from corollup import bls
from corollup.bench.lacks import require_module
from corollup.bench.rows import RATIO, Row
from corollup.engine import Bls, EngineName, GoalBench, backend, get_engine
from corollup.spec.bls import SIGNATURE_DST
from corollup.spec.verdict import Context

EXTRA: Final = "bench"
"""The extra of the package that installs the libraries."""

SEATS: Final = 128
"""Endorsements of a committee."""
MESSAGE: Final = bytes([0x56]) * 32
OWN_RUNS: Final = 15
"""How often our own time is taken."""
SMALL_BLOCK: Final = 2675000
"""A block that the specification verifies in about a second."""

SECRETS: Final = bls.derive_keys(SEATS, seed=1)
KEYS: Final = [bytes(secret.public_key) for secret in SECRETS]
SIGNATURES: Final = [bytes(secret.sign(MESSAGE)) for secret in SECRETS]


def time_least(work: Callable[[], object], runs: int) -> float:
    """Return the least seconds of some runs."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def aggregate_native() -> None:
    """Decode, sum and check the endorsements of a committee."""
    total, invalid = Bls.aggregate_valid(KEYS, MESSAGE, SIGNATURES)
    assert total is not None
    assert invalid == []


def prepare_chia() -> Callable[[], None]:
    """The same by chia_rs, with keys decoded before, in its pairing."""
    require_module("chia_rs", EXTRA)
    from chia_rs import AugSchemeMPL, G1Element, G2Element

    keys = [G1Element.from_bytes(key) for key in KEYS]
    point = G2Element.from_bytes(Bls.hash_to_g2(MESSAGE, SIGNATURE_DST))

    def aggregate() -> None:
        signatures = [G2Element.from_bytes(signature) for signature in SIGNATURES]
        total = AugSchemeMPL.aggregate(signatures)
        key = sum(keys[1:], start=keys[0])
        assert key.pair(point) == G1Element.generator().pair(total)

    return aggregate


def prepare_milagro() -> Callable[[], None]:
    """The same by milagro, which takes keys as bytes too."""
    require_module("milagro_bls_binding", EXTRA)
    milagro: Any = import_module("milagro_bls_binding")

    def aggregate() -> None:
        total = milagro.Aggregate(SIGNATURES)
        assert milagro.FastAggregateVerify(KEYS, MESSAGE, total)

    return aggregate


def prepare_py_ecc() -> Callable[[], None]:
    """The same by py_ecc, which takes keys as bytes too."""
    from py_ecc.bls import G2ProofOfPossession as Suite

    def aggregate() -> None:
        total = Suite.Aggregate(SIGNATURES)  # type: ignore[arg-type]
        assert Suite.FastAggregateVerify(KEYS, MESSAGE, total)  # type: ignore[arg-type]

    return aggregate


ENDORSERS: Final[dict[str, tuple[Callable[[], Callable[[], None]], int]]] = {
    "chia_rs": (prepare_chia, 5),
    "milagro": (prepare_milagro, 3),
    "py_ecc": (prepare_py_ecc, 1),
}
"""How each library is made ready, and how often its time is taken: slow ones once."""


@cache
def time_library(name: str) -> float:
    """Return the least seconds of a library, which are the same for each of our backends."""
    prepare, runs = ENDORSERS[name]
    return time_least(prepare(), runs)


def measure_endorsements(name: str) -> Row:
    """
    Measure the endorsements of a committee, from bytes to a checked sum, beside a library.

    Raises:
        LackingError: If the library is not installed.
    """
    theirs = time_library(name)
    own = time_least(aggregate_native, OWN_RUNS)
    metric, peer = f"128 endorsements ÷ {name}", f"{name}, ms"
    return Row(metric, backend(), own / theirs, RATIO, peer=peer, peer_value=1e3 * theirs)


def measure_specification(bench: GoalBench) -> Row:
    """
    Measure the verification of a small block beside the specification on EELS.

    Raises:
        LackingError: If the specification has no EVM.
    """
    require_module("ethereum", "reference")
    encoded, hints = bench.build_block(SMALL_BLOCK)
    context = Context(hints=hints)
    seconds = []
    works: list[tuple[EngineName, int]] = [("native", 20), ("reference", 1)]
    for name, runs in works:
        engine = get_engine(name)
        assert engine.endorser.verify(encoded, context).status == 1
        seconds.append(time_least(partial(engine.endorser.verify, encoded, context), runs))
    own, theirs = seconds
    metric = f"verify block {SMALL_BLOCK} ÷ specification"
    peer = "specification in Python, ms"
    return Row(metric, backend(), own / theirs, RATIO, peer=peer, peer_value=1e3 * theirs)
