"""The log goes to the error stream, in the form and from the level that the user chose."""

import json

import pytest
import structlog
import typer

from corollup import cli
from corollup.logs import LogOptions, configure_logs


@pytest.fixture(autouse=True)
def command(monkeypatch: pytest.MonkeyPatch) -> None:
    def register(app: typer.Typer) -> None:
        @app.command()
        def speak(context: typer.Context) -> None:
            configure_logs(context.obj)
            log = structlog.get_logger()
            log.info("packet_executed", packet=7)
            log.warning("quorum_late", packet=8)

        app.command("rest")(lambda: None)

    monkeypatch.setattr(cli, "register_commands", register)


def test_warnings_are_logged_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["speak"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "quorum_late" in captured.err
    assert "packet_executed" not in captured.err


def test_json_is_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--log", "json", "--log-level", "info", "speak"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(event["event"], event["packet"], event["level"]) for event in events] == [
        ("packet_executed", 7, "info"),
        ("quorum_late", 8, "warning"),
    ]


def test_unknown_form_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--log", "xml", "speak"]) == 2
    assert "--log" in capsys.readouterr().err


def test_options_have_defaults() -> None:
    assert LogOptions() == LogOptions(format="pretty", level="warning")
