"""Each example runs, and prints what its docstring says."""

import ast
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support import PROJECT_ROOT

EXAMPLES = sorted((PROJECT_ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_prints_what_it_says(example: Path) -> None:
    docstring = ast.get_docstring(ast.parse(example.read_text()))
    assert docstring is not None
    _, _, promised = docstring.partition("\n\n")
    answer = subprocess.run(
        [sys.executable, example], capture_output=True, text=True, timeout=60, check=False
    )
    assert (answer.stderr, answer.returncode) == ("", 0)
    assert answer.stdout == dedent(promised) + "\n"
