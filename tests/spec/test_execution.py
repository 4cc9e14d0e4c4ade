"""Execution over the access list: a step reads and writes what the list says, and no more."""

from dataclasses import replace

import pytest
from eth_account import Account

from corollup.errors import CorollupError, Reason, Rejected
from corollup.spec.access_list import AccessList, AccountAccess, Entry, SlotAccess, Write
from corollup.spec.constants import Fork
from corollup.spec.encoding import encode_uint, keccak256
from corollup.spec.evm import BlockEnvironment, decode_transaction, find_excess_blob_gas
from corollup.spec.execution import execute
from corollup.spec.verkle.keys import BasicData
from tests.vectors.generate import fill

WALLET = Account.from_key(fill("wallet"))
SENDER = bytes.fromhex(WALLET.address[2:])
COINBASE = fill("coinbase", 20)
TARGET = fill("target", 20)
CODE = bytes.fromhex("6007600055")
"""Writes 7 to slot 0."""
CODES = {keccak256(CODE): CODE}
GAS = 21_000 + 2 * 3 + 22_100
ENVIRONMENT = BlockEnvironment(
    fork=Fork.OSAKA,
    chain_id=1,
    number=5,
    timestamp=1000,
    gas_limit=30_000_000,
    base_fee=10,
    coinbase=COINBASE,
    prev_randao=bytes(32),
    blob_base_fee=1,
    allows_blobs=False,
)


def sign(**fields: object) -> bytes:
    plain = {"chainId": 1, "nonce": 0, "to": TARGET, "value": 0, "gas": 60_000}
    price = {} if "maxFeePerGas" in fields else {"gasPrice": 12}
    return bytes(WALLET.sign_transaction({**plain, **price, **fields}).raw_transaction)


def make_entry(before: bytes, after: bytes) -> Entry:
    return Entry(before, (Write(2, after),))


def make_list(*, last_value: int = 7, last_index: int = 2, balance: int = 10**9) -> AccessList:
    paid = BasicData(nonce=1, balance=balance - 12 * GAS)
    slot = Entry(bytes(32), (Write(last_index, encode_uint(last_value, 32)),))
    accounts = [
        AccountAccess(
            SENDER, make_entry(BasicData(balance=balance).pack(), paid.pack()), Entry(bytes(32))
        ),
        AccountAccess(
            COINBASE,
            make_entry(bytes(32), BasicData(balance=2 * GAS).pack()),
            Entry(bytes(32)),
        ),
        AccountAccess(
            TARGET,
            Entry(BasicData(nonce=1, code_size=len(CODE)).pack()),
            Entry(keccak256(CODE)),
            (SlotAccess(0, slot),),
        ),
    ]
    return AccessList(tuple(sorted(accounts, key=lambda account: account.address)))


def test_the_listed_writes_are_accepted() -> None:
    execution = execute(ENVIRONMENT, None, [], [sign()], make_list(), CODES)
    assert execution.gas_used == GAS
    assert [receipt.succeeded for receipt in execution.receipts] == [True]


@pytest.mark.parametrize(
    ("transactions", "access_list", "reason", "message"),
    [
        ([sign()], make_list(last_value=8), Reason.WRITE_MISMATCH, "is not the listed one"),
        ([sign()], make_list(last_index=3), Reason.WRITE_MISMATCH, "is not the listed one"),
        ([], make_list(), Reason.WRITE_MISMATCH, "a write has index 2, which no step has"),
        ([sign(nonce=1)], make_list(), Reason.INVALID_TRANSACTION, "nonce too high"),
        ([sign(chainId=2)], make_list(), Reason.INVALID_TRANSACTION, "bad v"),
        ([sign(gas=30_000_001)], make_list(), Reason.INVALID_TRANSACTION, "gas used exceeds limit"),
        ([sign()], make_list(balance=12 * 59_999), Reason.INVALID_TRANSACTION, "insufficient"),
        ([b""], make_list(), Reason.INVALID_TRANSACTION, "the transaction is empty"),
        ([b"\x05"], make_list(), Reason.INVALID_TRANSACTION, "does not decode"),
        ([sign() + b"\0"], make_list(), Reason.INVALID_TRANSACTION, "does not decode"),
        ([sign()], AccessList(), Reason.UNLISTED_READ, f"account 0x{SENDER.hex()} is not listed"),
    ],
)
def test_a_packet_that_contradicts_its_list_is_rejected(
    transactions: list[bytes], access_list: AccessList, reason: Reason, message: str
) -> None:
    with pytest.raises(Rejected) as caught:
        execute(ENVIRONMENT, None, [], transactions, access_list, CODES)
    assert caught.value.reason is reason
    assert message in caught.value.message


def test_a_code_that_is_run_is_needed() -> None:
    with pytest.raises(Rejected) as caught:
        execute(ENVIRONMENT, None, [], [sign()], make_list(), {})
    assert caught.value.reason is Reason.MISSING_CODE
    assert caught.value.message == f"code 0x{keccak256(CODE).hex()} is needed"


def test_a_slot_that_is_read_is_needed() -> None:
    accounts = (replace(account, slots=()) for account in make_list().accounts)
    with pytest.raises(Rejected) as caught:
        execute(ENVIRONMENT, None, [], [sign()], AccessList(tuple(accounts)), CODES)
    assert caught.value.reason is Reason.UNLISTED_READ
    assert caught.value.message == f"slot 0x{bytes(32).hex()} of 0x{TARGET.hex()} is not listed"


def test_a_balance_that_no_leaf_holds_is_rejected() -> None:
    rich = BasicData(balance=2**128 - 1)
    access_list = make_list()
    accounts = (
        replace(account, basic_data=Entry(rich.pack())) if account.address == COINBASE else account
        for account in access_list.accounts
    )
    with pytest.raises(Rejected) as caught:
        execute(ENVIRONMENT, None, [], [sign()], AccessList(tuple(accounts)), CODES)
    assert caught.value.reason is Reason.INVALID_TRANSACTION
    assert caught.value.message.endswith("is not below 2^128")


def test_a_blob_transaction_is_refused_by_name() -> None:
    blob = sign(
        type=3,
        maxFeePerGas=20,
        maxPriorityFeePerGas=1,
        maxFeePerBlobGas=1,
        blobVersionedHashes=[b"\1" + bytes(31)],
    )
    with pytest.raises(Rejected, match="blob transactions \\(type 3\\) are not allowed"):
        decode_transaction(ENVIRONMENT, blob)
    assert decode_transaction(replace(ENVIRONMENT, allows_blobs=True), blob).nonce == 0


def test_a_blob_base_fee_without_excess_blob_gas_is_an_error() -> None:
    prices = {price: replace(ENVIRONMENT, blob_base_fee=price) for price in (1, 2, 10**9)}
    assert find_excess_blob_gas(prices[1]) == 0
    assert find_excess_blob_gas(prices[2]) > 0
    with pytest.raises(CorollupError, match="gives the blob base fee 1000000000"):
        find_excess_blob_gas(prices[10**9])
