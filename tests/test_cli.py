"""What the command line prints and answers when something goes wrong: never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from corollup import __version__, cli
from corollup.errors import CorollupError, ErrorCode, Reason, Rejected, UserError

DEFECT = (
    "E1901 this program has a defect: {}. "
    "Run again with COROLLUP_TRACEBACK=1 and report what it prints."
)


class Panic(BaseException):
    """Stands for a panic of the native core, which is no `Exception` in Python."""


def app_that_raises(error: BaseException) -> object:
    def register(app: typer.Typer) -> None:
        @app.command()
        def fail() -> None:
            raise error

        app.command("rest")(lambda: None)

    return register


@pytest.mark.parametrize(
    ("error", "exit_code", "line"),
    [
        (
            UserError(ErrorCode.PORT_IN_USE, "port 9545 is in use", fix="Use --instance 1."),
            1,
            "E1201 port 9545 is in use. Use --instance 1.",
        ),
        (
            UserError(ErrorCode.FILE_UNREADABLE, "a cannot be read", why="absent", exit_code=2),
            2,
            "E1101 a cannot be read: absent",
        ),
        (
            Rejected(Reason.WRONG_NUMBER, "expected 2, found 3"),
            1,
            "rejected: WrongNumber: expected 2, found 3",
        ),
        (CorollupError("no such state"), 1, "error: no such state"),
        (
            ZeroDivisionError("1 / 0"),
            1,
            DEFECT.format("ZeroDivisionError"),
        ),
        (
            Panic("called `Option::unwrap()` on a `None` value"),
            1,
            DEFECT.format("Panic"),
        ),
        (
            ExceptionGroup("services", [ExceptionGroup("one", [CorollupError("no such state")])]),
            1,
            "error: no such state",
        ),
        (typer.Exit(1), 1, ""),
        (KeyboardInterrupt(), 130, ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_errors_are_one_line_on_the_error_stream(
    error: BaseException,
    exit_code: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cli, "register_commands", app_that_raises(error))
    assert cli.main(["fail"]) == exit_code
    assert capsys.readouterr() == ("", line + "\n" if line else "")


def test_traceback_is_shown_to_who_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "register_commands", app_that_raises(ZeroDivisionError("1 / 0")))
    monkeypatch.setenv(cli.TRACEBACK_VARIABLE, "1")
    assert cli.main(["fail"]) == 1
    assert "ZeroDivisionError: 1 / 0" in capsys.readouterr().err


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"corollup {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["--no-such-flag"]])
def test_wrong_use_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "corollup" in captured.err


def test_output_that_cannot_be_written_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "corollup", "security"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "error: [Errno 28] No space left on device\n"
