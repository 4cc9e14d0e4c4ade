"""Calls that take long: bounded, and out of the way of short ones."""

import asyncio
import threading

import pytest

from corollup.errors import RpcError
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.l1.embedded import EmbeddedL1
from corollup.rpc.threads import CallThreads
from tests.rpc.conftest import Asker

BOB = f"0x{DEV_ACCOUNTS[1].address.hex()}"


@pytest.mark.parametrize(("calls", "refused"), [(2, 0), (3, 0), (4, 1)])
async def test_the_queue_is_bounded(calls: int, refused: int) -> None:
    threads = CallThreads(max_calls=3)
    gate = threading.Event()

    def wait(method: str, params: bytes) -> bytes:
        gate.wait(10)
        return params

    running = [asyncio.create_task(threads.run(wait, "m", b"1")) for _ in range(calls)]
    await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(*running, return_exceptions=True)
    errors = [result for result in results if isinstance(result, RpcError)]
    assert [error.code for error in errors] == [-32005] * refused
    assert results.count(b"1") == calls - refused
    assert await threads.run(wait, "m", b"2") == b"2", "a refused call leaves no trace"
    threads.close()


async def test_short_calls_overtake_long_ones(asker: Asker, l1: EmbeddedL1) -> None:
    l1.request("anvil_setCode", BOB, "0x5b5f56")
    endless = [asyncio.create_task(asker.ask("eth_call", {"to": BOB})) for _ in range(8)]
    await asyncio.sleep(0)
    assert await asker.result("eth_blockNumber") == "0x0"
    assert not all(call.done() for call in endless)
    for answer in await asyncio.gather(*endless):
        assert answer["error"]["code"] == -32000
