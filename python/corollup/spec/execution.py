"""
The execution of a packet, step by step, on the values of its access list.

A step is the system call, a message from L1 or a transaction. It runs on what the list gives before
it, and must write what the list gives after it; so each step can be judged alone, and in any order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corollup.errors import Reason, Rejected, require
from corollup.spec.access_list import FIRST_TRANSACTION_INDEX, SYSTEM_INDEX, AccessList
from corollup.spec.encoding import U64, Bytes32
from corollup.spec.evm import (
    BlockEnvironment,
    apply_history_call,
    apply_transaction,
    make_view,
)
from corollup.spec.inbox import InboxMessage
from corollup.spec.messages import apply_message
from corollup.spec.receipts import Receipt
from corollup.spec.state_view import StateView


@dataclass(frozen=True, slots=True)
class Execution:
    """What running a packet gives, beside the writes of its access list."""

    gas_used: U64
    """Gas used by all messages and transactions."""

    receipts: tuple[Receipt, ...]
    """One a message, then one a transaction."""


def execute(
    environment: BlockEnvironment,
    parent_hash: Bytes32 | None,
    messages: Sequence[InboxMessage],
    transactions: Sequence[bytes],
    access_list: AccessList,
    codes: Mapping[Bytes32, bytes],
) -> Execution:
    """
    Run a packet and check every write against its access list.

    Args:
        environment: What the transactions see of the packet.
        parent_hash: What the system call stores; None in a replay, which has no system call.
        messages: Messages from L1, which run before the transactions.
        transactions: EIP-2718 bytes.
        access_list: The values before each step, and its writes.
        codes: The codes from before the packet, by their hash.

    Raises:
        Rejected: With the reason of the first step that fails.
    """
    known_codes = dict(codes)
    if parent_hash is not None:
        view = make_view(environment, access_list, SYSTEM_INDEX, known_codes)
        apply_history_call(environment, view, parent_hash)
        verify_writes(view, access_list)

    gas_used = 0
    receipts: list[Receipt] = []
    steps: tuple[InboxMessage | bytes, ...] = (*messages, *transactions)
    for index, step in enumerate(steps, start=FIRST_TRANSACTION_INDEX):
        if isinstance(step, InboxMessage):
            outcome, view = apply_message(environment, access_list, index, known_codes, step)
        else:
            view = make_view(environment, access_list, index, known_codes)
            gas_left = environment.gas_limit - gas_used
            outcome = apply_transaction(environment, view, step, gas_left)
        verify_writes(view, access_list)
        known_codes |= view.get_codes()
        gas_used += outcome.gas_used
        receipts.append(Receipt(outcome.succeeded, gas_used, outcome.logs))

    verify_indexes(access_list, has_system_call=parent_hash is not None, count=len(steps))
    return Execution(gas_used, tuple(receipts))


def verify_writes(view: StateView, access_list: AccessList) -> None:
    """
    Check that a step wrote what the list says, no more and no less.

    A write is listed if and only if the value after the step differs from the value before it.

    Raises:
        Rejected: With `WRITE_MISMATCH`.
    """
    for account in access_list.accounts:
        name = f"0x{account.address.hex()} at index {view.index}"
        for entry, after in view.get_values(account):
            expected = after if after != entry.find_before(view.index) else None
            if entry.find_write(view.index) != expected:
                raise Rejected(Reason.WRITE_MISMATCH, f"a write of {name} is not the listed one")
        unlisted = view.find_unlisted_write(account)
        require(Reason.WRITE_MISMATCH, unlisted is None, f"a write of {name} is not listed")


def verify_indexes(access_list: AccessList, *, has_system_call: bool, count: int) -> None:
    """
    Check that every listed write has the index of a step.

    Raises:
        Rejected: With `WRITE_MISMATCH`.
    """
    first = SYSTEM_INDEX if has_system_call else FIRST_TRANSACTION_INDEX
    end = FIRST_TRANSACTION_INDEX + count
    for account in access_list.accounts:
        for _, entry in account.get_entries():
            for write in entry.writes:
                message = f"a write has index {write.index}, which no step has"
                require(Reason.WRITE_MISMATCH, first <= write.index < end, message)
