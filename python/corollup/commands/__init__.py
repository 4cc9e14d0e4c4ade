"""
The commands of `corollup`, one module each.

A command module has `register(app)`, and imports what is heavy inside the command's body:
`corollup --help` reads every module of this package.
"""

from importlib import import_module
from typing import Final

import typer

COMMANDS: Final[tuple[str, ...]] = (
    "devnet",
    "demo",
    "stake",
    "fraud",
    "replay",
    "packet",
    "bridge",
    "state",
    "security",
    "gas",
    "statetest",
    "bench",
)
"""The command modules, in the order in which `--help` lists them."""


def register_commands(app: typer.Typer) -> None:
    """Give `app` every command."""
    for name in COMMANDS:
        import_module(f"{__name__}.{name}").register(app)
