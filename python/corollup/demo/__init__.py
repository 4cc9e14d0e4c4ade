"""
Demonstrations: each runs a devnet of its own and reaches an end that the protocol promises.

One module a demo, with `SUMMARY`, `LIMIT_SECONDS` and `async def run(stage)`; it raises
`DemoFailed` where the end is not what is promised.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from corollup.demo.stage import Stage

DEMOS: Final[dict[str, str]] = {
    "bad-endorse": "bad_endorse",
    "bad-root": "bad_root",
    "equivocate": "equivocate",
    "bridge": "bridge",
    "censor": "censor",
    "escape": "escape",
}
"""The module of each demo, by name."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A demonstration."""

    name: str
    """Its name."""
    summary: str
    """What it shows, in one line."""
    limit_seconds: float
    """Time within which the end must be reached."""
    run: Callable[[Stage], Awaitable[None]]
    """Plays it."""


def load_demo(name: str) -> Demo:
    """Load a demo by its name."""
    module = import_module(f"{__name__}.{DEMOS[name]}")
    return Demo(name, module.SUMMARY, module.LIMIT_SECONDS, module.run)
