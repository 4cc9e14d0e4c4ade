"""
Random packets on every backend and number of threads, for as long as it takes.

    python -m benches.soak [COUNT]

Goes on from the seed after the last one while the checked code is the same, and keeps what it has
done in `benches/results/soak.json` after every batch. Small packets of some seeds are verified by
the specification too. The first difference ends it, with the seed.
"""

import json
import multiprocessing
import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benches.machine import describe_machine, run
from benches.measure import RESULTS
from benches.report import keep
from corollup.engine import (
    EndorserEngine,
    available_backends,
    check_random_packets,
    get_engine,
    make_random_packets,
)
from corollup.errors import CorollupError
from corollup.spec.verdict import Context

COUNT: Final = 100_000
"""Packets of a whole run."""
BATCH_SEEDS: Final = 64
"""Seeds that a worker checks at a time; one packet of each batch goes to the specification."""
CHECKED_FOLDERS: Final = ("rust", "python/corollup/spec")
"""What has to be the same for a run to go on."""


@dataclass(slots=True)
class Result:
    """What a run has done."""

    commit: str
    """The last change of what is checked."""
    next_seed: int = 0
    """Every seed below it was checked, from zero on."""
    packets: int = 0
    """Packets built and verified in every way; as many altered ones were verified."""
    reference_packets: int = 0
    """Small packets, honest and altered, that the specification verified."""
    seconds: float = 0.0
    """Time it took."""

    @property
    def rate(self) -> float:
        """Packets a second."""
        return self.packets / self.seconds if self.seconds else 0.0


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
        "backends": available_backends(),
        "packets_a_second": round(result.rate, 1),
        "result": asdict(result),
    }
    keep(file, document)


class DifferenceError(Exception):
    """The native core and the specification disagree on a packet."""


def check_batch(first_seed: int, seeds: int) -> tuple[int, int]:
    """Check the packets of some seeds; return their number and that of the specification's."""
    packets = check_random_packets(list(range(first_seed, first_seed + seeds)), small=False)
    return packets, check_by_specification(first_seed, first_seed // seeds)


def check_by_specification(seed: int, batch: int) -> int:
    """Verify one small packet of a seed and its altered form natively and by the specification."""
    pairs = make_random_packets(seed, small=True)
    encoded = pairs[batch % len(pairs)]
    difference = find_difference(
        encoded, get_engine("native").endorser, get_engine("reference").endorser
    )
    if difference is not None:
        raise DifferenceError(f"seed {seed}, small {difference}")
    return len(encoded)


def find_difference(
    packets: Sequence[bytes], native: EndorserEngine, reference: EndorserEngine
) -> str | None:
    """Describe the first packet of which two engines think differently."""
    for index, packet in enumerate(packets):
        verdicts = native.verify(packet, Context()), reference.verify(packet, Context())
        found, expected = ((v.status, v.reason, v.digest) for v in verdicts)
        if found != expected:
            return f"packet {index}: native {found}, specification {expected}"
    return None


def soak(
    result: Result, file: Path, count: int, pool: Executor, *, workers: int, seeds: int
) -> None:
    """Check batches of so many seeds, each by a worker of a pool, until enough packets are done."""
    running: deque[Future[tuple[int, int]]] = deque()
    start, before = time.perf_counter(), result.seconds
    next_seed = result.next_seed
    while result.packets < count:
        # One batch more than workers, so that none waits for the result to be written.
        while len(running) <= workers:
            running.append(pool.submit(check_batch, next_seed, seeds))
            next_seed += seeds
        packets, reference_packets = running.popleft().result()
        result.packets += packets
        result.reference_packets += reference_packets
        result.next_seed += seeds
        result.seconds = round(before + time.perf_counter() - start, 3)
        write(file, result)
        print(f"{result.packets} packets, {result.rate:.1f} a second", flush=True)


def main() -> None:
    """Go on with the run of the code at hand, a process on each core."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    commit = run("git", "log", "-1", "--format=%h", "--abbrev=12", "--", *CHECKED_FOLDERS)
    file = RESULTS / "soak.json"
    workers = os.cpu_count() or 1
    # The backend is a process's own, so packets on different backends need different processes.
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
    try:
        soak(resume(file, commit), file, count, pool, workers=workers, seeds=BATCH_SEEDS)
    except (CorollupError, DifferenceError) as error:
        raise SystemExit(str(error)) from error
    finally:
        pool.shutdown(cancel_futures=True)


if __name__ == "__main__":
    main()
