"""
Whether a figure is worse than the committed one by more than a quarter.

    python -m benches.gate [--committed FILE]

Runs the quick suite and compares ratios, which carry between machines: a figure as a multiple of
its peer's in the same run, against the same backend. What a machine cannot measure is not compared.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from benches.machine import read_cpu_name
from benches.measure import RESULTS
from corollup.bench.rows import Key, Row
from corollup.bench.suite import PARTS, QUICK_RUNS, run_suite
from corollup.engine import available_backends

TOLERANCE: Final = 1.25
"""A ratio may be so many times the committed one."""
TOLERANCE_ELSEWHERE: Final = 2.0
"""The same on another processor: there two programs gain and lose unequally."""
ATTEMPTS: Final = 3
"""A row fails only if it is worse each time: a busy machine is not a slower program."""

Measure = Callable[[Sequence[str]], Iterable[tuple[str, Row]]]
"""Measures some parts of the suite, or all if none is named; gives each row with its part."""


def read_rows(values: Iterable[dict[str, Any]]) -> list[Row]:
    """Read rows as they were written."""
    return [Row(**row) for row in values]


def measure_quickly(parts: Sequence[str]) -> Iterable[tuple[str, Row]]:
    """Measure parts of the quick suite on every backend of this machine."""
    return run_suite(parts or list(PARTS), available_backends(), QUICK_RUNS, tell=print)


def find_worse(
    committed: Iterable[Row], measured: Iterable[tuple[str, Row]], tolerance: float
) -> dict[Key, tuple[str, str]]:
    """Find the rows whose ratio is worse than committed, with their part and both ratios."""
    expected = {row.key: row.ratio for row in committed}
    worse = {}
    for part, row in measured:
        before, now = expected.get(row.key), row.ratio
        if before is not None and now is not None and now > tolerance * before:
            line = f"{row.metric}, {row.backend}: {now:.3g} × {row.peer}, committed {before:.3g}"
            worse[row.key] = (part, line)
    return worse


def check(committed: Sequence[Row], measure: Measure, tolerance: float = TOLERANCE) -> list[str]:
    """
    Compare measured rows with the committed ones, those that are worse again and again.

    Returns:
        One line for each row that is worse in every attempt.

    Raises:
        LookupError: If nothing that was measured is committed, so that nothing was compared.
    """
    measured = list(measure([]))
    if not {row.key for row in committed} & {row.key for _, row in measured}:
        raise LookupError("no committed figure was measured")
    worse = find_worse(committed, measured, tolerance)
    for _ in range(ATTEMPTS - 1):
        if not worse:
            break
        parts = sorted({part for part, _ in worse.values()})
        again = find_worse(committed, measure(parts), tolerance)
        worse = {key: found for key, found in again.items() if key in worse}
    return sorted(line for _, line in worse.values())


def main() -> None:
    """Compare the figures of this machine with the committed ones."""
    parser = argparse.ArgumentParser(prog="benches.gate")
    parser.add_argument("--committed", type=Path, default=RESULTS / "goals.json")
    results = json.loads(parser.parse_args().committed.read_text())
    is_same_processor = results["machine"]["cpu"] == read_cpu_name()
    tolerance = TOLERANCE if is_same_processor else TOLERANCE_ELSEWHERE
    worse = check(read_rows(results["rows"]), measure_quickly, tolerance)
    for line in worse:
        print(f"worse by a factor of more than {tolerance}: {line}", file=sys.stderr)
    sys.exit(1 if worse else 0)


if __name__ == "__main__":
    main()
