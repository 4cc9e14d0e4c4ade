"""The embedded L1 as its owner sees it."""

import asyncio
import contextlib

import pytest

from corollup.errors import RpcError
from corollup.l1.account import L1Account
from corollup.l1.client import L1Client
from corollup.l1.dev_accounts import DEV_ACCOUNTS, DEV_BALANCE
from corollup.l1.embedded import EmbeddedL1
from tests.clock import FakeClock

ALICE, BOB = DEV_ACCOUNTS[0], DEV_ACCOUNTS[1]
START = 1_800_000_000


def head(l1: EmbeddedL1) -> tuple[int, int]:
    block = l1.request("eth_getBlockByNumber", "latest", False)
    return int(block["number"], 16), int(block["timestamp"], 16)


async def test_it_mines_every_interval() -> None:
    clock = FakeClock()
    l1 = EmbeddedL1(clock=clock, interval_seconds=2.0)
    mining = asyncio.create_task(l1.run())
    for _ in range(7):
        await asyncio.sleep(0)
    mining.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await mining
    number, timestamp = head(l1)
    assert number >= 3
    assert timestamp == START + 2 * number


def test_setup_blocks_are_a_second_apart_and_then_time_catches_up() -> None:
    clock = FakeClock()
    l1 = EmbeddedL1(clock=clock)
    l1.mine(5)
    assert head(l1) == (5, START + 5)
    clock.time += 100
    l1.mine()
    assert head(l1) == (6, START + 100)


def test_equal_seeds_give_equal_chains() -> None:
    def mine(seed: bytes) -> str:
        l1 = EmbeddedL1(clock=FakeClock(), seed=seed)
        l1.mine(3)
        mined: str = l1.request("eth_getBlockByNumber", "latest", False)["hash"]
        return mined

    assert mine(b"\x01" * 32) == mine(b"\x01" * 32) != mine(b"\x02" * 32)


async def test_a_reorganisation_can_keep_the_transactions() -> None:
    l1 = EmbeddedL1(clock=FakeClock())
    client = L1Client.embedded(l1)
    account = L1Account(client, ALICE.private_key)
    tx_hash = await account.send(BOB.address, value=1)
    l1.mine()
    old = await client.get_receipt(tx_hash)
    assert old is not None

    assert len(l1.reorg(1, keep_transactions=True)) == 1
    kept = await client.get_receipt(tx_hash)
    assert kept is not None
    assert (kept.block_number, await client.get_block_number()) == (1, 2)
    assert kept.block_hash != old.block_hash

    assert len(l1.reorg(2)) == 1
    assert await client.get_receipt(tx_hash) is None
    assert await client.get_balance(BOB.address) == DEV_BALANCE
    with pytest.raises(RpcError, match="cannot drop 4 of 3 blocks"):
        l1.reorg(4)


def test_randomness_time_and_balances_can_be_set() -> None:
    l1 = EmbeddedL1(clock=FakeClock())
    snapshot = l1.snapshot()
    l1.set_next_prev_randao(b"\x07" * 32)
    l1.set_next_timestamp(START + 50)
    l1.set_balance(b"\x66" * 20, 5)
    l1.mine()
    block = l1.request("eth_getBlockByNumber", "latest", False)
    assert (block["mixHash"], head(l1)[1]) == ("0x" + "07" * 32, START + 50)
    assert l1.request("eth_getBalance", "0x" + "66" * 20) == "0x5"
    l1.increase_time(100)
    l1.mine()
    assert head(l1)[1] == START + 150
    assert l1.revert(snapshot)
    assert not l1.revert(snapshot)
    assert head(l1) == (0, START)
    assert l1.request("eth_getBalance", "0x" + "66" * 20) == "0x0"


def test_an_impersonated_account_sends() -> None:
    l1 = EmbeddedL1(clock=FakeClock())
    stranger = b"\x66" * 20
    request = {"from": f"0x{stranger.hex()}", "to": f"0x{BOB.address.hex()}", "value": "0x1"}
    with pytest.raises(RpcError, match="is not impersonated"):
        l1.request("eth_sendTransaction", request)
    l1.impersonate(stranger)
    l1.set_balance(stranger, 10**18)
    tx_hash = l1.request("eth_sendTransaction", request)
    l1.mine()
    assert l1.request("eth_getTransactionReceipt", tx_hash)["status"] == "0x1"


def test_tags() -> None:
    l1 = EmbeddedL1(clock=FakeClock())
    l1.mine(5)
    numbers = [
        int(l1.request("eth_getBlockByNumber", tag, False)["number"], 16)
        for tag in ("latest", "safe", "finalized")
    ]
    assert numbers == [5, 4, 3]
