"""Who may import what, as far as the import linter cannot tell: the native core, the rules."""

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "python" / "corollup"
SPEC = sorted((PACKAGE / "spec").rglob("*.py"))
STANDARD_WITH_EFFECTS = {
    *("asyncio", "datetime", "http", "logging", "multiprocessing", "os", "pathlib", "random"),
    *("secrets", "select", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl"),
    *("subprocess", "tempfile", "threading", "time", "urllib"),
}
LIBRARIES_OF_THE_SPEC = {"eth_hash", "py_ecc"}
EXECUTION_SPECS = {"ethereum", "ethereum_rlp", "ethereum_types"}


def imported_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_only_the_engine_imports_the_native_core() -> None:
    importers = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any(name.startswith("corollup._core") for name in imported_names(walk(path)))
    }
    assert importers <= {"engine.py"}


@pytest.mark.parametrize("path", SPEC, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_rules_import_nothing_with_effects(path: Path) -> None:
    for name in imported_names(walk(path)):
        root = name.partition(".")[0]
        if root == "corollup":
            assert name.startswith(("corollup.spec", "corollup.errors")), name
        elif root not in LIBRARIES_OF_THE_SPEC | EXECUTION_SPECS:
            assert root in sys.stdlib_module_names - STANDARD_WITH_EFFECTS, name


@pytest.mark.parametrize("path", SPEC, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_execution_specs_are_imported_where_they_are_used(path: Path) -> None:
    names = imported_names(ast.parse(path.read_text()).body)
    assert {name.partition(".")[0] for name in names} & EXECUTION_SPECS == set()


def walk(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))
