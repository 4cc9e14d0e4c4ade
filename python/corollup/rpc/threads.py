"""The threads on which calls run that can take long, so that short ones do not wait for them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from corollup.errors import RpcError
from corollup.rpc.protocol import LIMIT_EXCEEDED

THREADS: Final = 4
"""Calls that run at the same time; the native core holds no lock of Python's while it works."""


@dataclass(slots=True)
class CallThreads:
    """A bounded queue of calls in front of a few threads."""

    max_calls: int
    """Calls that run or wait."""

    _calls: int = field(init=False, default=0)
    _executor: ThreadPoolExecutor = field(
        init=False,
        default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="rpc"),
    )

    async def run(self, call: Callable[[str, bytes], bytes], method: str, params: bytes) -> bytes:
        """
        Run a call on a thread.

        Raises:
            RpcError: If too many calls wait.
        """
        if self._calls >= self.max_calls:
            raise RpcError(LIMIT_EXCEEDED, f"{self._calls} calls are waiting; try again")
        self._calls += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, call, method, params)
        finally:
            self._calls -= 1

    def close(self) -> None:
        """Let the threads end after their calls."""
        self._executor.shutdown(wait=False)
