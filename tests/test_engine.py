"""The choice of a backend; `tests/differential` shows that the results do not depend on it."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from corollup import engine
from corollup.errors import ArgumentError

SHOW = "from corollup import engine; print(engine.backend())"


@pytest.fixture(autouse=True)
def keep_backend() -> Iterator[None]:
    before = engine.backend()
    yield
    engine.choose_backend(before)


def run_with_variable(value: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COROLLUP_BACKEND": value}
    return subprocess.run(
        [sys.executable, "-c", SHOW], env=environment, capture_output=True, text=True, check=False
    )


def test_portable_can_be_chosen_everywhere() -> None:
    engine.choose_backend("portable")
    assert engine.backend() == "portable"


def test_auto_is_lanes_where_there_are_lanes() -> None:
    engine.choose_backend("auto")
    if engine.backend() == "portable":
        with pytest.raises(ArgumentError, match=r"^this processor has no lanes"):
            engine.choose_backend("lanes")
    else:
        engine.choose_backend("lanes")
        assert engine.backend() == "lanes"


def test_an_unknown_backend_is_refused_and_changes_nothing() -> None:
    before = engine.backend()
    with pytest.raises(ArgumentError, match=r'^there is no backend "avx2", only auto, lanes and'):
        engine.choose_backend("avx2")
    assert engine.backend() == before


def test_the_environment_makes_the_first_choice() -> None:
    assert run_with_variable("portable").stdout == "portable\n"


def test_a_wrong_variable_is_an_error_at_the_import() -> None:
    failed = run_with_variable("fast")
    assert failed.returncode == 1
    assert 'ArgumentError: there is no backend "fast"' in failed.stderr
