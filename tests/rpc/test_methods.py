"""The methods of the embedded L1 over HTTP: shapes, error codes, limits."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corollup.l1.dev_accounts import DEV_ACCOUNTS, DEV_BALANCE
from corollup.l1.embedded import EmbeddedL1
from corollup.rpc.chains import Kind
from corollup.rpc.methods import METHODS
from tests.rollup import sign_transfer
from tests.rpc.conftest import Asker
from tests.support import require_data

ALICE, BOB = (f"0x{account.address.hex()}" for account in DEV_ACCOUNTS[:2])
UNKNOWN = "0x" + "11" * 32
LOOP = "0x5b5f56"
REVERT = "0x5f355f5260205ffd"


@pytest.fixture
def l1() -> EmbeddedL1:
    from tests.clock import FakeClock

    chain = EmbeddedL1(clock=FakeClock())
    chain.automine = True
    chain.request("eth_sendRawTransaction", transfer(0))
    return chain


def transfer(nonce: int, **fields: Any) -> str:
    return f"0x{sign_transfer(nonce, chainId=31337, **fields).hex()}"


async def test_every_method_of_the_table_exists(asker: Asker) -> None:
    for method, entry in METHODS.items():
        answer = await asker.ask(method)
        code = answer.get("error", {}).get("code")
        if Kind.L1 in entry.kind:
            assert code != -32601, answer
        else:
            assert code == -32601, answer


async def test_the_node_describes_itself(asker: Asker) -> None:
    assert (await asker.result("web3_clientVersion")).startswith("corollup/")
    assert await asker.result("net_version") == "31337"
    assert await asker.result("net_listening") is True
    assert await asker.result("net_peerCount") == "0x0"
    assert await asker.result("eth_syncing") is False
    assert (await asker.result("eth_accounts"))[0] == ALICE


async def test_proofs_are_refused_by_name(asker: Asker) -> None:
    error = (await asker.ask("eth_getProof", ALICE, [], "latest"))["error"]
    assert error["code"] == -32004
    assert "corollup_getVerkleProof" in error["message"]


async def test_unknown_things_are_null(asker: Asker) -> None:
    calls: list[tuple[Any, ...]] = [
        ("eth_getBlockByNumber", "0x99", False),
        ("eth_getBlockByHash", UNKNOWN, False),
        ("eth_getBlockReceipts", "0x99"),
        ("eth_getBlockTransactionCountByNumber", "0x99"),
        ("eth_getBlockTransactionCountByHash", UNKNOWN),
        ("eth_getTransactionByHash", UNKNOWN),
        ("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x1"),
        ("eth_getTransactionByBlockHashAndIndex", UNKNOWN, "0x0"),
        ("eth_getTransactionReceipt", UNKNOWN),
    ]
    for method, *params in calls:
        assert await asker.result(method, *params) is None


@pytest.mark.parametrize(
    ("code", "method", "params"),
    [
        (-32602, "eth_getBalance", []),
        (-32602, "eth_getBalance", ["0x12"]),
        (-32602, "eth_getBalance", [ALICE, "newest"]),
        (-32602, "eth_getBalance", [ALICE, "latest", 1]),
        (-32602, "eth_getBalance", [None]),
        (-32602, "eth_getBalance", [{}]),
        (-32602, "eth_getStorageAt", [ALICE, "0x" + "11" * 33]),
        (-32602, "eth_call", [{"to": 5}]),
        (-32602, "eth_call", [{"to": BOB, "data": "0x01", "input": "0x02"}]),
        (-32602, "eth_getLogs", [{"fromBlock": "0x2", "toBlock": "0x1"}]),
        (-32602, "eth_getLogs", [{"address": "0x1"}]),
        (-32602, "eth_feeHistory", ["0x1", "latest", [50, 25]]),
        (-32602, "eth_feeHistory", ["0x1", "latest", [101]]),
        (-32602, "eth_feeHistory", ["0x1", "latest", [-1]]),
        (-32602, "eth_sendRawTransaction", ["0x"]),
        (-32602, "eth_sendRawTransaction", ["zz"]),
        (-32602, "eth_getTransactionByHash", ["0x11"]),
        (-32001, "eth_getBalance", [ALICE, "0x99"]),
        (-32001, "eth_call", [{"to": BOB}, "0x99"]),
        (-32001, "eth_getLogs", [{"blockHash": UNKNOWN}]),
        (-32001, "eth_feeHistory", ["0x1", "0x99", []]),
        (-32000, "eth_call", [{"from": "0x" + "77" * 20, "to": BOB, "value": "0x1"}]),
        (-32000, "eth_estimateGas", [{"from": "0x" + "77" * 20, "to": BOB, "value": "0x1"}]),
        (-32000, "eth_sendTransaction", [{"from": "0x" + "77" * 20, "to": BOB}]),
    ],
    ids=str,
)
async def test_error_codes(asker: Asker, code: int, method: str, params: list[Any]) -> None:
    assert await asker.code(method, *params) == code


async def test_refused_transactions(asker: Asker) -> None:
    assert await asker.code("eth_sendRawTransaction", transfer(0)) == -32003
    assert await asker.code("eth_sendRawTransaction", transfer(1, value=2 * DEV_BALANCE)) == -32003
    assert await asker.code("eth_sendRawTransaction", transfer(1, gas=20_999)) == -32003


async def test_a_revert_has_code_3_and_its_output(asker: Asker, l1: EmbeddedL1) -> None:
    l1.request("anvil_setCode", BOB, REVERT)
    for method in ("eth_call", "eth_estimateGas"):
        error = (await asker.ask(method, {"to": BOB, "input": UNKNOWN}))["error"]
        assert (error["code"], error["data"]) == (3, UNKNOWN)


async def test_an_endless_loop_ends(asker: Asker, l1: EmbeddedL1) -> None:
    l1.request("anvil_setCode", BOB, LOOP)
    for gas in (None, "0xffffffffffffffff"):
        error = (await asker.ask("eth_call", {"to": BOB, "gas": gas}))["error"]
        assert error["code"] == -32000
    error = (await asker.ask("eth_estimateGas", {"to": BOB}))["error"]
    assert error == {"code": -32000, "message": "gas required exceeds allowance (16777216)"}


async def test_the_gas_of_a_call_is_capped(asker: Asker, l1: EmbeddedL1) -> None:
    l1.request("anvil_setCode", BOB, "0x5a5f5260205ff3")
    for gas, seen in [(49_999_999, 49_999_999), (50_000_000,) * 2, (50_000_001, 50_000_000)]:
        left = int(await asker.result("eth_call", {"to": BOB, "gas": hex(gas)}), 16)
        assert left == seen - 21_000 - 2


async def test_blocks_are_named_in_every_way(asker: Asker) -> None:
    block = await asker.result("eth_getBlockByNumber", "0x1", False)
    names: list[Any] = ["0x1", "latest", "pending", {"blockNumber": "0x1"}]
    names += [{"blockHash": block["hash"]}, {"blockHash": block["hash"], "requireCanonical": True}]
    for name in names:
        assert await asker.result("eth_getBalance", BOB, name) == hex(DEV_BALANCE + 1)
    for name in ["0x0", "earliest", "safe", "finalized"]:
        assert await asker.result("eth_getBalance", BOB, name) == hex(DEV_BALANCE)


@pytest.mark.parametrize(("count", "is_answered"), [(999, True), (1000, True), (1001, False)])
async def test_filter_limit(asker: Asker, count: int, is_answered: bool) -> None:
    addresses = [f"0x{index:040x}" for index in range(count)]
    topics = [f"0x{index:064x}" for index in range(count)]
    for query in ({"address": addresses}, {"topics": [topics]}, {"topics": [None, topics]}):
        if is_answered:
            assert await asker.result("eth_getLogs", query) == []
        else:
            assert await asker.code("eth_getLogs", query) == -32602


@pytest.mark.parametrize(("count", "is_answered"), [(99, True), (100, True), (101, False)])
async def test_percentile_limit(asker: Asker, count: int, is_answered: bool) -> None:
    answer = await asker.ask("eth_feeHistory", "0x1", "latest", [50] * count)
    assert ("result" in answer) == is_answered


async def test_log_limit(asker: Asker, l1: EmbeddedL1) -> None:
    # A loop that logs as often as the first word of the call data says.
    l1.request("anvil_setCode", BOB, "0x5f355b5f5fa060019003806002575000")
    for times in (4999, 5000):
        transaction = {"from": ALICE, "to": BOB, "input": f"0x{times:064x}", "gas": "0xffffff"}
        l1.request("eth_sendTransaction", transaction)
    assert len(await asker.result("eth_getLogs", {"fromBlock": "0x0"})) == 9999
    for expected in (10_000, -32005):
        transaction = {"from": ALICE, "to": BOB, "input": f"0x{1:064x}"}
        l1.request("eth_sendTransaction", transaction)
        answer = await asker.ask("eth_getLogs", {"fromBlock": "0x0"})
        found = len(answer["result"]) if "result" in answer else answer["error"]["code"]
        assert found == expected


async def test_fee_history_is_clamped(asker: Asker, l1: EmbeddedL1) -> None:
    l1.request("anvil_mine", hex(1025))
    for count, blocks in [(1023, 1023), (1024, 1024), (1025, 1024)]:
        history = await asker.result("eth_feeHistory", hex(count), "latest", [25.0, 75.0])
        assert len(history["gasUsedRatio"]) == blocks
        assert len(history["baseFeePerGas"]) == blocks + 1
        assert len(history["reward"]) == blocks


async def test_fee_history_of_a_transaction(asker: Asker) -> None:
    history = await asker.result("eth_feeHistory", "0x2", "latest", [10, 90])
    assert history["oldestBlock"] == "0x0"
    assert history["gasUsedRatio"] == [0.0, 21_000 / 60_000_000]
    assert history["reward"] == [["0x0", "0x0"], [hex(10**9)] * 2]


async def test_transaction_size_limit(asker: Asker) -> None:
    small = len(sign_transfer(1, chainId=31337, gas=1 << 24, data=bytes(1 << 19)))
    for nonce, over in [(1, -1), (2, 0), (3, 1)]:
        data = bytes((1 << 20) + over - small + (1 << 19))
        raw = transfer(nonce, gas=1 << 24, data=data)
        assert len(raw) == 2 + 2 * ((1 << 20) + over)
        body = {"jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction", "params": [raw]}
        _, answer = await asker.post(json.dumps(body).encode())
        assert answer.get("error", {}).get("code") == (-32000 if over > 0 else None)


def read_answers(folder: Path) -> Iterator[Any]:
    for path in sorted(folder.glob("*.io")):
        for line in path.read_text().splitlines():
            if line.startswith("<< "):
                yield json.loads(line[3:]).get("result")


def describe_fields(result: Any) -> dict[str, str]:
    """The form of each field, of a list's first entry: data and quantities are both hexadecimal."""
    if isinstance(result, list):
        return describe_fields(result[0]) if result else {}
    return {
        name: "hex" if isinstance(value, str) and value.startswith("0x") else type(value).__name__
        for name, value in result.items()
    }


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_getBlockByNumber", ["latest", True]),
        ("eth_getBlockByHash", ["HASH", False]),
        ("eth_getTransactionByHash", ["TX"]),
        ("eth_getTransactionReceipt", ["TX"]),
        ("eth_getBlockReceipts", ["latest"]),
        ("eth_feeHistory", ["0x1", "latest", [95, 99]]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_results_have_the_published_fields(
    asker: Asker, method: str, params: list[Any]
) -> None:
    folder = require_data(f"execution-apis/tests/{method}")
    block = await asker.result("eth_getBlockByNumber", "latest", False)
    names = {"HASH": block["hash"], "TX": block["transactions"][0]}
    params = [names.get(param, param) if isinstance(param, str) else param for param in params]
    found = describe_fields(await asker.result(method, *params))
    published = [describe_fields(answer) for answer in read_answers(folder) if answer]
    assert any(has_fields(found, fields) for fields in published), (found, published)


def has_fields(found: dict[str, str], published: dict[str, str]) -> bool:
    return all(
        name in found and (form == found[name] or "NoneType" in {form, found[name]})
        for name, form in published.items()
    )
