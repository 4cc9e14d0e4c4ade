"""A clock that a test moves."""

import asyncio
from dataclasses import dataclass


@dataclass(slots=True)
class FakeClock:
    """Time stands still until it is moved; sleeping moves it."""

    time: float = 1_800_000_000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)
