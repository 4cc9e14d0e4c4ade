"""
Running messages from L1, before the transactions of a packet.

A message pays no fee and always ends: what would make a transaction invalid makes it fail with all
its gas, and what it mints stays. The execution specs know no such transactions; their parts are put
together here.
"""

from collections.abc import Mapping
from typing import Any, Final

from corollup.spec.access_list import AccessList
from corollup.spec.constants import MAX_MESSAGE_CODE_BYTES
from corollup.spec.encoding import U64, Bytes32
from corollup.spec.evm import (
    BlockEnvironment,
    Outcome,
    load_fork,
    make_block,
    make_view,
    observe_ends,
    to_log,
)
from corollup.spec.inbox import InboxMessage
from corollup.spec.rules import compute_message_gas_limit
from corollup.spec.state_view import CodeBudget, CodeBudgetExceededError, StateView

MAX_BALANCE: Final = (1 << 128) - 1
"""The largest balance that a leaf holds, wei; a mint stops there."""

MAX_NONCE: Final = (1 << 64) - 1
"""The last nonce, which sends nothing any more (EIP-2681)."""


def compute_code_budget(message: InboxMessage, gas_limit: U64) -> int:
    """Compute the bytes of code that a message may load: its share of those of a packet."""
    most_gas = max(compute_message_gas_limit(gas_limit), 1)
    return message.gas * MAX_MESSAGE_CODE_BYTES // most_gas


class FailedMessageError(Exception):
    """A message that would be invalid as a transaction."""


def apply_message(
    environment: BlockEnvironment,
    access_list: AccessList,
    index: int,
    codes: Mapping[Bytes32, bytes],
    message: InboxMessage,
) -> tuple[Outcome, StateView]:
    """
    Run a message on the state that the access list gives before the step with this index.

    Returns:
        What it gave, and the state after it.

    Raises:
        Rejected: If it reads what is not there.
    """
    from ethereum.exceptions import EthereumException

    budget = CodeBudget(compute_code_budget(message, environment.gas_limit))
    view = make_view(environment, access_list, index, codes, budget)
    try:
        outcome = run_message(environment, view, message)
        if view.find_greatest_balance() > MAX_BALANCE:
            raise FailedMessageError
    except (FailedMessageError, CodeBudgetExceededError, EthereumException):
        view = make_view(environment, access_list, index, codes)
        return fail_message(environment, view, message), view
    return outcome, view


def run_message(environment: BlockEnvironment, view: StateView, message: InboxMessage) -> Outcome:
    """
    Run a message as the execution specs run a transaction without a fee.

    Raises:
        FailedMessageError: If it would be invalid as a transaction.
    """
    eels = load_fork(environment.fork)
    block = make_block(environment, view)
    tx = eels.transactions.LegacyTransaction(
        nonce=eels.numeric.U256(0),
        gas_price=eels.numeric.Uint(0),
        gas=eels.numeric.Uint(message.gas),
        to=eels.fork_types.Address(message.target),
        value=eels.numeric.U256(message.value),
        data=message.data,
        v=eels.numeric.U256(0),
        r=eels.numeric.U256(0),
        s=eels.numeric.U256(0),
    )
    # The intrinsic gas, the floor of the data and the cap of a transaction's gas are a message's.
    intrinsic_gas, floor_gas = eels.transactions.validate_transaction(tx)
    sender = eels.fork_types.Address(message.sender)
    before = mint(eels, view, message)
    if int(before.balance) < message.value or int(before.nonce) >= MAX_NONCE:
        raise FailedMessageError
    eels.state.increment_nonce(view, sender)

    tx_env = eels.vm.TransactionEnvironment(
        origin=sender,
        gas_price=eels.numeric.Uint(0),
        gas=tx.gas - intrinsic_gas,
        access_list_addresses={block.coinbase},
        access_list_storage_keys=set(),
        transient_storage=eels.state.TransientStorage(),
        blob_versioned_hashes=(),
        authorizations=(),
        index_in_block=None,
        tx_hash=None,
    )
    with observe_ends() as ends:
        output = eels.fork.process_message_call(eels.fork.prepare_message(block, tx_env, tx))
    for address in output.accounts_to_delete:
        eels.state.destroy_account(view, address)
    used = int(tx.gas) - int(output.gas_left)
    used -= min(used // 5, int(output.refund_counter))
    logs = tuple(to_log(log) for log in output.logs)
    return Outcome(succeeded=ends == [True], gas_used=max(used, int(floor_gas)), logs=logs)


def fail_message(environment: BlockEnvironment, view: StateView, message: InboxMessage) -> Outcome:
    """Leave of a message what it mints, and use its gas."""
    mint(load_fork(environment.fork), view, message)
    return Outcome(succeeded=False, gas_used=message.gas, logs=())


def mint(eels: Any, view: StateView, message: InboxMessage) -> Any:
    """Give the sender what a message mints, and return the sender's account."""
    sender = eels.fork_types.Address(message.sender)
    account = eels.state.get_account(view, sender)
    balance = min(int(account.balance) + message.mint, MAX_BALANCE)
    if message.mint:
        eels.state.set_account_balance(view, sender, eels.numeric.U256(balance))
    return eels.state.get_account(view, sender)
