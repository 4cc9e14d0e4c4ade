"""
Run every bench and write `benches/results`: one JSON file a suite, with the machine in it.

    python -m benches.measure [goals] [python] [rust] [replay] [state]

A suite is `goals` (the rows of `corollup bench run`), `python` (pytest-benchmark: native core,
reference and third parties side by side), `rust` (criterion: the core alone), `replay` (mainnet
blocks from packet to finality) or `state` (10^7 accounts on disk). Each is written when it is
done, so that one can be run again.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benches import state
from benches.machine import describe_machine
from benches.readme import update
from benches.report import render

ROOT: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = ROOT / "benches" / "results"

CRITERION_TIMES: Final = ("--warm-up-time", "0.5", "--measurement-time", "2")
"""Seconds of each criterion benchmark, in which it takes its samples."""

Rows = list[dict[str, Any]]


class IncompleteError(Exception):
    """A suite of which a part failed; the rows of the others are kept."""

    def __init__(self, rows: Rows) -> None:
        super().__init__("a part of the suite failed")
        self.rows = rows


def measure_python() -> Rows:
    """The seconds of each function of `benches/python`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.json"
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "benches/python"),
                *("-o", "python_files=bench_*.py", f"--benchmark-json={path}"),
                *("--benchmark-columns=min,median,rounds", "--benchmark-sort=name"),
            ],
            cwd=ROOT,
            check=True,
        )
        benchmarks = json.loads(path.read_text())["benchmarks"]
    return [
        {
            "group": row["group"] or row["name"],
            "name": row["name"].removeprefix("test_"),
            "seconds": row["stats"]["median"],
            "least": row["stats"]["min"],
            "rounds": row["stats"]["rounds"] * row["stats"]["iterations"],
        }
        for row in benchmarks
    ]


def measure_rust() -> Rows:
    """The seconds of each criterion benchmark of `benches/rust`."""
    folder = ROOT / "target" / "criterion"
    # What was measured in an earlier run, by benches of then, is no result of this one.
    shutil.rmtree(folder, ignore_errors=True)
    command = ["cargo", "bench", "--quiet", "-p", "corollup-benches", "--"]
    subprocess.run([*command, *CRITERION_TIMES], cwd=ROOT, check=True)
    rows: Rows = []
    for path in sorted(folder.rglob("new/benchmark.json")):
        benchmark = json.loads(path.read_text())
        estimates = json.loads(path.with_name("estimates.json").read_text())
        times = json.loads(path.with_name("sample.json").read_text())
        least = min(t / n for t, n in zip(times["times"], times["iters"], strict=True))
        rows.append(
            {
                "group": benchmark["group_id"],
                "name": benchmark["function_id"] or benchmark["value_str"] or "",
                "seconds": estimates["median"]["point_estimate"] / 1e9,
                "least": least / 1e9,
                "rounds": int(sum(times["iters"])),
            }
        )
    return rows


def measure_replay() -> Rows:
    """
    Building and verifying real blocks, beside bare execution of the same blocks.

    All on one core: a bare node runs on one, so the others must not have more.
    """
    data = Path(os.environ.get("COROLLUP_DATA") or ROOT / "../shared/data") / "mainnet-blocks"
    cores = {min(os.sched_getaffinity(0))}
    return run_corollup(["replay", str(data), "--bench", "--json"], cores)


def measure_goals() -> Rows:
    """The figures of the goals, each beside a peer in the same run."""
    return run_corollup(["bench", "run", "--suite", "goals", "--json"], os.sched_getaffinity(0))


def run_corollup(arguments: Sequence[str], cores: set[int]) -> Rows:
    """
    Run a command on some cores; return the objects that it prints, one a line.

    Raises:
        IncompleteError: If it fails, with the rows that it printed before.
    """
    answer = subprocess.run(
        [sys.executable, "-m", "corollup", *arguments],
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    rows = [json.loads(line) for line in answer.stdout.splitlines()]
    if answer.returncode != 0:
        raise IncompleteError(rows)
    return rows


SUITES: Final[Mapping[str, Callable[[], Rows]]] = {
    "goals": measure_goals,
    "python": measure_python,
    "rust": measure_rust,
    "replay": measure_replay,
    "state": state.measure,
}


def main() -> None:
    """Measure the suites named on the command line, or all; fails if one was not complete."""
    incomplete = []
    for suite in sys.argv[1:] or SUITES:
        try:
            rows = SUITES[suite]()
        except IncompleteError as error:
            incomplete.append(suite)
            rows = error.rows
        document = {"machine": describe_machine(), "rows": rows}
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{suite}.json").write_text(json.dumps(document, indent=1) + "\n")
        (RESULTS / "README.md").write_text(render(RESULTS))
    update(ROOT / "README.md", RESULTS)
    from benches.charts import draw

    draw(RESULTS)
    if incomplete:
        sys.exit(f"not complete: {', '.join(incomplete)}")


if __name__ == "__main__":
    main()
