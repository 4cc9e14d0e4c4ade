"""How a request reaches an L1 node: over HTTP, or in this process."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from typing import Any, Protocol

import msgspec

from corollup.errors import CorollupError, RpcError
from corollup.l1.embedded import EmbeddedL1

REQUEST_TIMEOUT_SECONDS = 30.0
"""How long a node may take to answer."""


class L1UnreachableError(CorollupError):
    """The L1 node does not answer, or what answers is no JSON-RPC node."""


class L1Transport(Protocol):
    """A way to an L1 node."""

    async def request(self, method: str, params: Sequence[Any]) -> Any:
        """
        Ask a node.

        Raises:
            RpcError: If the node answers with an error.
            L1UnreachableError: If it does not answer.
        """
        ...

    async def close(self) -> None:
        """Release what the transport holds."""
        ...


@dataclass(slots=True)
class InProcessTransport:
    """The way to an embedded L1."""

    l1: EmbeddedL1
    """The chain."""

    async def request(self, method: str, params: Sequence[Any]) -> Any:
        """Ask the chain."""
        return self.l1.request(method, *params)

    async def close(self) -> None:
        """Do nothing: the chain belongs to its owner."""


class _Error(msgspec.Struct):
    code: int
    message: str
    data: Any = None


class _Response(msgspec.Struct):
    result: Any = None
    error: _Error | None = None


@dataclass(slots=True)
class HttpTransport:
    """The way to a node that serves HTTP, with kept-alive connections."""

    url: str
    """Where the node listens."""

    timeout_seconds: float = REQUEST_TIMEOUT_SECONDS
    """How long the node may take."""

    _session: Any = field(init=False, default=None, repr=False)
    _ids: "count[int]" = field(init=False, default_factory=lambda: count(1), repr=False)

    async def request(self, method: str, params: Sequence[Any]) -> Any:
        """Ask the node."""
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        try:
            response = msgspec.json.decode(await self._post(body), type=_Response)
        except msgspec.MsgspecError as error:
            raise L1UnreachableError(f"{self.url} is no JSON-RPC node: {error}") from error
        if response.error is not None:
            raise _to_rpc_error(response.error)
        return response.result

    async def _post(self, body: Any) -> bytes:
        # aiohttp costs 0.3 s to import, and an embedded L1 needs none of it.
        import aiohttp

        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self.timeout_seconds)
            self._session = aiohttp.ClientSession(timeout=timeout)
        headers = {"Content-Type": "application/json"}
        try:
            data = BytesIO(msgspec.json.encode(body))
            posting = self._session.post(self.url, data=data, headers=headers)
            async with posting as response:
                content: bytes = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            reason = str(error) or type(error).__name__
            raise L1UnreachableError(f"no answer from {self.url}: {reason}") from error
        return content

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _to_rpc_error(error: _Error) -> RpcError:
    data = None
    if isinstance(error.data, str) and error.data.startswith("0x"):
        try:
            data = bytes.fromhex(error.data[2:])
        except ValueError:
            data = None
    return RpcError(error.code, error.message, data)
