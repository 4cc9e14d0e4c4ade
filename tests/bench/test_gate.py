"""The gate fails on a worse figure, and only on one that stays worse."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benches.gate import ATTEMPTS, check
from benches.machine import read_cpu_name
from corollup.bench.rows import Row
from tests.support import PROJECT_ROOT

RATIO = Row("EN verify ÷ bare node", "portable", 2.0, "ratio", peer="bare node, ms", peer_value=150)
TIME = Row("prove 1 random key", "lanes", 2.0, "ms", peer="blst, ms", peer_value=5.0)
COMMITTED = [RATIO, TIME]
PART_OF = {RATIO.metric: "blocks", TIME.metric: "verkle"}


def scale(row: Row, factor: float) -> Row:
    return replace(row, value=row.value * factor)


class Machine:
    """Gives the rows of each attempt, and keeps what it was asked for."""

    def __init__(self, *attempts: list[Row]) -> None:
        self.attempts = list(attempts)
        self.asked: list[Sequence[str]] = []

    def measure(self, parts: Sequence[str]) -> list[tuple[str, Row]]:
        self.asked.append(parts)
        return [(PART_OF.get(row.metric, "other"), row) for row in self.attempts.pop(0)]


def test_the_same_figures_pass_at_once() -> None:
    machine = Machine(COMMITTED)
    assert check(COMMITTED, machine.measure) == []
    assert machine.asked == [[]]


@pytest.mark.parametrize("row", COMMITTED)
def test_a_ratio_over_a_quarter_worse_fails(row: Row) -> None:
    machine = Machine(*[[scale(row, 1.26)]] * ATTEMPTS)
    (line,) = check(COMMITTED, machine.measure)
    assert line.startswith(f"{row.metric}, {row.backend}: ")
    assert machine.asked == [[], *[[PART_OF[row.metric]]] * (ATTEMPTS - 1)]


def test_a_ratio_a_quarter_worse_passes() -> None:
    machine = Machine([scale(RATIO, 1.25)])
    assert check(COMMITTED, machine.measure) == []


def test_a_busy_moment_is_forgiven() -> None:
    machine = Machine([scale(RATIO, 3), TIME], [RATIO])
    assert check(COMMITTED, machine.measure) == []
    assert machine.asked == [[], ["blocks"]]


def test_a_slower_machine_is_not_a_slower_program() -> None:
    slower = replace(TIME, value=TIME.value * 4, peer_value=20.0)
    assert check(COMMITTED, Machine([slower]).measure) == []


def test_another_backend_is_not_compared() -> None:
    without_lanes = [scale(replace(TIME, backend="portable"), 9), RATIO]
    assert check(COMMITTED, Machine(without_lanes).measure) == []


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(LookupError, match="no committed figure was measured"):
        check(COMMITTED, Machine([replace(RATIO, metric="something else")]).measure)


def test_the_program_fails_on_a_worse_figure(tmp_path: Path) -> None:
    program = (
        "import json, sys\n"
        "from benches import gate\n"
        "rows = gate.read_rows(json.load(open(sys.argv[2]))['rows'])\n"
        "gate.measure_quickly = lambda parts: [('a part', row) for row in rows]\n"
        "sys.argv = ['gate', '--committed', sys.argv[1]]\n"
        "gate.main()\n"
    )
    here = read_cpu_name()
    results = [
        ("committed", here, 1.0),
        ("elsewhere", "another processor", 1.0),
        ("worse", here, 1.3),
        ("twice", here, 2.1),
    ]
    for name, cpu, factor in results:
        rows = [scale(row, factor).to_json() for row in COMMITTED]
        (tmp_path / name).write_text(json.dumps({"machine": {"cpu": cpu}, "rows": rows}))

    def run(measured: str, committed: str = "committed") -> subprocess.CompletedProcess[str]:
        files = [str(tmp_path / committed), str(tmp_path / measured)]
        command = [sys.executable, "-c", program, *files]
        return subprocess.run(
            command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
        )

    assert run("committed").returncode == 0
    failed = run("worse")
    assert failed.returncode == 1
    assert len(failed.stderr.splitlines()) == len(COMMITTED)

    # Another processor has other ratios.
    assert run("worse", "elsewhere").returncode == 0
    assert run("twice", "elsewhere").returncode == 1
