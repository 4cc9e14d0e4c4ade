"""`import corollup` and `corollup --help` stay quick: heavy modules are imported where used."""

import subprocess
import sys

HEAVY = {
    "aiohttp",
    "coincurve",
    "eth_account",
    "ethereum",
    "msgspec",
    "py_ecc",
    "structlog",
    "web3",
}
IMPORT_BUDGET_SECONDS = 0.1
HELP_BUDGET_SECONDS = 0.3

IMPORT = """
import sys, time
start = time.process_time()
import corollup
print(time.process_time() - start)
print(*{name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names)
"""

HELP = """
import sys, time
start = time.process_time()
from corollup.cli import main
main(["--help"])
print(time.process_time() - start)
print(*{name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names)
"""


def run(program: str) -> tuple[float, set[str]]:
    """The least CPU seconds of five runs, and the modules imported."""
    least = float("inf")
    modules: set[str] = set()
    for _ in range(5):
        answer = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        *_, seconds, names = answer.stdout.splitlines()
        least = min(least, float(seconds))
        modules = set(names.split())
    return least, modules


def test_import_of_the_package_imports_nothing_else() -> None:
    seconds, modules = run(IMPORT)
    # `__main__` is the program itself, names with an underscore are hooks of editable installs.
    assert {name for name in modules if not name.startswith("_")} == {"corollup"}
    assert seconds < IMPORT_BUDGET_SECONDS


def test_help_imports_nothing_heavy() -> None:
    seconds, modules = run(HELP)
    assert modules & HEAVY == set()
    assert seconds < HELP_BUDGET_SECONDS
