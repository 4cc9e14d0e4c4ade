"""
Random packets on every backend and number of threads, for as long as it takes.

    python -m benches.soak [COUNT]

Goes on from the seed after the last one while the checked code is the same, and keeps what it has
done in `benches/results/soak.json` after every batch. Some seeds are verified by the specification
too. The first difference ends it, with the seed.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benches.machine import describe_machine, run
from benches.measure import RESULTS
from benches.report import render
from corollup.engine import (
    EndorserEngine,
    available_backends,
    check_random_packets,
    get_engine,
    make_random_packets,
)
from corollup.spec.verdict import Context

COUNT: Final = 100_000
"""Packets of a whole run."""
BATCH_SEEDS: Final = 64
"""Seeds between two writes of the result; the first one of a batch goes to the specification."""
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
    """Small packets, honest and altered, that the specification verified too."""
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
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(document, indent=1) + "\n")
    partial.replace(file)
    page = file.with_name("README.md")
    if page.exists():
        page.write_text(render(file.parent))


def check_by_specification(seed: int) -> int:
    """Verify the small packets of a seed natively and by the specification."""
    encoded = [packet for pair in make_random_packets(seed, small=True) for packet in pair]
    difference = find_difference(
        encoded, get_engine("native").endorser, get_engine("reference").endorser
    )
    if difference is not None:
        raise SystemExit(f"seed {seed}, small {difference}")
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


def soak(result: Result, file: Path, count: int) -> None:
    """Check batches of seeds until so many packets are checked."""
    while result.packets < count:
        start = time.perf_counter()
        seeds = range(result.next_seed, result.next_seed + BATCH_SEEDS)
        result.packets += check_random_packets(list(seeds), small=False)
        result.reference_packets += check_by_specification(seeds[0])
        result.next_seed = seeds[-1] + 1
        result.seconds = round(result.seconds + time.perf_counter() - start, 3)
        write(file, result)
        print(f"{result.packets} packets, {result.rate:.1f} a second", flush=True)


def main() -> None:
    """Go on with the run of the code at hand."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    commit = run("git", "log", "-1", "--format=%h", "--abbrev=12", "--", *CHECKED_FOLDERS)
    file = RESULTS / "soak.json"
    soak(resume(file, commit), file, count)


if __name__ == "__main__":
    main()
