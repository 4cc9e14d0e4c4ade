"""
Honest nodes through random troubles, for as long as it takes: no honest key gives evidence.

    python -m benches.honest [COUNT]

Goes on from the seed after the last one while the checked code is the same, a process on each core,
and keeps what it has done in `benches/results/honest.json` after every batch. The first violation
ends it, with the seed.
"""

import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from benches.machine import describe_machine, run
from benches.measure import RESULTS
from benches.report import keep
from tests.simulation.honest.scenario import Outcome, run_seed, silence_logs

COUNT: Final = 10_000
"""Seeds of a whole run."""
BATCH_SEEDS: Final = 64
"""Seeds between two writes of the result."""
CHECKED_FOLDERS: Final = (
    "contracts/src",
    "python/corollup",
    "rust/core/src",
    "tests/simulation/honest",
)
"""What has to be the same for a run to go on."""


@dataclass(slots=True)
class Result:
    """What a run has done."""

    commit: str
    """The last change of what is checked."""
    next_seed: int = 0
    """Every seed below it was run, from zero on."""
    signatures: int = 0
    """Signatures of honest keys that were judged."""
    seconds: float = 0.0
    """Time it took."""
    coverage: dict[str, int] = field(default_factory=dict)
    """In how many seeds each kind of event came to pass."""

    @property
    def rate(self) -> float:
        """Seeds a second."""
        return self.next_seed / self.seconds if self.seconds else 0.0

    def add(self, outcome: Outcome) -> None:
        """Count a seed, or end the run with what it found."""
        if outcome.violations:
            found = "\n".join(map(str, outcome.violations))
            raise SystemExit(f"seed {outcome.seed}:\n{found}")
        self.next_seed = outcome.seed + 1
        self.signatures += outcome.signatures
        counts = Counter(self.coverage)
        counts.update(kind for kind, times in outcome.coverage.items() if times)
        self.coverage = dict(sorted(counts.items()))


def resume(file: Path, commit: str) -> Result:
    """Return the result of a run of the same code, or one that has done nothing."""
    if file.exists():
        kept = json.loads(file.read_text())["result"]
        if kept["commit"] == commit:
            return Result(**kept)
    return Result(commit)


def write(file: Path, result: Result) -> None:
    """Keep a result with its machine, also on the page of results beside it."""
    document = {
        "machine": describe_machine(),
        "seeds_a_second": round(result.rate, 2),
        "result": asdict(result),
    }
    keep(file, document)


def run_batches(first: int, count: int) -> Iterator[list[Outcome]]:
    """Run seeds on all cores, in batches of ascending seeds."""
    workers = len(os.sched_getaffinity(0))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, silence_logs) as pool:
        for start in range(first, count, BATCH_SEEDS):
            seeds = range(start, min(start + BATCH_SEEDS, count))
            yield list(pool.map(run_seed, seeds, chunksize=4))


def main() -> None:
    """Go on with the run of the code at hand."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    commit = run("git", "log", "-1", "--format=%h", "--abbrev=12", "--", *CHECKED_FOLDERS)
    file = RESULTS / "honest.json"
    result = resume(file, commit)
    start = time.perf_counter()
    for outcomes in run_batches(result.next_seed, count):
        for outcome in outcomes:
            result.add(outcome)
        result.seconds = round(result.seconds + time.perf_counter() - start, 3)
        start = time.perf_counter()
        write(file, result)
        print(f"{result.next_seed} seeds, {result.rate:.2f} a second", flush=True)


if __name__ == "__main__":
    main()
