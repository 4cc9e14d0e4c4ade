"""Transactions reach the L1 once, or an error says that they did not."""

import asyncio

import pytest

from corollup.l1.abi import Call
from corollup.l1.client import L1Client
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.l1.embedded import EmbeddedL1
from corollup.l1.submitter import SubmissionError, Submitter
from corollup.node.clock import VirtualClock, run_virtual

RECIPIENT = b"\x77" * 20
REVERTING = bytes.fromhex("60006000fd")
"""A contract whose every call reverts."""


def make_l1() -> tuple[EmbeddedL1, Submitter]:
    l1 = EmbeddedL1(clock=VirtualClock(1_900_000_000.0))
    return l1, Submitter(L1Client.embedded(l1), DEV_ACCOUNTS[0].private_key)


def test_transaction_is_mined_once() -> None:
    async def scenario() -> None:
        l1, submitter = make_l1()
        mining = asyncio.create_task(l1.run())
        receipt = await submitter.submit(Call(RECIPIENT, b"", 5))
        mining.cancel()
        assert receipt.succeeded
        assert await submitter.client.get_balance(RECIPIENT) == 5

    run_virtual(scenario())


def test_stuck_transaction_is_sent_again_for_more_at_the_same_nonce() -> None:
    async def scenario() -> None:
        l1, submitter = make_l1()
        asyncio.get_running_loop().call_later(30, l1.mine)
        receipt = await submitter.submit(Call(RECIPIENT, b"", 5))
        assert await submitter.client.get_nonce(submitter.address, "latest") == 1
        assert await submitter.client.get_balance(RECIPIENT) == 5
        tip = 1_000_000_000
        base_fee = (await submitter.client.get_header(receipt.block_number)).base_fee
        assert receipt.effective_gas_price > base_fee + tip

    run_virtual(scenario())


def test_transaction_that_is_never_mined_is_given_up() -> None:
    async def scenario() -> None:
        _, submitter = make_l1()
        with pytest.raises(SubmissionError, match=r"^nonce 0 was not mined in 5 attempts$"):
            await submitter.submit(Call(RECIPIENT, b"", 5))

    run_virtual(scenario())


def test_call_that_would_revert_is_not_sent() -> None:
    async def scenario() -> None:
        l1, submitter = make_l1()
        l1.request("anvil_setCode", f"0x{RECIPIENT.hex()}", f"0x{REVERTING.hex()}")
        with pytest.raises(SubmissionError, match=r"^the call would fail: "):
            await submitter.submit(Call(RECIPIENT, b""))
        assert await submitter.client.get_nonce(submitter.address) == 0

    run_virtual(scenario())


def test_two_calls_at_once_take_two_nonces() -> None:
    async def scenario() -> None:
        l1, submitter = make_l1()
        mining = asyncio.create_task(l1.run())
        await asyncio.gather(*(submitter.submit(Call(RECIPIENT, b"", 5)) for _ in range(2)))
        mining.cancel()
        assert await submitter.client.get_balance(RECIPIENT) == 10
        assert await submitter.client.get_nonce(submitter.address, "latest") == 2

    run_virtual(scenario())
