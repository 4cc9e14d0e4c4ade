from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from corollup.l1.embedded import EmbeddedL1
from corollup.rpc.chains import L1Chain
from corollup.rpc.server import RpcServer
from tests.clock import FakeClock


@pytest.fixture
def l1() -> EmbeddedL1:
    return EmbeddedL1(clock=FakeClock())


@pytest.fixture
async def server(l1: EmbeddedL1) -> AsyncIterator[RpcServer]:
    async with RpcServer(L1Chain(l1), port=0) as running:
        yield running


class Asker:
    """Posts to a server and reads what it answers."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def post(self, body: bytes, **headers: str) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"} | headers
        async with self.session.post(self.url, data=BytesIO(body), headers=headers) as response:
            text = await response.read()
            is_json = response.content_type == "application/json" and text
            return response.status, await response.json() if is_json else text

    async def ask(self, method: str, *params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        async with self.session.post(self.url, json=body) as response:
            assert response.status == 200
            return await response.json()

    async def result(self, method: str, *params: Any) -> Any:
        answer = await self.ask(method, *params)
        assert "error" not in answer, answer
        return answer["result"]

    async def code(self, method: str, *params: Any) -> int:
        answer = await self.ask(method, *params)
        assert "result" not in answer, answer
        code: int = answer["error"]["code"]
        return code


@pytest.fixture
async def asker(server: RpcServer) -> AsyncIterator[Asker]:
    async with aiohttp.ClientSession() as session:
        yield Asker(session, server.url)
