"""One client, and the same answers of the embedded L1 and of anvil."""

from collections.abc import Sequence
from typing import Any

import pytest

from corollup.errors import EncodingError, RpcError
from corollup.l1.account import L1Account
from corollup.l1.client import ContractReverted, L1Client, L1TimeoutError, UnknownBlockError
from corollup.l1.dev_accounts import DEV_ACCOUNTS, DEV_BALANCE
from corollup.l1.headers import encode_header
from corollup.l1.transport import L1UnreachableError
from corollup.spec.encoding import keccak256
from tests.l1.conftest import TestL1

ALICE, BOB = DEV_ACCOUNTS[0], DEV_ACCOUNTS[1]

STORE = bytes.fromhex("5f35805f555f5260205fa0")
"""Stores the first word of the call data in slot 0 and logs it without topics."""

REVERT = bytes.fromhex("5f355f5260205ffd")
"""Reverts with the first word of the call data."""


def deploy_code(code: bytes) -> bytes:
    """Init code that deploys `code`."""
    return bytes([0x60, len(code), 0x60, 0x0A, 0x5F, 0x39, 0x60, len(code), 0x5F, 0xF3]) + code


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


@pytest.fixture
def alice(l1: TestL1) -> L1Account:
    return L1Account(l1.client, ALICE.private_key)


async def deploy(account: L1Account, code: bytes) -> bytes:
    receipt = await account.transact(None, deploy_code(code))
    assert receipt.contract_address is not None
    return receipt.contract_address


async def test_the_accounts_of_the_mnemonic_are_funded(l1: TestL1) -> None:
    assert await l1.client.get_chain_id() == 31337
    for account in DEV_ACCOUNTS:
        assert await l1.client.get_balance(account.address) == DEV_BALANCE


async def test_the_keys_are_those_of_the_mnemonic() -> None:
    from eth_account import Account

    from corollup.l1.dev_accounts import DEV_MNEMONIC

    Account.enable_unaudited_hdwallet_features()
    for index, account in enumerate(DEV_ACCOUNTS):
        path = f"m/44'/60'/0'/0/{index}"
        derived = Account.from_mnemonic(DEV_MNEMONIC, account_path=path)
        assert bytes(derived.key) == account.private_key
        assert bytes.fromhex(derived.address[2:]) == account.address


async def test_a_transfer(l1: TestL1, alice: L1Account) -> None:
    receipt = await alice.transact(BOB.address, value=5)
    assert (receipt.succeeded, receipt.gas_used, receipt.logs) == (True, 21_000, ())
    assert await l1.client.get_balance(BOB.address) == DEV_BALANCE + 5
    assert await l1.client.get_nonce(alice.address) == 1
    assert await l1.client.get_block_number() == receipt.block_number


async def test_a_contract_uses_the_same_gas_everywhere(l1: TestL1, alice: L1Account) -> None:
    receipt = await alice.transact(None, deploy_code(STORE))
    contract = receipt.contract_address
    assert contract is not None
    assert await l1.client.get_code(contract) == STORE
    stores = [await alice.transact(contract, word(value)) for value in (7, 8, 0)]
    assert receipt.gas_used == 55_560
    assert [store.gas_used for store in stores] == [43_894, 26_794, 21_982]
    (log,) = stores[0].logs
    assert (log.address, log.topics, log.data) == (contract, (), word(7))
    assert log.tx_hash == stores[0].tx_hash
    found = await l1.client.get_logs(address=contract, from_block=0)
    assert [log.data for log in found] == [word(7), word(8), word(0)]


async def test_a_revert_carries_its_output(l1: TestL1, alice: L1Account) -> None:
    contract = await deploy(alice, REVERT)
    with pytest.raises(ContractReverted) as caught:
        await l1.client.call(contract, word(9))
    assert caught.value.data == word(9)
    with pytest.raises(ContractReverted) as caught:
        await l1.client.estimate_gas(contract, word(9), sender=ALICE.address)
    assert caught.value.data == word(9)
    with pytest.raises(ContractReverted) as caught:
        await alice.transact(contract, word(9), gas=100_000)
    assert caught.value.data == word(9)
    assert (await alice.transact(BOB.address)).succeeded, "the nonce was used"


async def test_the_gas_cap_of_a_transaction(l1: TestL1, alice: L1Account) -> None:
    assert (await alice.transact(BOB.address, gas=(1 << 24) - 1)).succeeded
    assert (await alice.transact(BOB.address, gas=1 << 24)).succeeded
    with pytest.raises(RpcError):
        await alice.transact(BOB.address, gas=(1 << 24) + 1)
    assert (await alice.transact(BOB.address)).succeeded, "the nonce is asked for again"


async def test_headers_hash_to_their_blocks(l1: TestL1, alice: L1Account) -> None:
    await alice.transact(BOB.address, value=1)
    await l1.mine(3)
    head = await l1.client.get_header()
    assert head == await l1.client.get_header(head.hash) == await l1.client.get_header(head.number)
    assert head.parent_hash == (await l1.client.get_header(head.number - 1)).hash
    for number in range(1, head.number + 1):
        raw = await l1.client.get_raw_header(number)
        assert keccak256(raw) == (await l1.client.get_header(number)).hash


