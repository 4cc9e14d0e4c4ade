"""
Random calls of the contracts, for as long as it takes.

    python -m benches.soak_contracts [COUNT]

Runs forge's invariants slice by slice, each with a seed of its own. Goes on from the seed after the
last one while the contracts are the same, and keeps what it has done in
`benches/results/soak_contracts.json` after every slice. The first broken invariant ends it, with
forge's shortest sequence of calls.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benches.machine import describe_machine, run
from benches.measure import RESULTS

COUNT: Final = 1_000_000
"""Calls of a whole run."""
RUNS: Final = 100
"""Sequences of a slice; the depth of each is in foundry.toml."""
CONTRACTS: Final = Path(__file__).parents[1] / "contracts"
FORGE: Final = "node_modules/@foundry-rs/forge-linux-amd64/bin/forge"
CHECKED_FOLDERS: Final = ("contracts/src", "contracts/test/invariants")
"""What has to be the same for a run to go on."""


@dataclass(slots=True)
class Result:
    """What a run has done."""

    commit: str
    """The last change of what is checked."""
    next_seed: int = 1
    """Every seed below it was run, from one on."""
    calls: int = 0
    """Calls, after each of which every invariant held."""
    seconds: float = 0.0
    """Time it took."""


def resume(file: Path, commit: str) -> Result:
    """Return the result of a run of the same contracts, or one that has done nothing."""
    if file.exists():
        kept = json.loads(file.read_text())["result"]
        if kept["commit"] == commit:
            return Result(**kept)
    return Result(commit)


def write(file: Path, result: Result) -> None:
    """Keep a result with its machine."""
    document = {
        "machine": describe_machine(),
        "calls_a_second": round(result.calls / result.seconds, 1),
        "result": asdict(result),
    }
    file.write_text(json.dumps(document, indent=2) + "\n")


def run_slice(seed: int) -> int:
    """
    Run the invariants with a seed; return the number of calls.

    Raises:
        SystemExit: If an invariant is broken.
    """
    finished = subprocess.run(
        [FORGE, "test", "--match-test", "invariant_", "--fuzz-seed", str(seed), "--json"],
        cwd=CONTRACTS,
        env={**os.environ, "FOUNDRY_INVARIANT_RUNS": str(RUNS)},
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise SystemExit(f"seed {seed}: {finished.stdout}{finished.stderr}")
    suites: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
    kinds = [test["kind"] for suite in suites.values() for test in suite["test_results"].values()]
    return sum(kind["Invariant"]["calls"] for kind in kinds if "Invariant" in kind)


def main(count: int) -> None:
    """Run slices until `count` calls are done."""
    file = RESULTS / "soak_contracts.json"
    result = resume(file, run("git", "log", "-1", "--format=%h", "--", *CHECKED_FOLDERS))
    while result.calls < count:
        start = time.monotonic()
        result.calls += run_slice(result.next_seed)
        result.next_seed += 1
        result.seconds = round(result.seconds + time.monotonic() - start, 1)
        write(file, result)
        print(f"{result.calls} calls, seeds below {result.next_seed}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
