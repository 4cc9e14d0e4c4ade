"""The machine that a measurement was made on."""

import os
import platform
import subprocess
from pathlib import Path

from corollup import __version__


def describe_machine() -> dict[str, str | int]:
    """What a reader needs to know to compare a figure with one of another machine."""
    return {
        "cpu": read_cpu_name(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "rustc": run("rustc", "--version").removeprefix("rustc ").partition(" (")[0],
        "corollup": __version__,
        "commit": run("git", "rev-parse", "--short=12", "HEAD"),
    }


def read_cpu_name() -> str:
    """The name of the processor, as the kernel has it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.machine()


def run(*command: str) -> str:
    """What a command prints, or `unknown` where it does not run."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
