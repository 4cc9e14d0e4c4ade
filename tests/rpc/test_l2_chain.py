"""The L2 over HTTP: the pool's transactions beside those of packets, and the rollup's methods."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest

from corollup.engine import decode_transaction
from corollup.errors import ArgumentError
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.rpc.chains import Kind, L2Chain, TransactionRefusedError
from corollup.rpc.methods import METHODS
from corollup.rpc.server import RpcServer
from tests.rollup import L2_CHAIN_ID, Rollup, sign_transfer
from tests.rpc.conftest import Asker

ALICE = f"0x{DEV_ACCOUNTS[0].address.hex()}"


@dataclass
class HoldingSink:
    """A pool that holds transactions until it is emptied."""

    waiting: dict[bytes, bytes] = field(default_factory=dict)
    refusal: Exception | None = None

    async def submit(self, raw: bytes) -> bytes:
        if self.refusal is not None:
            raise self.refusal
        info = decode_transaction(raw)
        self.waiting[info.hash] = raw
        return info.hash

    def pending_nonce(self, address: bytes) -> int | None:
        infos = map(decode_transaction, self.waiting.values())
        nonces = [info.nonce for info in infos if info.sender == address]
        return max(nonces) + 1 if nonces else None

    def pending_transaction(self, tx_hash: bytes) -> bytes | None:
        return self.waiting.get(tx_hash)


@pytest.fixture
def rollup() -> Rollup:
    return Rollup()


@pytest.fixture
def sink() -> HoldingSink:
    return HoldingSink()


@pytest.fixture
async def asker(rollup: Rollup, sink: HoldingSink) -> AsyncIterator[Asker]:
    async with (
        RpcServer(L2Chain(rollup.ledger, sink), port=0) as server,
        aiohttp.ClientSession() as session,
    ):
        yield Asker(session, server.url)


async def test_every_method_of_the_table_exists(asker: Asker) -> None:
    for method, entry in METHODS.items():
        answer = await asker.ask(method)
        code = answer.get("error", {}).get("code")
        assert (code != -32601) == (Kind.L2 in entry.kind), answer


async def test_the_chain_is_the_rollup(asker: Asker) -> None:
    assert await asker.result("eth_chainId") == hex(L2_CHAIN_ID)
    assert await asker.result("eth_accounts") == []


async def test_a_transaction_waits_and_is_included(
    asker: Asker, rollup: Rollup, sink: HoldingSink
) -> None:
    raw = sign_transfer()
    tx_hash = await asker.result("eth_sendRawTransaction", f"0x{raw.hex()}")
    assert tx_hash == f"0x{decode_transaction(raw).hash.hex()}"
    waiting = await asker.result("eth_getTransactionByHash", tx_hash)
    assert (waiting["from"], waiting["blockNumber"]) == (ALICE, None)
    assert await asker.result("eth_getTransactionReceipt", tx_hash) is None
    assert await asker.result("eth_getTransactionCount", ALICE, "pending") == "0x1"
    assert await asker.result("eth_getTransactionCount", ALICE, "latest") == "0x0"

    rollup.produce(*sink.waiting.values())
    sink.waiting.clear()
    included = await asker.result("eth_getTransactionByHash", tx_hash)
    assert included["blockNumber"] == "0x1"
    assert included["blockHash"] == f"0x{rollup.ledger.head_hash.hex()}"
    assert await asker.result("eth_getTransactionCount", ALICE, "pending") == "0x1"


async def test_refusals_have_their_codes(asker: Asker, sink: HoldingSink) -> None:
    raw = f"0x{sign_transfer().hex()}"
    sink.refusal = TransactionRefusedError("nonce too low")
    answer = await asker.ask("eth_sendRawTransaction", raw)
    assert answer["error"] == {"code": -32003, "message": "nonce too low"}
    sink.refusal = ArgumentError("another error of ours")
    assert await asker.code("eth_sendRawTransaction", raw) == -32000
    sink.refusal = ZeroDivisionError("a defect")
    answer = await asker.ask("eth_sendRawTransaction", raw)
    assert answer["error"] == {"code": -32603, "message": "internal error"}


@pytest.mark.parametrize("params", [[], ["zz"], ["0xzz"], ["0x", "0x"], [5], [None]], ids=str)
async def test_malformed_transactions(asker: Asker, params: list[object]) -> None:
    assert await asker.code("eth_sendRawTransaction", *params) == -32602


async def test_heads_and_packets(asker: Asker, rollup: Rollup) -> None:
    rollup.produce(sign_transfer())
    rollup.produce()
    rollup.ledger.set_heads(endorsed=1, committed=1, finalized=0)
    heads = await asker.result("corollup_getHeads")
    assert {head: entry["number"] for head, entry in heads.items()} == {
        "executed": "0x2",
        "endorsed": "0x1",
        "committed": "0x1",
        "finalized": "0x0",
    }
    assert heads["executed"]["digest"] == f"0x{rollup.ledger.head_hash.hex()}"
    packet = await asker.result("corollup_getPacketByNumber", "0x1")
    assert packet["status"] == "committed"
    assert packet["transactions"] == [f"0x{decode_transaction(sign_transfer()).hash.hex()}"]
    assert len(packet["header"]) == 26
    assert await asker.result("corollup_getPacketByNumber", "0x3") is None
    latest = await asker.result("corollup_getPacketByNumber", "latest")
    assert latest["header"]["parentHash"] == packet["digest"]


async def test_a_verkle_proof(asker: Asker, rollup: Rollup) -> None:
    proof = await asker.result("corollup_getVerkleProof", ALICE, [], "latest")
    assert proof["stateRoot"] == f"0x{rollup.ledger.state_root.hex()}"
    assert await asker.code("corollup_getVerkleProof", ALICE, [], "0x9") == -32001
