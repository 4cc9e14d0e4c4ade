"""
The configuration file `corollup.toml`.

Every flag is also a key of this file and an environment variable. For `corollup devnet --seed 7`:

    [devnet]                    COROLLUP_DEVNET_SEED=7
    seed = 7

A flag wins over the environment, the environment over the file, the file over the default.
"""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from corollup.errors import ErrorCode, UserError

DEFAULT_PATH: Final = Path("corollup.toml")
"""The configuration file that is read if it exists and no other is named."""

ENVIRONMENT_PREFIX: Final = "COROLLUP"
"""The first word of every environment variable."""

Keys = Mapping[str, "Keys | str"]
"""The known keys: a table has the keys below it, a value the name of its parameter."""


def load_config(path: Path | None, known: Keys) -> dict[str, Any]:
    """
    Read the configuration file.

    Args:
        path: The file; `None` stands for `corollup.toml` in the working directory, if there is one.
        known: The keys that a configuration may have.

    Returns:
        The values by the names of their parameters.

    Raises:
        UserError: If the file cannot be read, or holds a key that is not known.
    """
    if path is None:
        if not DEFAULT_PATH.exists():
            return {}
        path = DEFAULT_PATH
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(
            ErrorCode.CONFIG_UNREADABLE,
            f"configuration {path} cannot be read",
            why=_explain(error),
            fix="Mend the file, or name another with --config.",
            exit_code=2,
        ) from error
    return _check_table(document, known, path, prefix="")


def _check_table(table: Mapping[str, Any], known: Keys, path: Path, prefix: str) -> dict[str, Any]:
    """The table with the names that the commands use; refuses a key that is not known."""
    checked: dict[str, Any] = {}
    for key, value in table.items():
        below = known.get(name := key.replace("_", "-"))
        match below, value:
            case str(), (str() | int() | float() | list()):
                checked[below] = value
            case Mapping(), dict():
                checked[name] = _check_table(value, below, path, f"{prefix}{key}.")
            case None, _:
                raise UserError(
                    ErrorCode.CONFIG_UNKNOWN_KEY,
                    f"configuration {path} has the unknown key {prefix}{key}",
                    fix=_suggest(name, known),
                    exit_code=2,
                )
            case _:
                raise UserError(
                    ErrorCode.CONFIG_WRONG_VALUE,
                    f"configuration {path} has a value of the wrong kind at {prefix}{key}",
                    fix="A command is a table, a flag a string, a number, a boolean or a list.",
                    exit_code=2,
                )
    return checked


def _suggest(name: str, known: Keys) -> str:
    close = get_close_matches(name, known, n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Known here: {', '.join(sorted(known)) or 'none'}."


def _explain(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
