"""The documentation names what exists: files, links, make targets, commands, reasons, decisions."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from benches.readme import find_section, render_section
from benches.report import render
from corollup import cli
from corollup.errors import Reason, ReasonClass
from tests.support import PROJECT_ROOT

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "benches/**/*.md", "contracts/*.md", "examples/*.md")
    for path in PROJECT_ROOT.glob(pattern)
)
TOP_FOLDERS = ("benches", "contracts", "docs", "examples", "python", "rust", "tests")
NAMED_PATH = re.compile(rf"`((?:{'|'.join(TOP_FOLDERS)})/[\w./-]*)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[\w-]+)?\)")
MADE_BY_MAKE = ("benches/results",)


def ids(path: Path) -> str:
    return str(path.relative_to(PROJECT_ROOT))


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_named_files_exist(page: Path) -> None:
    named = NAMED_PATH.findall(page.read_text())
    absent = [
        path
        for path in named
        if not path.startswith(MADE_BY_MAKE) and not (PROJECT_ROOT / path).exists()
    ]
    assert absent == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_to_files(page: Path) -> None:
    absent = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert absent == []


def test_readme_links_every_page() -> None:
    linked = set(LINK.findall((PROJECT_ROOT / "README.md").read_text()))
    assert {ids(path) for path in PROJECT_ROOT.glob("docs/*.md")} <= linked


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT_ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)(?=[`\s])", code(page))) <= targets


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_commands_and_flags_exist(page: Path) -> None:
    command = typer.main.get_command(cli.build_app())
    for line in re.findall(r"\bcorollup ((?:-|[a-z])[^`\n|#&]*)", code(page)):
        assert unknown_word(command, line) is None, f"corollup {line}"


def code(page: Path) -> str:
    """The code of a page: fenced blocks and what stands between backticks."""
    text = page.read_text()
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)])


def unknown_word(command: Any, line: str) -> str | None:
    """The first word of a command line that names no command and no flag."""
    words = iter(line.split())
    for word in words:
        flags = {name: option for option in command.params for name in option.opts}
        name, _, value = word.partition("=")
        if name.startswith("--") and name != "--help":
            if name not in flags:
                return word
            if not flags[name].is_flag and not value:
                next(words, None)
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return word
            command = command.commands[word]
    return None


def test_reasons_of_the_protocol_page_are_those_of_the_code() -> None:
    protocol = (PROJECT_ROOT / "docs/protocol.md").read_text()
    for reason_class in ReasonClass:
        row = re.search(rf"^\| {reason_class.value}: .*$", protocol, re.MULTILINE)
        assert row is not None
        assert re.findall(r"`(\w+)`", row[0]) == [
            reason.value for reason in Reason if reason.reason_class is reason_class
        ]


def test_every_decision_is_in_the_index() -> None:
    folder = PROJECT_ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    pages = sorted(path for path in folder.glob("[0-9]*.md"))
    listed = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$", index, re.MULTILINE)
    assert [(number, name) for number, name, _ in listed] == [(p.name[:4], p.name) for p in pages]
    titles = [path.read_text().splitlines()[0] for path in pages]
    assert [f"# {number} · {title}" for number, _, title in listed] == titles


def test_figures_of_the_readme_are_measured() -> None:
    readme = (PROJECT_ROOT / "README.md").read_text()
    assert find_section(readme) == render_section(PROJECT_ROOT / "benches/results")


def test_page_of_results_shows_the_result_files() -> None:
    results = PROJECT_ROOT / "benches/results"
    assert (results / "README.md").read_text() == render(results)


def test_licence_is_the_same_everywhere() -> None:
    cargo = tomllib.loads((PROJECT_ROOT / "Cargo.toml").read_text())
    python = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())
    assert cargo["workspace"]["package"]["license"] == python["project"]["license"]
    assert {path.name for path in PROJECT_ROOT.glob("LICENSE*")} == set(
        python["project"]["license-files"]
    )