async def test_a_header_that_lies_is_refused(l1: TestL1) -> None:
    fields = await l1.client.request("eth_getBlockByNumber", "latest", False)
    encode_header(fields)
    with pytest.raises(EncodingError, match="header: its fields hash to 0x"):
        encode_header(fields | {"mixHash": "0x" + "11" * 32})


async def test_the_history_contract_has_the_parents(l1: TestL1) -> None:
    await l1.mine(3)
    history = bytes.fromhex("0000F90827F1C53a10cb7A02335B175320002935")
    header = await l1.client.get_header(1)
    assert await l1.client.call(history, word(1)) == header.hash


async def test_unknown_blocks_and_transactions(l1: TestL1) -> None:
    with pytest.raises(UnknownBlockError, match="the L1 node has no block 99"):
        await l1.client.get_header(99)
    assert await l1.client.get_receipt(b"\x01" * 32) is None
    with pytest.raises(L1TimeoutError, match=r"is not mined after 0.1 s"):
        await l1.client.wait_for_receipt(b"\x01" * 32, timeout_seconds=0.1)


async def test_snapshots(l1: TestL1, alice: L1Account) -> None:
    snapshot = await l1.client.request("evm_snapshot")
    await l1.client.request("anvil_setBalance", f"0x{BOB.address.hex()}", "0x5")
    assert await l1.client.get_balance(BOB.address) == 5
    await alice.transact(BOB.address, value=1)
    assert await l1.client.request("evm_revert", snapshot) is True
    assert await l1.client.get_balance(BOB.address) == DEV_BALANCE
    assert await l1.client.get_block_number() == 0


async def test_time_can_be_set(l1: TestL1) -> None:
    now = (await l1.client.get_header()).timestamp
    await l1.client.request("evm_setNextBlockTimestamp", now + 1000)
    await l1.client.request("evm_mine")
    assert (await l1.client.get_header()).timestamp == now + 1000
    await l1.client.request("evm_increaseTime", 500)
    await l1.client.request("evm_mine")
    assert (await l1.client.get_header()).timestamp >= now + 1500


async def test_an_impersonated_account_needs_no_signature(l1: TestL1) -> None:
    stranger = b"\x77" * 20
    await l1.client.request("anvil_setBalance", f"0x{stranger.hex()}", hex(10**18))
    await l1.client.request("anvil_impersonateAccount", f"0x{stranger.hex()}")
    request = {"from": f"0x{stranger.hex()}", "to": f"0x{BOB.address.hex()}", "value": "0x7"}
    tx_hash = await l1.client.request("eth_sendTransaction", request)
    # anvil answers before it has mined.
    receipt = await l1.client.wait_for_receipt(bytes.fromhex(tx_hash[2:]))
    assert receipt.succeeded
    assert await l1.client.get_balance(BOB.address) == DEV_BALANCE + 7


async def test_a_reorganisation_drops_blocks(l1: TestL1, alice: L1Account) -> None:
    await l1.mine(3)
    old = await l1.client.get_header(3)
    receipt = await alice.transact(BOB.address, value=1)
    await l1.client.request("anvil_reorg", 2, *([[]] if l1.name == "anvil" else []))
    assert (await l1.client.get_header(3)).hash != old.hash
    assert await l1.client.get_receipt(receipt.tx_hash) is None


async def test_web3_reaches_the_same_chain(l1: TestL1, alice: L1Account) -> None:
    await alice.transact(BOB.address, value=1)
    assert await l1.client.w3.is_connected()
    assert await l1.client.w3.eth.block_number == 1
    block = await l1.client.w3.eth.get_block("latest", full_transactions=True)
    assert bytes(block["hash"]) == (await l1.client.get_header()).hash


async def test_no_node_is_named() -> None:
    client = L1Client.http("http://127.0.0.1:1")
    with pytest.raises(L1UnreachableError, match=r"no answer from http://127\.0\.0\.1:1"):
        await client.get_chain_id()
    assert not await client.w3.is_connected()
    await client.close()


class Stranger:
    """A node that gives one answer to everything."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    async def request(self, method: str, params: Sequence[Any]) -> Any:  # noqa: ARG002
        return self.answer

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("answer", [None, "zz", 5, [], {}, {"number": "0x1"}, "0x"])
async def test_malformed_answers_are_typed(answer: Any) -> None:
    client = L1Client(Stranger(answer))
    with pytest.raises(L1UnreachableError, match="the answer to eth_chainId is malformed"):
        await client.get_chain_id()
    expected = UnknownBlockError if answer is None else L1UnreachableError
    with pytest.raises(expected):
        await client.get_header("latest")
    with pytest.raises(expected):
        await client.get_raw_header("latest")
