"""The rows of the benches: their goals, their form, and what is told of what is lacking."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from corollup import cli
from corollup.bench import suite
from corollup.bench.goals import find_goal
from corollup.bench.rows import Row
from corollup.engine import available_backends, backend
from corollup.errors import StateError

KEYS = ["metric", "backend", "value", "unit", "goal", "ok", "peer", "peer_value"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[list[Row], str]:
    assert cli.main(["bench", "run", "--suite", "goals", "--quick", "--json", *arguments]) == 0
    captured = capsys.readouterr()
    objects = [json.loads(line) for line in captured.out.splitlines()]
    assert all(list(values) == KEYS for values in objects)
    return [Row(**values) for values in objects], captured.err


def test_goals_are_judged() -> None:
    row = Row("EN memory", "portable", 250.0, "MiB", peer="file, MiB", peer_value=2.0)
    assert row.with_goal(find_goal(row.metric, row.backend)).ok is True
    assert row.with_goal(249.9).ok is False
    assert row.with_goal(find_goal("something else", "lanes")) == row
    assert row.ratio == 125.0
    assert Row("a ÷ b", "lanes", 0.5, "ratio", peer="b, ms", peer_value=7.0).ratio == 0.5
    assert find_goal("EN verify ÷ bare node, sum, 1 core", "lanes") == 0.9
    assert find_goal("EN verify ÷ bare node, sum, 1 core", "portable") == 2.5


def test_endorsements_are_measured_on_every_backend(capsys: pytest.CaptureFixture[str]) -> None:
    before = backend()
    rows, errors = run(capsys, "--only", "endorsements", "--only", "import")
    assert errors == ""
    assert backend() == before
    assert {row.backend for row in rows} == set(available_backends())
    assert {row.metric for row in rows if row.goal is not None} >= {
        "128 endorsements ÷ blst validating each",
        "128 endorsements, uncompressed ÷ blst validating each",
        "128 endorsements with one bad share ÷ all good",
        "import corollup",
    }
    for row in rows:
        assert row.value > 0
        assert row.ok == (row.goal is not None and row.value <= row.goal)


def test_import_of_the_package_takes_less_than_its_goal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows, _ = run(capsys, "--only", "import", "--backend", "portable")
    (row,) = rows
    assert (row.metric, row.backend, row.unit, row.goal) == (
        "import corollup",
        "portable",
        "ms",
        100,
    )
    assert row.ok


def test_what_is_lacking_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COROLLUP_DATA", str(tmp_path))
    rows, errors = run(capsys, "--only", "blocks", "--only", "memory")
    assert rows == []
    assert errors.splitlines() == [
        f"not measured: {part}: no folder {tmp_path / 'mainnet-blocks'}:"
        " name the folder of test data in COROLLUP_DATA"
        for part in ("blocks", "memory")
    ]


def test_a_part_that_fails_does_not_hide_the_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: suite.Suite) -> Iterator[Row]:
        raise StateError("out of tune")
        yield

    parts = {"import": suite.PARTS["import"]}
    monkeypatch.setitem(suite.SUITES, "goals", {"blocks": fail, **parts})
    monkeypatch.setattr(suite, "PARTS", {"blocks": fail, **parts})
    assert cli.main(["bench", "run", "--quick", "--json", "--backend", "portable"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["metric"] == "import corollup"
    assert captured.err.splitlines() == [
        "failed: blocks: out of tune",
        "error: could not measure blocks",
    ]


def test_unknown_part_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "run", "--only", "everything"]) == 2
    assert capsys.readouterr().err.startswith("E1004 there is no part 'everything'")


def test_table_has_a_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "run", "--quick", "--only", "import", "--backend", "auto"]) == 0
    heading, line = capsys.readouterr().out.splitlines()
    assert heading.split()[:2] == ["metric", "backend"]
    assert line.startswith("import corollup ")
    assert f" {available_backends()[0]} " in line
