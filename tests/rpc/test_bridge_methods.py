"""Messages from L1 in blocks, and proofs of what leaves for the L1."""

from typing import Any

from corollup.l1.abi import encode_call
from corollup.spec.containers import Header, InboxSection
from corollup.spec.inbox import InboxMessage, compute_message_hash
from corollup.spec.merkle import MerklePath, verify_merkle_path
from corollup.spec.outbox import (
    OUTBOX,
    PlacedWithdrawal,
    Withdrawal,
    compute_sent_slot,
    compute_withdrawal_hash,
)
from tests.rollup import L2_CHAIN_ID, Rollup, sign_transfer
from tests.rpc.test_ledger import ask

L1_CHAIN_ID = 31337
DEPOSITOR = b"\x11" * 20
TARGET = b"\x22" * 20


def encode_send(data: bytes) -> bytes:
    return encode_call("sendMessage", ["address", "uint64", "bytes"], [TARGET, 30_000, data])


def make_rollup() -> Rollup:
    """One packet: a message that withdraws, one that fails, and a transaction that withdraws."""
    rollup = Rollup()
    withdrawing = InboxMessage(DEPOSITOR, OUTBOX, 10**18, 5, 200_000, encode_send(b"\x01\x02\x03"))
    failing = InboxMessage(DEPOSITOR, TARGET, 7, 10**20, 21_000, b"")
    transaction = sign_transfer(to=OUTBOX, gas=200_000, value=9, data=encode_send(b""))
    rollup.produce(transaction, inbox=InboxSection(L1_CHAIN_ID, (withdrawing, failing)))
    return rollup


def show(data: bytes) -> str:
    return f"0x{data.hex()}"


def test_messages_are_the_first_transactions_of_a_block() -> None:
    rollup = make_rollup()
    block = ask(rollup, "eth_getBlockByNumber", "0x1", True)
    kinds = [transaction["type"] for transaction in block["transactions"]]
    assert kinds == ["0x7e", "0x7e", "0x2"]
    first = block["transactions"][0]
    assert (first["from"], first["to"]) == (show(DEPOSITOR), show(OUTBOX))
    assert (first["mint"], first["value"], first["inboxIndex"]) == (hex(10**18), "0x5", "0x0")
    receipts = ask(rollup, "eth_getBlockReceipts", "0x1")
    assert [receipt["status"] for receipt in receipts] == ["0x1", "0x0", "0x1"]
    assert receipts[0]["type"] == "0x7e"
    assert receipts[1]["gasUsed"] == hex(21_000)
    assert int(receipts[2]["cumulativeGasUsed"], 16) == int(block["gasUsed"], 16)
    assert ask(rollup, "eth_getTransactionReceipt", first["hash"]) == receipts[0]
    assert ask(rollup, "eth_getTransactionByHash", first["hash"]) == first
    assert ask(rollup, "eth_getBlockTransactionCountByNumber", "0x1") == "0x3"
    logs = ask(rollup, "eth_getLogs", {"address": show(OUTBOX), "fromBlock": "0x1"})
    assert [log["transactionIndex"] for log in logs] == ["0x0", "0x2"]
    message = InboxMessage(DEPOSITOR, OUTBOX, 10**18, 5, 200_000, encode_send(b"\x01\x02\x03"))
    assert first["hash"] == show(compute_message_hash(L1_CHAIN_ID, 0, message))
    assert int(ask(rollup, "eth_getBalance", show(DEPOSITOR), "0x1"), 16) == 10**18 - 5 + 7


def read_path(proof: dict[str, Any]) -> MerklePath:
    siblings = tuple(bytes.fromhex(sibling[2:]) for sibling in proof["path"])
    return MerklePath(int(proof["count"], 16), int(proof["index"], 16), siblings)


def test_withdrawals_are_proven_under_the_header() -> None:
    rollup = make_rollup()
    words = rollup.ledger.header(1)
    assert words is not None
    header = Header.decode(words)
    shown = ask(rollup, "corollup_getWithdrawals", "0x1")
    assert [withdrawal["nonce"] for withdrawal in shown] == ["0x0", "0x1"]
    wallet = bytes.fromhex(shown[1]["sender"][2:])
    expected = (
        PlacedWithdrawal(Withdrawal(0, DEPOSITOR, TARGET, 5, 30_000, b"\x01\x02\x03"), 0, 0),
        PlacedWithdrawal(Withdrawal(1, wallet, TARGET, 9, 30_000, b""), 2, 0),
    )
    for placed in expected:
        nonce = placed.withdrawal.nonce
        proof = ask(rollup, "corollup_getWithdrawalProof", "0x1", hex(nonce))
        item = placed.encode(L2_CHAIN_ID)
        assert proof["item"] == show(item)
        assert verify_merkle_path(header.withdrawals_root, item, read_path(proof))
        withdrawal_hash = compute_withdrawal_hash(L2_CHAIN_ID, placed.withdrawal)
        assert proof["withdrawal"]["hash"] == show(withdrawal_hash)
        slot = show(compute_sent_slot(withdrawal_hash))
        assert int(ask(rollup, "eth_getStorageAt", show(OUTBOX), slot, "0x1"), 16) == 1


def test_packet_without_the_withdrawal_is_refused() -> None:
    import pytest

    from corollup.errors import RpcError

    rollup = make_rollup()
    with pytest.raises(RpcError, match="packet 1 has no withdrawal 2"):
        ask(rollup, "corollup_getWithdrawalProof", "0x1", "0x2")
    assert ask(rollup, "corollup_getWithdrawals", "0x0") == []


def test_restart_keeps_the_messages(tmp_path: Any) -> None:
    path = tmp_path / "state"
    rollup = Rollup(path=path)
    message = InboxMessage(DEPOSITOR, TARGET, 10, 3, 30_000, b"")
    rollup.produce(sign_transfer(), inbox=InboxSection(L1_CHAIN_ID, (message,)))
    before = ask(rollup, "eth_getBlockByNumber", "0x1", True)
    receipts = ask(rollup, "eth_getBlockReceipts", "0x1")
    rollup.ledger.close()
    again = Rollup(path=path)
    assert ask(again, "eth_getBlockByNumber", "0x1", True) == before
    assert ask(again, "eth_getBlockReceipts", "0x1") == receipts
