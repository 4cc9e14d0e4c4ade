"""What is measured in processes of its own: the time of an import, the memory of an endorser."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from corollup.bench.rows import Row
from corollup.engine import GoalBench, backend

IMPORT_PROGRAM: Final = """
import sys, time
start = time.perf_counter()
__import__(sys.argv[1])
print(time.perf_counter() - start)
"""
IMPORT_PEER: Final = "py_ecc.bls"
"""A package whose import a user of the specification waits for, too."""

MEMORY_BLOCK: Final = 17666333
"""The mainnet block of the memory goal: 30 Mgas, 1.3 MB of code."""
MEMORY_RUNS: Final = 20
"""How often it is verified in one process."""
MIB: Final = 2**20


def measure_import(runs: int) -> Row:
    """Measure the least milliseconds of `import corollup` in fresh processes."""
    own, theirs = (
        min(import_once(module) for _ in range(runs)) for module in ("corollup", IMPORT_PEER)
    )
    peer = f"import {IMPORT_PEER}, ms"
    return Row("import corollup", backend(), own, "ms", peer=peer, peer_value=theirs)


def import_once(module: str) -> float:
    """Import a module in a fresh process; return its milliseconds."""
    command = [sys.executable, "-c", IMPORT_PROGRAM, module]
    return 1e3 * float(run(command))


def run(command: Sequence[str], **variables: str) -> str:
    """Run a program with further environment variables; return what it prints."""
    environment = {**os.environ, **variables}
    answer = subprocess.run(  # noqa: S603  the command is this package's own
        command, capture_output=True, text=True, check=True, env=environment
    )
    return answer.stdout


def measure_memory(bench: GoalBench) -> Row:
    """Measure the peak of `corollup packet verify --repeat` for a large block."""
    with tempfile.TemporaryDirectory(prefix="corollup-bench-") as folder:
        file, hints_file = Path(folder) / "packet.result", Path(folder) / "packet.hints"
        encoded, hints = bench.build_block(MEMORY_BLOCK)
        file.write_bytes(encoded)
        hints_file.write_bytes(hints)
        command = [
            *(sys.executable, "-m", "corollup", "packet", "verify", str(file)),
            *("--hints", str(hints_file), "--repeat", str(MEMORY_RUNS), "--json"),
        ]
        answer = run(command, COROLLUP_BACKEND=backend())
    peak = json.loads(answer)["peak_rss_mib"]
    peer, peer_value = "execution result, MiB", len(encoded) / MIB
    return Row("EN memory", backend(), peak, "MiB", peer=peer, peer_value=peer_value)
