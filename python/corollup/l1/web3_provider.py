"""web3.py over the transports of this package."""

from typing import Any, cast

from web3 import AsyncWeb3
from web3.providers.async_base import AsyncBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from corollup.errors import RpcError
from corollup.l1.transport import L1Transport, L1UnreachableError


class TransportProvider(AsyncBaseProvider):
    """A web3 provider that asks through an `L1Transport`."""

    def __init__(self, transport: L1Transport) -> None:
        super().__init__()
        self._transport = transport

    async def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Ask the node and wrap its answer as web3 expects it."""
        try:
            result = await self._transport.request(method, params)
        except RpcError as error:
            data = None if error.data is None else f"0x{error.data.hex()}"
            fields = {"code": error.code, "message": error.message, "data": data}
            return cast("RPCResponse", {"jsonrpc": "2.0", "id": 0, "error": fields})
        return {"jsonrpc": "2.0", "id": 0, "result": result}

    async def is_connected(self, show_traceback: bool = False) -> bool:
        """Return whether the node answers."""
        try:
            await self._transport.request("eth_chainId", ())
        except (RpcError, L1UnreachableError):
            if show_traceback:
                raise
            return False
        return True


def make_web3(transport: L1Transport) -> "AsyncWeb3[Any]":
    """Return an AsyncWeb3 over a transport."""
    return AsyncWeb3(TransportProvider(transport))
