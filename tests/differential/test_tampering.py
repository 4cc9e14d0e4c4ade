"""
A packet that contradicts its own body: both executions find the same reason.

Every change is sealed again, so that only the execution can find it.
"""

from dataclasses import replace
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from corollup.engine import get_engine
from corollup.errors import Reason, Rejected
from corollup.spec.access_list import AccessList, AccountAccess, Entry, Write, compute_access_root
from corollup.spec.constants import Fork
from corollup.spec.containers import (
    ExecutionResult,
    compute_digest,
    compute_endorse_message,
    compute_payload_hash,
    compute_transactions_root,
    decode_payload,
    encode_payload,
)
from corollup.spec.evm import load_fork
from corollup.spec.verdict import Context
from tests.differential.native_packets import (
    BLS,
    SECRET,
    build,
    execute_by_specification,
    make_state,
    sign,
)
from tests.differential.test_execution import (
    CALLER,
    PROGRAMS,
    TARGET,
    assemble,
    make_pre_state,
)
from tests.spec.strategies import byte_changes
from tests.vectors.packets import CHAIN_ID, CONFIG

# The execution specs set the recursion limit when they are imported, which Hypothesis must not see.
load_fork(Fork.OSAKA)

AFTER_EXECUTION: Final = {
    None,
    Reason.GAS_USED_MISMATCH,
    Reason.RECEIPTS_ROOT_MISMATCH,
    Reason.UPDATE_ROOT_MISMATCH,
    Reason.POST_STATE_ROOT_MISMATCH,
}
"""What the native endorser finds once the execution found nothing."""

FEES: Final = {"chainId": CHAIN_ID, "maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 5}
RESULT: Final = ExecutionResult.decode(
    build(
        make_state(make_pre_state(assemble(PROGRAMS["a call of a contract"]))),
        CONFIG,
        [
            sign(nonce=0, to=TARGET, gas=300_000, **FEES),
            sign(nonce=1, to=CALLER, gas=300_000, gasPrice=2 * 10**9),
            sign(nonce=2, to=TARGET, gas=300_000, value=3, **FEES),
        ],
    )
)
TRANSACTIONS: Final = decode_payload(RESULT.body.payload)
ACCESS_LIST: Final = AccessList.decode(RESULT.body.access_list)

values = st.sampled_from([bytes(32), bytes(31) + b"\1", b"\xff" * 32]) | st.binary(
    min_size=32, max_size=32
)
writes = st.dictionaries(st.integers(1, 6), values, max_size=4).map(
    lambda chosen: tuple(Write(index, chosen[index]) for index in sorted(chosen))
)


def seal(transactions: tuple[bytes, ...], access_list: AccessList) -> bytes:
    payload = encode_payload(transactions)
    header = replace(
        RESULT.header,
        payload_hash=compute_payload_hash(payload),
        transactions_root=compute_transactions_root(transactions),
        access_root=compute_access_root(access_list),
    )
    body = replace(RESULT.body, payload=payload, access_list=access_list.encode())
    message = compute_endorse_message(compute_digest(RESULT.domain, header), 1)
    signature = BLS.sign(SECRET, message)
    return replace(RESULT, header=header, body=body, producer_signature=signature).encode()


def check(encoded: bytes) -> None:
    native = get_engine("native").endorser.verify(encoded, Context()).reason
    assert find_reason(encoded) is (None if native in AFTER_EXECUTION else native)


def find_reason(encoded: bytes) -> Reason | None:
    """The reason for which the specification stops the execution."""
    try:
        execute_by_specification(encoded, is_honest=False)
    except Rejected as rejected:
        return rejected.reason
    return None


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_changed_transaction(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, 2))
    changed = data.draw(byte_changes(TRANSACTIONS[position]))
    transactions = (*TRANSACTIONS[:position], changed, *TRANSACTIONS[position + 1 :])
    check(seal(transactions, ACCESS_LIST))


@given(transactions=st.lists(st.sampled_from(TRANSACTIONS), max_size=4).map(tuple))
@settings(max_examples=20, deadline=None)
def test_transactions_in_another_order(transactions: tuple[bytes, ...]) -> None:
    check(seal(transactions, ACCESS_LIST))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_changed_writes(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(ACCESS_LIST.accounts) - 1))
    account = ACCESS_LIST.accounts[position]
    changed = data.draw(change_writes(account))
    accounts = (*ACCESS_LIST.accounts[:position], changed, *ACCESS_LIST.accounts[position + 1 :])
    check(seal(TRANSACTIONS, AccessList(accounts)))


@st.composite
def change_writes(draw: st.DrawFn, account: AccountAccess) -> AccountAccess:
    """The account with other writes of one of its entries."""

    def change(entry: Entry) -> Entry:
        kept = draw(st.lists(st.sampled_from(entry.writes), unique=True)) if entry.writes else []
        merged = {write.index: write for write in (*draw(writes), *kept)}
        return replace(entry, writes=tuple(merged[index] for index in sorted(merged)))

    place = draw(st.integers(0, 1 + len(account.slots)))
    if place == 0:
        return replace(account, basic_data=change(account.basic_data))
    if place == 1:
        return replace(account, code_hash=change(account.code_hash))
    access = account.slots[place - 2]
    slots = list(account.slots)
    slots[place - 2] = replace(access, value=change(access.value))
    return replace(account, slots=tuple(slots))
