"""`corollup security`: its document, its table, and what it refuses."""

import json
from decimal import Decimal
from typing import Any

import pytest

from corollup import cli


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["security", *arguments])
    return code, *capsys.readouterr()


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, output, errors = run(capsys, "--json", *arguments)
    assert (code, errors) == (0, "")
    return json.loads(output, parse_float=Decimal)


@pytest.mark.parametrize(
    ("size", "probability"), [("32", "4.512e-5"), ("64", "3.277e-8"), ("128", "5.552e-15")]
)
def test_document_has_the_figures_of_the_proposal(
    capsys: pytest.CaptureFixture[str], size: str, probability: str
) -> None:
    document = run_json(capsys, "--binomial", "--committee-size", size)
    assert f"{document['capture_probability']:.3e}" == probability
    assert document["model"] == "binomial"


def test_document_names_all_that_it_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    document = run_json(capsys, "--nodes", "1000", "--byzantine", "333", "--committee-size", "100")
    assert {key: document[key] for key in list(document)[:10]} == {
        "model": "hypergeometric",
        "nodes": 1000,
        "byzantine": 333,
        "byzantine_share": "333/1000",
        "committee_size": 100,
        "committees": 10,
        "quorum": 67,
        "blocking": 34,
        "epoch_seconds": 21600,
        "draws_per_year": 1461,
    }
    single = document["capture_probability"]
    assert f"{single:.6e}" == "3.504561e-13"
    assert document["capture_probability_any_committee"] == 10 * single
    ratio = document["capture_probability_per_year"] / (14610 * single)
    assert abs(ratio - 1) < Decimal("1e-6")
    assert f"{document['stall_probability']:.6f}" == "0.478193"
    assert document["stall_probability_per_year"] == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], (1024, 8, 128)),
        (["--nodes", "1000", "--committees", "10"], (1000, 10, 100)),
        (["--nodes", "1000"], (1000, 7, 128)),
        (["--nodes", "20"], (20, 1, 20)),
        (["--committee-size", "32"], (256, 8, 32)),
        (["--committees", "3"], (384, 3, 128)),
        (["--committees", "3", "--committee-size", "7"], (21, 3, 7)),
    ],
)
def test_what_is_not_given_fits_the_rest(
    capsys: pytest.CaptureFixture[str], arguments: list[str], expected: tuple[int, int, int]
) -> None:
    document = run_json(capsys, *arguments)
    found = (document["nodes"], document["committees"], document["committee_size"])
    assert found == expected


def test_tiny_probability_is_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--nodes", "1000000", "--byzantine", "1/4", "--committee-size", "4096"]
    document = run_json(capsys, *arguments)
    assert f"{document['capture_probability']:.3e}" == "1.646e-688"


def test_table_shows_the_sizes_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    code, output, errors = run(capsys, "--binomial")
    assert (code, errors) == (0, "")
    for figure in ("4.512e-5", "3.277e-8", "5.552e-15", "≥ 86", "binomial", "1461 a year"):
        assert figure in output


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--nodes", "0"], "nodes 0 is not in 1..1000000000000"),
        (["--nodes", "-5"], "nodes -5 is not in 1..1000000000000"),
        (["--nodes", "100", "--byzantine", "101"], "byzantine 101 is not in 0..100"),
        (["--byzantine", "4/3"], "byzantine 4/3 is not in 0..1"),
        (["--byzantine", "-1"], "--byzantine is '-1', expected a number or a share a/b"),
        (["--byzantine", "1/0"], "--byzantine is '1/0', expected a number or a share a/b"),
        (["--byzantine", "0.3"], "--byzantine is '0.3', expected a number or a share a/b"),
        (["--byzantine", "²"], "--byzantine is '²', expected a number or a share a/b"),
        (["--quorum", "2"], "--quorum is '2', expected a share a/b"),
        (["--quorum", "0/3"], "quorum 0 is not above 0"),
        (["--committee-size", "0"], "committee size 0 is not in 1..65536"),
        (["--committees", "0"], "committees 0 is not in 1..1000000000000"),
        (
            ["--nodes", "10", "--committee-size", "11"],
            "1 committees of 11 need 11 nodes, there are 10",
        ),
        (["--epoch-seconds", "0"], "epoch seconds 0 is not in 1..31557600"),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_impossible_election_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], line: str, form: list[str]
) -> None:
    answer = run(capsys, *form, *arguments)
    assert answer == (2, "", f"E1004 impossible election: {line}\n")


def test_malformed_number_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    code, output, errors = run(capsys, "--nodes", "many")
    assert (code, output) == (2, "")
    assert "Invalid value for '--nodes'" in errors
