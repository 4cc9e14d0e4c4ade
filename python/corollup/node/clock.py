"""Time, as services see it: the machine's, or a simulation's that jumps from timer to timer."""

import asyncio
import concurrent.futures
import selectors
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Where a service reads the time and waits."""

    def now(self) -> float:
        """Return the time, unix seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Return the time, unix seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class VirtualClock:
    """The clock of a simulation: the time of its `VirtualLoop`, from a fixed start."""

    start: float
    """Unix seconds when the loop starts."""
    skew_seconds: float = 0.0
    """How far this clock is ahead of the simulation's."""

    def now(self) -> float:
        """Return the time, unix seconds."""
        return self.start + self.skew_seconds + asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait; the loop jumps to the end of the wait."""
        await asyncio.sleep(seconds)


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that never waits: it moves the virtual time by what it was asked to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Answer what is ready; with nothing ready, jump to the next timer."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("the simulation is stuck: every task waits and no timer is set")
        self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """
    An event loop without real time or threads, so that one seed gives one run.

    Timers fire in order at once, and work for a thread runs in place.
    """

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._jumping.now

    def run_in_executor(  # type: ignore[override]
        self,
        executor: concurrent.futures.Executor | None,  # noqa: ARG002
        func: Callable[..., T],
        *args: Any,
    ) -> asyncio.Future[T]:
        """Run the function in a task instead of a thread."""

        async def call() -> T:
            return func(*args)

        return self.create_task(call())


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


@dataclass(slots=True)
class Alarm:
    """Wakes a service before its timer."""

    _event: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Wake the waiter, or its next wait."""
        self._event.set()

    async def wait(self, timeout_seconds: float) -> None:
        """Wait until the alarm rings or the time is over."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()
