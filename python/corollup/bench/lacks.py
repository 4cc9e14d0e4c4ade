"""What a measurement needs of the machine, and where it is looked for."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Final

DATA_VARIABLE: Final = "COROLLUP_DATA"
"""The environment variable with the folder of test data."""
DEFAULT_DATA: Final = Path("../shared/data")
"""Where test data is looked for without it."""


class LackingError(Exception):
    """What is missing for a measurement, and how to get it."""


def find_blocks() -> Path:
    """
    Find the folder of the mainnet blocks.

    Raises:
        LackingError: If it is not there.
    """
    data = Path(os.environ.get(DATA_VARIABLE) or DEFAULT_DATA)
    folder = data / "mainnet-blocks"
    if not folder.is_dir():
        raise LackingError(f"no folder {folder}: name the folder of test data in {DATA_VARIABLE}")
    return folder


def require_cores(count: int) -> None:
    """
    Demand so many cores for this process.

    Raises:
        LackingError: If it may use fewer.
    """
    cores = len(os.sched_getaffinity(0))
    if cores < count:
        raise LackingError(f"{count} cores are needed, this process may use {cores}")


def require_module(name: str, extra: str) -> None:
    """
    Demand a Python module that an extra of the package installs.

    Raises:
        LackingError: If it is not installed.
    """
    if find_spec(name) is None:
        raise LackingError(f"{name} is not installed: pip install 'corollup[{extra}]'")


def find_program(name: str) -> str:
    """
    Find a program.

    Raises:
        LackingError: If it is not installed.
    """
    path = shutil.which(name)
    if path is None:
        raise LackingError(f"the program {name} is not installed")
    return path
