"""The soak of honest nodes goes on from its last seed, and only with the same code."""

from dataclasses import asdict
from pathlib import Path

import pytest

from benches.honest import Result, resume, write
from benches.report import render_honest
from tests.simulation.honest.scenario import Outcome
from tests.simulation.honest.witness import Violation


def make_outcome(seed: int, *violations: Violation) -> Outcome:
    return Outcome(seed, violations, {"partition": 2, "L1 away": 0}, signatures=10)


def test_a_run_is_kept_and_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "honest.json"
    result = resume(file, "one")
    assert result == Result("one")
    for seed in range(3):
        result.add(make_outcome(seed))
    result.seconds = 1.5
    write(file, result)
    kept = resume(file, "one")
    assert kept == result
    assert (kept.next_seed, kept.signatures, kept.coverage) == (3, 30, {"partition": 3})
    assert resume(file, "two") == Result("two")


def test_a_violation_ends_a_run_with_its_seed() -> None:
    result = Result("one")
    with pytest.raises(SystemExit, match=r"^seed 7:\nO1: seat-1 signed twice at 3$"):
        result.add(make_outcome(7, Violation("O1", "seat-1 signed twice at 3")))
    assert result == Result("one")


def test_what_came_to_pass_is_on_the_page() -> None:
    result = Result("one", 64, 640, 32.0, {"partition": 20})
    page = render_honest({"seeds_a_second": result.rate, "result": asdict(result)})
    assert "in the seeds below 64 no key of an honest node gave evidence" in page
    assert "| partition | 20 |" in page
