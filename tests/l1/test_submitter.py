"""Transactions reach the L1 once, or an error says that they did not, whatever the node does."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from corollup.errors import RpcError, StoreError
from corollup.l1.abi import Call
from corollup.l1.client import L1Client
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.l1.embedded import EmbeddedL1
from corollup.l1.submitter import RESEND_SECONDS, TIP_WEI, SubmissionError, Submitter
from corollup.l1.transport import InProcessTransport, L1UnreachableError
from corollup.node.clock import VirtualClock, run_virtual

RECIPIENT = b"\x77" * 20
CALL = Call(RECIPIENT, b"", 5)
REVERTING = bytes.fromhex("60006000fd")
"""A contract whose every call reverts."""

Answer = Callable[[Any], Any]


@dataclass
class FaultyTransport:
    """An embedded L1 behind a node that changes or refuses the next answers to a method."""

    l1: EmbeddedL1
    faults: dict[str, list[Answer]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    async def request(self, method: str, params: Sequence[Any]) -> Any:
        if method == "eth_sendRawTransaction":
            self.sent.append(params[0])
        faults = self.faults.get(method, [])
        change = faults.pop(0) if faults else None
        if change is drop:
            return f"0x{bytes(32).hex()}"
        if change in (time_out, refuse_as_known):
            change(None)
        answer = await InProcessTransport(self.l1).request(method, params)
        return answer if change is None else change(answer)

    async def close(self) -> None:
        pass


def drop(_: Any) -> Any:
    """Say that it was sent, and do not send it."""
    raise AssertionError


def time_out(_: Any) -> Any:
    raise L1UnreachableError("no answer")


def refuse_as_known(_: Any) -> Any:
    raise RpcError(-32000, "replacement transaction underpriced")


def lose_answer(_: Any) -> Any:
    """Do it, and do not answer."""
    raise L1UnreachableError("no answer")


@dataclass
class Bench:
    l1: EmbeddedL1
    node: FaultyTransport
    submitter: Submitter

    async def received(self) -> int:
        return await L1Client.embedded(self.l1).get_balance(RECIPIENT)

    async def nonce(self) -> int:
        return await L1Client.embedded(self.l1).get_nonce(self.submitter.address, "latest")


def make_bench(**options: Any) -> Bench:
    l1 = EmbeddedL1(clock=VirtualClock(1_900_000_000.0))
    node = FaultyTransport(l1)
    return Bench(l1, node, Submitter(L1Client(node), DEV_ACCOUNTS[0].private_key, **options))


def mining(scenario: Callable[[Bench], Coroutine[Any, Any, None]], **options: Any) -> None:
    """Run a scenario while the L1 mines a block a second."""

    async def run() -> None:
        bench = make_bench(**options)
        mining = asyncio.create_task(bench.l1.run())
        await scenario(bench)
        mining.cancel()

    run_virtual(run())


def idle(scenario: Callable[[Bench], Coroutine[Any, Any, None]], **options: Any) -> None:
    """Run a scenario on an L1 that mines when it is told to."""

    async def run() -> None:
        await scenario(make_bench(**options))

    run_virtual(run())


def test_transaction_is_mined_once() -> None:
    async def scenario(bench: Bench) -> None:
        receipt = await bench.submitter.submit(CALL)
        assert receipt.succeeded
        assert (await bench.received(), len(bench.node.sent)) == (5, 1)

    mining(scenario)


def test_two_calls_at_once_take_two_nonces() -> None:
    async def scenario(bench: Bench) -> None:
        await asyncio.gather(*(bench.submitter.submit(CALL) for _ in range(2)))
        assert (await bench.received(), await bench.nonce()) == (10, 2)

    mining(scenario)


def test_stuck_transaction_is_sent_again_for_more_at_the_same_nonce() -> None:
    async def scenario(bench: Bench) -> None:
        asyncio.get_running_loop().call_later(30, bench.l1.mine)
        receipt = await bench.submitter.submit(CALL)
        assert (await bench.received(), await bench.nonce()) == (5, 1)
        base_fee = (await bench.submitter.client.get_header(receipt.block_number)).base_fee
        assert receipt.effective_gas_price > base_fee + TIP_WEI

    idle(scenario)


def test_transaction_that_is_never_mined_is_given_up() -> None:
    async def scenario(bench: Bench) -> None:
        with pytest.raises(SubmissionError, match=r"^nonce 0 was not mined in 5 attempts$"):
            await bench.submitter.submit(CALL)

    idle(scenario)


def test_call_that_would_revert_is_not_sent() -> None:
    async def scenario(bench: Bench) -> None:
        bench.l1.request("anvil_setCode", f"0x{RECIPIENT.hex()}", f"0x{REVERTING.hex()}")
        with pytest.raises(SubmissionError, match=r"^the call would fail: "):
            await bench.submitter.submit(Call(RECIPIENT, b""))
        assert bench.node.sent == []

    idle(scenario)


def test_transaction_that_the_node_dropped_is_sent_again() -> None:
    async def scenario(bench: Bench) -> None:
        bench.node.faults["eth_sendRawTransaction"] = [drop, drop]
        await bench.submitter.submit(CALL)
        assert (await bench.received(), await bench.nonce()) == (5, 1)
        assert len(bench.node.sent) == 3

    mining(scenario)


@pytest.mark.parametrize("fault", [time_out, refuse_as_known, lose_answer])
def test_refused_or_unanswered_sending_neither_loses_nor_doubles(fault: Answer) -> None:
    async def scenario(bench: Bench) -> None:
        bench.node.faults["eth_sendRawTransaction"] = [fault]
        await bench.submitter.submit(CALL)
        assert (await bench.received(), await bench.nonce()) == (5, 1)

    mining(scenario)


def test_outage_while_waiting_for_the_receipt_is_waited_out() -> None:
    async def scenario(bench: Bench) -> None:
        bench.node.faults["eth_getTransactionReceipt"] = [time_out] * 20
        await bench.submitter.submit(CALL)
        assert (await bench.received(), len(bench.node.sent)) == (5, 1)

    mining(scenario)


def test_receipt_of_another_transaction_does_not_count() -> None:
    async def scenario(bench: Bench) -> None:
        def lie(answer: Any) -> Any:
            return None if answer is None else {**answer, "transactionHash": "0x" + "11" * 32}

        bench.node.faults["eth_getTransactionReceipt"] = [lie] * 10
        receipt = await bench.submitter.submit(CALL)
        assert receipt.tx_hash != b"\x11" * 32

    mining(scenario)


def test_receipt_of_a_block_that_is_not_on_the_chain_does_not_count() -> None:
    async def scenario(bench: Bench) -> None:
        def lie(answer: Any) -> Any:
            return None if answer is None else {**answer, "blockHash": "0x" + "11" * 32}

        bench.node.faults["eth_getTransactionReceipt"] = [lie] * 10
        receipt = await bench.submitter.submit(CALL)
        assert receipt.block_hash != b"\x11" * 32

    mining(scenario)


def test_false_nonce_is_asked_for_again() -> None:
    async def scenario(bench: Bench) -> None:
        bench.node.faults["eth_getTransactionCount"] = [lambda _: "0x7", lambda _: "0x7"]
        await bench.submitter.submit(CALL)
        assert (await bench.received(), await bench.nonce()) == (5, 1)

    mining(scenario)


def test_nonce_that_was_used_elsewhere_is_asked_for_again() -> None:
    async def scenario(bench: Bench) -> None:
        other = Submitter(L1Client.embedded(bench.l1), bench.submitter.secret)
        await other.submit(CALL)
        bench.node.faults["eth_getTransactionCount"] = [lambda _: "0x0"] * 2
        await bench.submitter.submit(CALL)
        assert (await bench.received(), await bench.nonce()) == (10, 2)

    mining(scenario)


def test_base_fee_above_the_cap_is_waited_out() -> None:
    async def scenario(bench: Bench) -> None:
        def raise_base_fee(answer: Any) -> Any:
            return {**answer, "baseFeePerGas": hex(10**12)}

        bench.node.faults["eth_getBlockByNumber"] = [raise_base_fee]
        receipt = await bench.submitter.submit(CALL)
        assert len(bench.node.sent) == 1
        assert receipt.effective_gas_price <= bench.submitter.max_fee_per_gas

    mining(scenario)


def test_nothing_is_spent_above_the_cap() -> None:
    async def scenario(bench: Bench) -> None:
        with pytest.raises(SubmissionError, match=r"^gas costs more than the cap of 1 wei$"):
            await bench.submitter.submit(CALL)
        assert bench.node.sent == []

    mining(scenario, max_fee_per_gas=1)


def test_transaction_that_a_reorganization_took_back_is_sent_again() -> None:
    async def scenario(bench: Bench) -> None:
        task = asyncio.create_task(bench.submitter.submit(CALL))
        await asyncio.sleep(0.1)
        bench.l1.mine()
        await asyncio.sleep(1)
        assert not task.done()
        bench.l1.reorg(1)
        assert await bench.received() == 0
        await asyncio.sleep(RESEND_SECONDS + 1)
        bench.l1.mine(3)
        await task
        assert (await bench.received(), await bench.nonce()) == (5, 1)

    idle(scenario, confirmations=3)


@pytest.mark.parametrize("is_sent", [False, True])
def test_process_that_died_between_signing_and_sending_takes_it_up(
    tmp_path: Path, is_sent: bool
) -> None:
    journal = tmp_path / "journal.json"

    async def scenario(bench: Bench) -> None:
        def die(_: Any) -> Any:
            raise asyncio.CancelledError

        if not is_sent:
            bench.node.faults["eth_sendRawTransaction"] = [drop]
        bench.node.faults["eth_getTransactionReceipt"] = [die]
        with pytest.raises(asyncio.CancelledError):
            await bench.submitter.submit(CALL)
        assert journal.exists()

        again = Submitter(bench.submitter.client, bench.submitter.secret, journal_path=journal)
        await again.submit(Call(RECIPIENT, b"", 7))
        assert (await bench.received(), await bench.nonce()) == (12, 2)
        assert not journal.exists()

    mining(scenario, journal_path=journal)


def test_journal_of_something_else_is_refused(tmp_path: Path) -> None:
    journal = tmp_path / "journal.json"
    journal.write_text('[["x"]]')

    async def scenario(bench: Bench) -> None:
        with pytest.raises(StoreError, match=r"is no journal of transactions"):
            await bench.submitter.submit(CALL)

    idle(scenario, journal_path=journal)
