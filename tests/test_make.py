"""A missing tool is one clear line with the fix, before `make` has made anything."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import PROJECT_ROOT

SHELL_TOOLS = ("find", "grep", "rm", "sh", "touch")
TOOLS = {
    "python3": "#!/bin/sh\nexit 0",
    "rustc": "#!/bin/sh\necho rustc 1.95.0",
    "cargo": "#!/bin/sh\nexit 0",
    "cc": "#!/bin/sh\nexit 0",
}
PYTHON = "Python 3.11 or newer is needed: install it, or name it with make PYTHON=/path/to/python3."
RUST = "Rust 1.95 or newer is needed to build the native core: install it from https://rustup.rs."
COMPILER = (
    "A C compiler is needed to build the curve library: on Debian, apt install build-essential."
)


def make_setup(folder: Path, tools: dict[str, str]) -> tuple[int, str, set[str]]:
    """The exit code and output of `make setup` where only these tools exist, and what it made."""
    programs = folder / "bin"
    programs.mkdir()
    for name in SHELL_TOOLS:
        (programs / name).symlink_to(shutil.which(name) or name)
    for name, script in tools.items():
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    checkout = folder / "checkout"
    (checkout / "rust").mkdir(parents=True)
    for name in ("Cargo.lock", "Cargo.toml", "Makefile", "pyproject.toml"):
        shutil.copy(PROJECT_ROOT / name, checkout)
    before = set(checkout.iterdir())
    answer = subprocess.run(
        [shutil.which("make") or "make", "--silent", "setup"],
        cwd=checkout,
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    return (
        answer.returncode,
        answer.stdout,
        {path.name for path in set(checkout.iterdir()) - before},
    )


@pytest.mark.parametrize(
    ("tool", "replacement", "line"),
    [
        ("python3", None, PYTHON),
        ("python3", "#!/bin/sh\nexit 1", PYTHON),
        ("rustc", None, RUST),
        ("rustc", "#!/bin/sh\necho rustc 1.94.1", RUST),
        ("cargo", None, RUST),
        ("cc", None, COMPILER),
    ],
    ids=["no python", "old python", "no rustc", "old rustc", "no cargo", "no compiler"],
)
def test_missing_tool_is_one_line(
    tmp_path: Path, tool: str, replacement: str | None, line: str
) -> None:
    tools = {name: script for name, script in TOOLS.items() if name != tool}
    if replacement is not None:
        tools[tool] = replacement
    assert make_setup(tmp_path, tools) == (2, line + "\n", set())


def test_missing_venv_module_is_one_line(tmp_path: Path) -> None:
    without_venv = TOOLS | {"python3": '#!/bin/sh\n[ "$1" = -c ]'}
    exit_code, output, made = make_setup(tmp_path, without_venv)
    assert exit_code == 2
    assert output == (
        "Python cannot make a virtual environment: on Debian, apt install python3-venv.\n"
    )
    assert made == set()
