"""The L2 ledger: packets of one's own and of others, heads, and the way back."""

import json
from typing import Any

import pytest

from corollup.engine import decode_transaction
from corollup.errors import ArgumentError, EncodingError, Reason, Rejected, RpcError, StateError
from corollup.l1.dev_accounts import DEV_ACCOUNTS, ETHER
from corollup.spec.containers import Header
from tests.rollup import CONFIG, PRODUCER, Rollup, sign_transfer

ALICE, BOB = DEV_ACCOUNTS[0].address, DEV_ACCOUNTS[1].address


def ask(rollup: Rollup, method: str, *params: Any) -> Any:
    return json.loads(rollup.ledger.request(method, json.dumps(params).encode()))


def test_an_own_packet_becomes_the_head() -> None:
    rollup = Rollup()
    raw = sign_transfer()
    candidate = rollup.build(raw, b"\x02")
    assert rollup.ledger.number == 0, "building moves nothing"
    tx_hash = decode_transaction(raw).hash
    assert candidate.included == [tx_hash]
    ((index, _, is_permanent),) = candidate.refused
    assert (index, is_permanent) == (1, True)

    rollup.produce(raw)
    header = Header.decode(candidate.header)
    assert (rollup.ledger.number, rollup.ledger.head_hash) == (1, candidate.digest)
    assert rollup.ledger.state_root == header.post_state_root
    assert rollup.ledger.account(BOB) == (0, 10_000 * ETHER + 1)
    assert rollup.ledger.account(PRODUCER) == (0, 21_000 * 10**9)
    receipt = ask(rollup, "eth_getTransactionReceipt", f"0x{tx_hash.hex()}")
    assert (receipt["status"], receipt["blockHash"]) == ("0x1", f"0x{candidate.digest.hex()}")


def test_a_packet_needs_its_signature() -> None:
    rollup = Rollup()
    with pytest.raises(ArgumentError, match="the packet is not signed"):
        rollup.ledger.append(rollup.build())


def test_a_gap_in_nonces_is_not_permanent() -> None:
    ((_, reason, is_permanent),) = Rollup().build(sign_transfer(nonce=1)).refused
    assert "nonce 1 too high" in reason
    assert not is_permanent


def test_importing_gives_the_same_ledger() -> None:
    producer, importer = Rollup(), Rollup()
    for nonce in range(3):
        encoded = producer.produce(sign_transfer(nonce=nonce))
        assert importer.ledger.import_result(encoded) == nonce + 1
        assert importer.ledger.result(nonce + 1) == encoded
    assert importer.ledger.head_hash == producer.ledger.head_hash
    assert importer.ledger.parent == producer.ledger.parent
    for block in ("0x0", "0x2", "latest"):
        assert ask(importer, "eth_getBlockByNumber", block, True) == ask(
            producer, "eth_getBlockByNumber", block, True
        )
    assert importer.produce(sign_transfer(nonce=3)) == producer.produce(sign_transfer(nonce=3))


def test_a_bad_packet_is_not_imported() -> None:
    producer, importer = Rollup(), Rollup()
    encoded = bytearray(producer.produce(sign_transfer()))
    encoded[-1] ^= 1
    with pytest.raises(Rejected) as caught:
        importer.ledger.import_result(bytes(encoded))
    assert caught.value.reason in {Reason.MALFORMED_PROOF, Reason.INVALID_PROOF}
    second = producer.produce()
    with pytest.raises(Rejected) as caught:
        importer.ledger.import_result(second)
    assert caught.value.reason is Reason.WRONG_PARENT_HASH
    assert importer.ledger.number == 0


def test_going_back_replaces_packets() -> None:
    rollup = Rollup()
    for nonce in range(3):
        rollup.produce(sign_transfer(nonce=nonce))
    first = rollup.ledger.digest(1)
    roots = [ask(rollup, "eth_getBlockByNumber", hex(n))["stateRoot"] for n in range(4)]
    rollup.ledger.revert_to(1)
    assert (rollup.ledger.number, rollup.ledger.head_hash) == (1, first)
    assert f"0x{rollup.ledger.state_root.hex()}" == roots[1]
    assert rollup.ledger.account(ALICE)[0] == 1
    assert rollup.ledger.digest(2) is None
    rollup.produce(sign_transfer(nonce=1), view=1)
    assert rollup.ledger.account(ALICE)[0] == 2


