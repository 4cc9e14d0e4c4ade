"""go-verkle at the work of our state tree: a small Go program that prints its times."""

import json
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, Final

from corollup.bench.lacks import LackingError, find_program
from corollup.bench.processes import run
from corollup.bench.rows import RATIO, Row

PROGRAM: Final = Path(__file__).parent / "go"
"""Folder of the Go module, which its proxy completes."""
ACCOUNTS: Final = 100_000
"""Keys in the tree of the peer: a tenth of ours, as it takes long to build."""
RUNS: Final = 3
"""How often each time is taken; the least counts."""
WORKS: Final = {
    "verify {}": ("verify_ms", 1),
    "prove {}": ("prove_ms", 1),
    "batch update of {} in 10^6, per key": ("update_ms", 1e3),
}
"""Our metric by the peer's figure, and what a millisecond is in the unit of ours."""
COUNTS: Final = {1: "1 random key", 1_000: "1 k random keys", 10_000: "10 k random keys"}
"""How many keys are called in our metrics."""


def measure(own: dict[str, Row]) -> Iterator[Row]:
    """
    Compare rows of the state tree, given by their metric, with the times of go-verkle.

    Raises:
        LackingError: If Go is missing, or cannot get the peer.
    """
    for count, name in COUNTS.items():
        theirs = run_program()[str(count)]
        for work, (figure, scale) in WORKS.items():
            row = own.get(work.format(name))
            if row is None:
                continue
            per_key = count if "per key" in work else 1
            value = row.value * per_key / scale
            yield Row(
                f"{row.metric} ÷ go-verkle",
                row.backend,
                value / theirs[figure],
                RATIO,
                peer="go-verkle v0.2.2 (IPA) with 10^5 keys, ms",
                peer_value=theirs[figure],
            )


@cache
def run_program() -> dict[str, Any]:
    """Build the program and run it on one core; gives milliseconds by the count of keys."""
    go = find_program("go")
    with tempfile.TemporaryDirectory(prefix="corollup-go-") as folder:
        binary = str(Path(folder) / "verkle")
        try:
            run([go, "build", "-C", str(PROGRAM), "-o", binary, "."])
        except CalledProcessError as error:
            raise LackingError(f"go cannot build the peer: {error.stderr.strip()}") from error
        return dict(json.loads(run([binary, str(ACCOUNTS), str(RUNS)], GOMAXPROCS="1")))
