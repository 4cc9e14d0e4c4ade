"""
A large state: what it takes to make it, to move it and to build packets on it.

    python -m benches.state STEP FOLDER ACCOUNTS

Each step is a process of its own, which prints its seconds and the most memory that it held.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final

from corollup.engine import build_on_state, export_state, fill_state, import_state

DISK_ACCOUNTS: Final = 10_000_000
"""Accounts of the state on disk."""
MEMORY_ACCOUNTS: Final = 1_000_000
"""Accounts of the state in memory."""
PACKETS: Final = 41
"""Packets of 500 transfers each; the first, which opens the state, does not count."""


def fill(folder: Path, accounts: int) -> float:
    """Make the state file from sorted leaves, 32 bytes of memory an account."""
    return time_once(lambda: fill_state(folder / "state", accounts))


def build(folder: Path, accounts: int) -> float:
    """Build packets on the file, when what the steps before wrote is on the disk."""
    os.sync()
    return median(build_on_state(folder / "state", accounts, PACKETS)[1:])


def export(folder: Path, _: int) -> float:
    """Write the state as a snapshot."""
    return time_once(lambda: export_state(folder / "state", folder / "snapshot", ignore))


def take(folder: Path, _: int) -> float:
    """Make another file from the snapshot, its root checked."""
    return time_once(lambda: import_state(folder / "snapshot", folder / "copy", ignore))


def hold(_: Path, accounts: int) -> float:
    """Build packets on a state in memory."""
    return median(build_on_state(None, accounts, PACKETS)[1:])


def ignore(_: int) -> None:
    """Take no note of progress."""


def time_once(work: Callable[[], object]) -> float:
    """The seconds of a work."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


STEPS: Final[Mapping[str, tuple[Callable[[Path, int], float], str, str | None]]] = {
    "fill": (fill, "make the file", "state"),
    "export": (export, "export a snapshot", "snapshot"),
    "import": (take, "import the snapshot", "copy"),
    "build": (build, "build and store a packet", "state"),
    "hold": (hold, "build a packet in memory", None),
}
"""What each step does, its name on the page, and the file whose size it shows."""


def measure(disk_accounts: int = DISK_ACCOUNTS, memory_accounts: int = MEMORY_ACCOUNTS) -> Any:
    """Run every step; return a row for each."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for step, (_, name, file) in STEPS.items():
            accounts = memory_accounts if file is None else disk_accounts
            command = [sys.executable, "-m", "benches.state", step, folder, str(accounts)]
            printed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
            size = (Path(folder) / file).stat().st_size if file else 0
            rows.append({"name": name, "accounts": accounts, "bytes": size} | json.loads(printed))
    return rows


def main() -> None:
    """Run one step."""
    step, folder, accounts = sys.argv[1:]
    seconds = STEPS[step][0](Path(folder), int(accounts))
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_bytes": peak_bytes}))


if __name__ == "__main__":
    main()