def test_heads_bound_each_other() -> None:
    rollup = Rollup()
    for _ in range(5):
        rollup.produce()
    ledger = rollup.ledger
    ledger.set_heads(endorsed=4, committed=3, finalized=1)
    assert ledger.heads == (4, 3, 1)
    statuses = [ask(rollup, "corollup_getPacketByNumber", hex(n))["status"] for n in range(1, 6)]
    assert statuses == ["finalized", "committed", "committed", "endorsed", "executed"]
    tags = {
        tag: int(ask(rollup, "eth_getBlockByNumber", tag)["number"], 16)
        for tag in ("latest", "safe", "finalized", "earliest", "pending")
    }
    assert tags == {"latest": 5, "safe": 4, "finalized": 1, "earliest": 0, "pending": 5}

    ledger.set_heads(endorsed=1, committed=2, finalized=1)
    assert ledger.heads == (2, 2, 1), "what is committed is endorsed"
    with pytest.raises(ArgumentError, match="head 6 is above the executed one, 5"):
        ledger.set_heads(endorsed=6, committed=2, finalized=1)
    with pytest.raises(ArgumentError, match="packet 1 is finalized, not 0"):
        ledger.set_heads(endorsed=1, committed=1, finalized=0)
    with pytest.raises(StateError, match="packet 1 is finalized, so there is no way back to 0"):
        ledger.revert_to(0)
    ledger.set_heads(endorsed=4, committed=3, finalized=1)
    ledger.revert_to(2)
    assert ledger.heads == (2, 2, 1)


def test_the_first_packet_has_the_genesis_base_fee() -> None:
    rollup = Rollup()
    assert rollup.ledger.next_base_fee() == CONFIG.genesis_base_fee
    history = ask(rollup, "eth_feeHistory", "0x1", "latest", [])
    assert int(history["baseFeePerGas"][-1], 16) == CONFIG.genesis_base_fee
    rollup.produce()
    assert rollup.ledger.next_base_fee() == CONFIG.genesis_base_fee * 7 // 8


def test_old_states_are_pruned() -> None:
    rollup = Rollup(history=2)
    for _ in range(4):
        rollup.produce()
    assert ask(rollup, "eth_getBalance", f"0x{ALICE.hex()}", "0x2") == hex(10_000 * ETHER)
    with pytest.raises(RpcError, match="state of block 1 is pruned"):
        ask(rollup, "eth_getBalance", f"0x{ALICE.hex()}", "0x1")
    with pytest.raises(StateError, match="state of block 1 is pruned"):
        rollup.ledger.revert_to(1)
    assert ask(rollup, "eth_getBlockByNumber", "0x1")["number"] == "0x1"


def test_the_last_results_are_kept() -> None:
    rollup = Rollup()
    first, second = rollup.produce(), rollup.produce()
    for _ in range(126):
        rollup.produce()
    assert rollup.ledger.result(1) == first
    rollup.produce()
    assert rollup.ledger.result(1) is None
    assert rollup.ledger.result(2) == second
    assert rollup.ledger.result(130) is None


def test_a_proof_of_an_account() -> None:
    from corollup.verkle import verify_verkle_proof
    from tests.rollup import L2_CHAIN_ID

    rollup = Rollup()
    rollup.produce(sign_transfer())
    answer = ask(rollup, "corollup_getVerkleProof", f"0x{ALICE.hex()}", ["0x0", "0x1"], "0x0")
    values = [
        (bytes.fromhex(entry["key"][2:]), bytes.fromhex((entry["value"] or "0x" + "00" * 32)[2:]))
        for entry in answer["values"]
    ]
    root, proof = (bytes.fromhex(answer[name][2:]) for name in ("stateRoot", "proof"))
    assert root == rollup.state.root
    assert len(values) == 4
    verify_verkle_proof(L2_CHAIN_ID, root, values, proof)


@pytest.mark.parametrize(("slots", "is_answered"), [(1023, True), (1024, True), (1025, False)])
def test_proof_limit(slots: int, is_answered: bool) -> None:
    rollup = Rollup()
    params = [f"0x{ALICE.hex()}", [hex(slot) for slot in range(slots)]]
    if is_answered:
        assert len(ask(rollup, "corollup_getVerkleProof", *params)["values"]) == slots + 2
    else:
        with pytest.raises(RpcError, match="1025 slots, the limit is 1024"):
            ask(rollup, "corollup_getVerkleProof", *params)


def test_a_transaction_is_described() -> None:
    info = decode_transaction(sign_transfer(nonce=7))
    assert (info.sender, info.nonce, info.gas_limit, info.intrinsic_gas) == (ALICE, 7, 21000, 21000)
    assert (info.kind, info.value, info.max_fee_per_gas) == (2, 1, 10**10)
    with pytest.raises(EncodingError):
        decode_transaction(b"\x02\xc0")
