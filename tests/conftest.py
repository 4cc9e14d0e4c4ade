"""What every test may ask for: external data, external tools."""

import os
import shutil
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The root of the checkout."""

DATA_ROOT = Path(os.environ.get("COROLLUP_DATA") or PROJECT_ROOT / "../shared/data").resolve()
"""The folder of external test data, see `docs/testing.md`."""


def skip_or_fail(reason: str) -> None:
    """Skip the running test; under `CI=true`, where nothing may be missing, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def require_data(path: str) -> Path:
    """The external file or folder at `path` under the data root."""
    found = DATA_ROOT / path
    if not found.exists():
        skip_or_fail(f"no external data at {found}: set COROLLUP_DATA to the data folder")
    return found


def require_tool(name: str) -> str:
    """The path of the program `name`."""
    found = shutil.which(name)
    if found is None:
        skip_or_fail(f"the program {name!r} is not installed")
        raise AssertionError
    return found
