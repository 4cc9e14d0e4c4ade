"""The configuration file, and the order flag, environment, file, default."""

from pathlib import Path

import pytest
import typer

from corollup import cli, config
from corollup.errors import ErrorCode, UserError

KNOWN: config.Keys = {"devnet": {"seed": "seed", "json": "json_output"}, "log-level": "log_level"}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """The values that a command with one flag received; the working directory is empty."""
    values: list[int] = []

    def register(app: typer.Typer) -> None:
        @app.command()
        def draw(seed: int = 1) -> None:
            values.append(seed)

        app.command("rest")(lambda: None)

    monkeypatch.setattr(cli, "register_commands", register)
    monkeypatch.chdir(tmp_path)
    return values


def test_default_holds_without_a_file(seen: list[int]) -> None:
    assert cli.main(["draw"]) == 0
    assert seen == [1]


def test_file_wins_over_default(seen: list[int]) -> None:
    Path("corollup.toml").write_text("[draw]\nseed = 2")
    assert cli.main(["draw"]) == 0
    assert seen == [2]


def test_named_file_wins_over_file_in_the_working_directory(seen: list[int]) -> None:
    Path("corollup.toml").write_text("[draw]\nseed = 2")
    Path("other.toml").write_text("[draw]\nseed = 3")
    assert cli.main(["--config", "other.toml", "draw"]) == 0
    assert seen == [3]


def test_environment_wins_over_file(seen: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("corollup.toml").write_text("[draw]\nseed = 2")
    monkeypatch.setenv("COROLLUP_DRAW_SEED", "4")
    assert cli.main(["draw"]) == 0
    assert seen == [4]


def test_flag_wins_over_environment(seen: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COROLLUP_DRAW_SEED", "4")
    assert cli.main(["draw", "--seed", "5"]) == 0
    assert seen == [5]


def test_wrong_value_names_its_source(
    seen: list[int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("corollup.toml").write_text('[draw]\nseed = "many"')
    assert cli.main(["draw"]) == 2
    assert "Invalid value for '--seed'" in (message := capsys.readouterr().err)
    assert "(from the configuration file)" in message

    monkeypatch.setenv("COROLLUP_DRAW_SEED", "few")
    assert cli.main(["draw"]) == 2
    assert "(from the environment)" in capsys.readouterr().err
    assert seen == []


def test_unknown_key_is_refused(seen: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    Path("corollup.toml").write_text("[draw]\nsede = 2")
    assert cli.main(["draw"]) == 2
    assert capsys.readouterr().err == (
        "E1002 configuration corollup.toml has the unknown key draw.sede. Did you mean seed?\n"
    )
    assert seen == []


def test_hyphens_and_underscores_name_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "corollup.toml"
    for key in ("log-level", "log_level"):
        path.write_text(f'{key} = "debug"')
        assert config.load_config(path, KNOWN) == {"log_level": "debug"}


def test_key_is_the_flag_and_not_the_parameter(tmp_path: Path) -> None:
    path = tmp_path / "corollup.toml"
    path.write_text("[devnet]\njson = true")
    assert config.load_config(path, KNOWN) == {"devnet": {"json_output": True}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[devnt]\nseed = 1", "devnt. Did you mean devnet?"),
        ("[devnet]\nsed = 1", "devnet.sed. Did you mean seed?"),
        ("[devnet]\nzzz = 1", "devnet.zzz. Known here: json, seed."),
        ("[devnet]\njson_output = true", "devnet.json_output. Known here: json, seed."),
    ],
)
def test_misspelled_key_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "corollup.toml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        config.load_config(path, KNOWN)
    assert str(caught.value) == f"E1002 configuration {path} has the unknown key {message}"
    assert caught.value.code is ErrorCode.CONFIG_UNKNOWN_KEY
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["devnet = 1", "devnet.seed.x = 1", "devnet.seed = 2026-01-01"])
def test_value_of_the_wrong_kind_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "corollup.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=r"^E1003 .* has a value of the wrong kind at devnet"):
        config.load_config(path, KNOWN)


def test_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^E1001 .* cannot be read: No such file or directory\. "):
        config.load_config(tmp_path / "none.toml", KNOWN)


@pytest.mark.parametrize("contents", [b"seed = ", b"\xff\xfe"])
def test_file_that_is_no_toml_is_refused(tmp_path: Path, contents: bytes) -> None:
    path = tmp_path / "corollup.toml"
    path.write_bytes(contents)
    with pytest.raises(UserError, match=r"^E1001 .* cannot be read: "):
        config.load_config(path, KNOWN)
