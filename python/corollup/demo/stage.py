"""What a demo plays on: steps that are told as they happen, and balances before and after."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from corollup.devnet.options import ETHER
from corollup.errors import CorollupError
from corollup.node.clock import Clock, SystemClock

WAIT_SECONDS: Final = 0.25
"""How often a demo looks whether what it waits for has happened."""


class DemoFailed(CorollupError):  # noqa: N818 (named as what happened)
    """A demo whose end is not what is promised."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened."""

    what: str
    """It, in one line."""
    seconds: float
    """Time since the demo began."""
    tx_hash: bytes | None = None
    """The L1 transaction, if it was one."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Further values, as JSON takes them."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What somebody had and has."""

    name: str
    """Who and what."""
    before: int
    """Before the demo's turning point, wei."""
    after: int
    """At its end, wei."""

    @property
    def change_ether(self) -> float:
        """What was won or lost, ETH."""
        return (self.after - self.before) / ETHER


@dataclass(slots=True)
class Stage:
    """Collects what a demo shows."""

    tell: Callable[[Step], None]
    """Told of each step."""
    clock: Clock = field(default_factory=SystemClock)
    """Time of its devnet."""
    steps: list[Step] = field(default_factory=list)
    """What happened."""
    balances: list[Balance] = field(default_factory=list)
    """What was won and lost."""
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock.now()

    def report(self, what: str, tx_hash: bytes | None = None, **facts: Any) -> None:
        """Tell a step."""
        step = Step(what, round(self.clock.now() - self._started, 2), tx_hash, facts)
        self.steps.append(step)
        self.tell(step)

    def compare(self, name: str, before: int, after: int) -> None:
        """Show a balance before and after."""
        self.balances.append(Balance(name, before, after))

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so; the demo's time limit ends it."""
        while not condition():
            await self.clock.sleep(WAIT_SECONDS)

    @property
    def transactions(self) -> list[bytes]:
        """The L1 transactions of all steps, in order, each once."""
        hashes = (step.tx_hash for step in self.steps)
        return list(dict.fromkeys(tx_hash for tx_hash in hashes if tx_hash is not None))


def require(condition: bool, what: str) -> None:
    """
    Check a part of the promised end.

    Raises:
        DemoFailed: If it is not so.
    """
    if not condition:
        raise DemoFailed(f"the promised end is not reached: {what}")
