"""What a test needs from outside the checkout: data and programs."""

import os
import shutil
from pathlib import Path
from typing import Final, NoReturn

import pytest

PROJECT_ROOT: Final = Path(__file__).resolve().parent.parent
"""The root of the checkout."""

DATA_ROOT: Final = Path(
    os.environ.get("COROLLUP_DATA") or PROJECT_ROOT / "../shared/data"
).resolve()
"""The folder of external test data."""


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the running test; under `CI=true`, where nothing may be missing, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def require_data(path: str) -> Path:
    """Find the external file or folder at `path` below the data root."""
    found = DATA_ROOT / path
    if not found.exists():
        skip_or_fail(f"no external data at {found}: set COROLLUP_DATA to the data folder")
    return found


def require_tool(name: str) -> str:
    """Find the program `name`."""
    found = shutil.which(name)
    if found is None:
        skip_or_fail(f"the program {name!r} is not installed")
    return found
