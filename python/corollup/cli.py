"""The command line: one application, built from the modules of `corollup.commands`."""

import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.exceptions import TyperException

from corollup import __version__
from corollup.commands import register_commands
from corollup.config import ENVIRONMENT_PREFIX, Keys, load_config
from corollup.errors import CorollupError, ErrorCode, Rejected, UserError
from corollup.logs import LogFormat, LogLevel, LogOptions

TRACEBACK_VARIABLE: Final = "COROLLUP_TRACEBACK"
"""The environment variable that shows where a defect happened; for developers."""


_ORIGINS: Final = {
    "ParameterSource.DEFAULT_MAP": " (from the configuration file)",
    "ParameterSource.ENVIRONMENT": " (from the environment)",
}


def build_app() -> typer.Typer:
    """The application with every command."""
    app = typer.Typer(
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_common_options)
    register_commands(app)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run one command line.

    Args:
        arguments: The words after the program's name; `None` takes those of this process.

    Returns:
        The exit code: 0 good, 1 failure or rejection, 2 wrong use.
    """
    command = typer.main.get_command(build_app())
    name_variables(command, ENVIRONMENT_PREFIX)
    try:
        exit_code = _run(command, arguments)
    except TyperException as error:
        return _fail(_describe_usage_error(error), error.exit_code)
    except UserError as error:
        return _fail(str(error), error.exit_code)
    except Rejected as error:
        return _fail(f"rejected: {error}", 1)
    except CorollupError as error:
        return _fail(f"error: {error}", 1)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        _drop_output()
        return 1
    except OSError as error:
        _drop_output()
        return _fail(f"error: {error}", 1)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001  a panic of the native core is no Exception
        return _fail(_describe_defect(error), 1)
    return exit_code if isinstance(exit_code, int) else 0


def _run(command: Any, arguments: Sequence[str] | None) -> object:
    try:
        return command.main(arguments, prog_name="corollup", standalone_mode=False)
    except BaseExceptionGroup as group:
        # What the first of a group of services failed of is told, as if it had run alone.
        cause: BaseException = group
        while isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        raise cause from group


def _drop_output() -> None:
    """Forget what is still to be written: a second error at exit would only add noise."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _load_configuration(context: typer.Context, path: Path | None) -> Path | None:
    """Make the values of the configuration file the defaults of every command."""
    context.default_map = load_config(path, known_keys(context.command))
    return path


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"corollup {__version__}")
        raise typer.Exit


def _common_options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            callback=_load_configuration,
            is_eager=True,
            help="Configuration file; corollup.toml if it exists.",
        ),
    ] = None,
    log: Annotated[LogFormat, typer.Option(help="Form of the log.")] = "pretty",
    log_level: Annotated[LogLevel, typer.Option(help="Least level that is logged.")] = "warning",
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """The Collaborative Rollup: transactions, final when a random committee re-executed them."""
    context.obj = LogOptions(format=log, level=log_level)


def known_keys(command: Any) -> Keys:
    """The keys that a configuration file may have: one a flag, one table a command."""
    keys: dict[str, Keys | str] = {
        name: known_keys(below) for name, below in _commands_below(command).items()
    }
    keys.update({key: option.name for key, option in _options(command) if not option.is_eager})
    return keys


def name_variables(command: Any, prefix: str) -> None:
    """Give each flag its environment variable, after the words that lead to it."""
    for key, option in _options(command):
        if option.name != "version":
            option.envvar = f"{prefix}_{key}".replace("-", "_").upper()
    for name, below in _commands_below(command).items():
        name_variables(below, f"{prefix}_{name}")


def _commands_below(command: Any) -> dict[str, Any]:
    return getattr(command, "commands", {})


def _options(command: Any) -> Iterator[tuple[str, Any]]:
    """The flags of a command, each with its longest name without hyphens in front."""
    for parameter in command.params:
        if parameter.param_type_name == "option":
            yield max(parameter.opts, key=len).lstrip("-"), parameter


def _describe_usage_error(error: TyperException) -> str:
    """The message, with the place of the value if that is not the command line."""
    message = error.format_message()
    context, parameter = getattr(error, "ctx", None), getattr(error, "param", None)
    if context is None or not hasattr(error, "message"):
        return message
    if parameter is not None:
        message += _ORIGINS.get(str(context.get_parameter_source(parameter.name)), "")
    return f"{message}\nTry '{context.command_path} --help'."


def _describe_defect(error: BaseException) -> str:
    if TRACEBACK_VARIABLE in os.environ:
        traceback.print_exception(error)
    return str(
        UserError(
            ErrorCode.INTERNAL,
            "this program has a defect",
            why=type(error).__name__,
            fix=f"Run again with {TRACEBACK_VARIABLE}=1 and report what it prints.",
        )
    )


def _fail(message: str, exit_code: int) -> int:
    print(message, file=sys.stderr)
    return exit_code
