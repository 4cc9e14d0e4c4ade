"""Requests, batches and their limits, over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from corollup.l1.embedded import EmbeddedL1
from corollup.rpc.chains import L1Chain
from corollup.rpc.protocol import Limits
from corollup.rpc.server import RpcServer
from tests.rpc.conftest import Asker


def request(method: str = "eth_chainId", request_id: object = 1) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": []}


async def test_a_request_is_answered(asker: Asker) -> None:
    assert await asker.ask("eth_chainId") == {"jsonrpc": "2.0", "id": 1, "result": "0x7a69"}


@pytest.mark.parametrize("request_id", ["text", 7, -1, None, 1.5])
async def test_the_id_comes_back(asker: Asker, request_id: object) -> None:
    body = json.dumps(request(request_id=request_id)).encode()
    assert (await asker.post(body))[1]["id"] == request_id


async def test_a_batch_is_answered_in_order(asker: Asker) -> None:
    batch = [request(request_id=1), request("no_such", 2), 5, request(request_id=3)]
    status, answers = await asker.post(json.dumps(batch).encode())
    assert status == 200
    assert [answer.get("error", {}).get("code") for answer in answers] == [
        None,
        -32601,
        -32600,
        None,
    ]
    assert [answer["id"] for answer in answers] == [1, 2, None, 3]


async def test_a_notification_gets_no_answer(asker: Asker) -> None:
    notification = {"jsonrpc": "2.0", "method": "eth_chainId", "params": []}
    assert await asker.post(json.dumps(notification).encode()) == (200, b"")
    status, answers = await asker.post(json.dumps([notification, request()]).encode())
    assert (status, len(answers)) == (200, 1)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b'{"jsonrpc": "2.0", "id": NaN, "method": "eth_chainId"}', -32700),
        (b"[" * 100_000, -32700),
        (b'{"a":' * 100_000, -32700),
        (b"5", -32600),
        (b"[]", -32600),
        (b"{}", -32600),
        (b'{"method": "eth_chainId"}', -32600),
        (b'{"id": 1, "method": "eth_chainId"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 5}', -32600),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "eth_chainId"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "eth_no"}', -32601),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": [1]}', -32602),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": {"a": 1}}', -32602),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": 5}', -32602),
        (
            b'{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": '
            + b"[" * 200
            + b"]" * 200
            + b"}",
            -32602,
        ),
    ],
    ids=lambda value: str(value)[:48],
)
async def test_a_bad_request_has_its_code(asker: Asker, body: bytes, code: int) -> None:
    status, answer = await asker.post(body)
    assert (status, answer["error"]["code"]) == (200, code)


@pytest.mark.parametrize(("over", "is_answered"), [(-1, True), (0, True), (1, False)])
async def test_batch_limit(asker: Asker, over: int, is_answered: bool) -> None:
    batch = [request(request_id=index) for index in range(1000 + over)]
    _, answer = await asker.post(json.dumps(batch).encode())
    if is_answered:
        assert len(answer) == 1000 + over
    else:
        assert answer["error"]["code"] == -32005


@pytest.mark.parametrize(("over", "status"), [(-1, 200), (0, 200), (1, 413)])
async def test_body_limit(asker: Asker, over: int, status: int) -> None:
    body = json.dumps(request()).encode()
    body += b" " * ((5 << 20) + over - len(body))
    assert (await asker.post(body))[0] == status


async def test_response_limit(l1: EmbeddedL1) -> None:
    size = len(b'"0x7a69"')
    for limit, code in [(size + 1, None), (size, None), (size - 1, -32005)]:
        limits = Limits(max_response_bytes=limit)
        async with (
            RpcServer(L1Chain(l1), port=0, limits=limits) as server,
            aiohttp.ClientSession() as session,
        ):
            answer = await Asker(session, server.url).ask("eth_chainId")
        assert answer.get("error", {}).get("code") == code


async def test_a_slow_body_times_out(l1: EmbeddedL1) -> None:
    limits = Limits(read_timeout_seconds=0.05)

    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(1)
        yield b"}"

    async with (
        RpcServer(L1Chain(l1), port=0, limits=limits) as server,
        aiohttp.ClientSession() as session,
        session.post(
            server.url, data=trickle(), headers={"Content-Type": "application/json"}
        ) as response,
    ):
        assert response.status == 408


async def test_other_http_methods_and_types(asker: Asker) -> None:
    async with asker.session.get(asker.url) as response:
        assert response.status == 405
    assert (await asker.post(b"{}", **{"Content-Type": "text/plain"}))[0] == 415


async def test_browsers_may_ask(asker: Asker) -> None:
    async with asker.session.options(asker.url) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Content-Type" in response.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8545", 200),
        ("127.0.0.1", 200),
        ("[::1]:1", 200),
        ("evil.example", 403),
        ("evil.example:8545", 403),
        ("", 403),
        ("[::", 403),
    ],
)
async def test_host_names(asker: Asker, host: str, status: int) -> None:
    assert (await asker.post(json.dumps(request()).encode(), Host=host))[0] == status


async def test_a_used_port_is_named(server: RpcServer, l1: EmbeddedL1) -> None:
    from corollup.errors import UserError

    with pytest.raises(UserError, match=f"E1201 port {server.port} is in use"):
        await RpcServer(L1Chain(l1), port=server.port).start()
