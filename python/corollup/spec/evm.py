"""
The EVM: the execution specs of Ethereum over the access list.

EELS runs one step at a time, on the values that the list gives before it. A value that the list
does not give is never zero: reading it ends the step with `UNLISTED_READ` or `MISSING_CODE`.
The package `ethereum-execution` (the extra `reference`) is imported when a packet is executed.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from corollup.errors import CorollupError, Reason, Rejected, require
from corollup.spec import opcodes
from corollup.spec.access_list import AccessList
from corollup.spec.constants import Fork
from corollup.spec.encoding import U64, Address, Bytes32, encode_uint
from corollup.spec.receipts import Log
from corollup.spec.state_view import CodeBudget, StateView

HISTORY_STORAGE_ADDRESS: Final = bytes.fromhex("0000F90827F1C53a10cb7A02335B175320002935")
"""The contract that keeps the hashes of earlier blocks (EIP-2935)."""

HISTORY_SERVE_WINDOW: Final = 8191
"""Hashes that the contract keeps."""

EELS_FORKS: Final = {
    Fork.FRONTIER: "frontier",
    Fork.HOMESTEAD: "homestead",
    Fork.TANGERINE_WHISTLE: "tangerine_whistle",
    Fork.SPURIOUS_DRAGON: "spurious_dragon",
    Fork.BYZANTIUM: "byzantium",
    Fork.PETERSBURG: "constantinople",
    Fork.ISTANBUL: "istanbul",
    Fork.BERLIN: "berlin",
    Fork.LONDON: "london",
    Fork.MERGE: "paris",
    Fork.SHANGHAI: "shanghai",
    Fork.CANCUN: "cancun",
    Fork.PRAGUE: "prague",
    Fork.OSAKA: "osaka",
}
"""How the execution specs name each fork; their Constantinople has the rules of Petersburg."""


@dataclass(frozen=True, slots=True)
class BlockEnvironment:
    """What a transaction sees of its packet."""

    fork: Fork
    """Rules and gas table."""

    chain_id: U64
    """EIP-155 chain id."""

    number: U64
    """Packet number."""

    timestamp: U64
    """Unix seconds."""

    gas_limit: U64
    """Gas limit of the packet."""

    base_fee: U64
    """Base fee, wei a gas; burned."""

    coinbase: Address
    """Who receives the priority fees."""

    prev_randao: Bytes32
    """PREVRANDAO, or the difficulty before the Merge."""

    blob_base_fee: U64
    """Blob base fee, wei a gas."""

    allows_blobs: bool
    """Whether blob transactions are allowed, as they are in a replay."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What running a transaction gives, beside the state."""

    succeeded: bool
    """Whether it ran to its end."""

    gas_used: U64
    """Gas used, after refunds."""

    logs: tuple[Log, ...]
    """The events; none unless it succeeded."""


def make_view(
    environment: BlockEnvironment,
    access_list: AccessList,
    index: int,
    codes: Mapping[Bytes32, bytes],
    budget: CodeBudget | None = None,
) -> StateView:
    """Make the state as the step with this index finds it; a message has a budget of codes."""
    return StateView(access_list, index, codes, load_fork(environment.fork), budget)


def apply_transaction(
    environment: BlockEnvironment, view: StateView, transaction: bytes, gas_left: int
) -> Outcome:
    """
    Run a transaction on a view of the state, and leave its writes there.

    Args:
        environment: What it sees of its packet.
        view: The state before it.
        transaction: Its EIP-2718 bytes.
        gas_left: Gas of the packet that earlier transactions left.

    Raises:
        Rejected: If it is invalid here, or reads what is not there.
    """
    from ethereum.exceptions import EthereumException

    eels = load_fork(environment.fork)
    tx = decode_transaction(environment, transaction)
    block = make_block(environment, view)
    output = eels.vm.BlockOutput()
    # The block has used what is not left, so that EELS checks the gas limit of the transaction.
    output.block_gas_used = type(output.block_gas_used)(environment.gas_limit - gas_left)
    try:
        # What is wrong with it in any state is found before the state is read.
        eels.fork.check_transaction(replace(block, state=AnySender(eels, tx)), output, tx)
        with observe_ends() as ends:
            eels.fork.process_transaction(block, output, tx, type(block.number)(0))
    except EthereumException as error:
        why = str(error) or type(error).__name__
        raise Rejected(Reason.INVALID_TRANSACTION, why) from error
    return Outcome(
        # A creation that collides with an account ends without a word.
        succeeded=ends == [True],
        gas_used=int(output.block_gas_used) - (environment.gas_limit - gas_left),
        logs=tuple(to_log(log) for log in output.block_logs),
    )


def to_log(log: Any) -> Log:
    """Make a log of one of EELS."""
    return Log(bytes(log.address), tuple(bytes(topic) for topic in log.topics), bytes(log.data))


def apply_history_call(
    environment: BlockEnvironment, view: StateView, parent_hash: Bytes32
) -> None:
    """
    Run the system call that stores the parent's hash (EIP-2935), and leave its writes in the view.

    Raises:
        Rejected: If it reads what is not there.
    """
    eels = load_fork(environment.fork)
    block = make_block(environment, view)
    target = eels.fork_types.Address(HISTORY_STORAGE_ADDRESS)
    eels.fork.process_unchecked_system_transaction(block, target, parent_hash)


def decode_transaction(environment: BlockEnvironment, data: bytes) -> Any:
    """
    Read a transaction that this packet may hold.

    Raises:
        Rejected: If the bytes are not the one encoding of such a transaction.
    """
    from ethereum.exceptions import EthereumException
    from ethereum_rlp import rlp
    from ethereum_rlp.exceptions import RLPException

    transactions = load_fork(environment.fork).transactions
    is_legacy = data[:1] >= b"\xc0"
    try:
        if not hasattr(transactions, "decode_transaction"):
            tx = rlp.decode_to(transactions.Transaction, data)
            encoded = rlp.encode(tx)
        elif is_legacy:
            tx = rlp.decode_to(transactions.LegacyTransaction, data)
            encoded = rlp.encode(tx)
        else:
            require(Reason.INVALID_TRANSACTION, data != b"", "the transaction is empty")
            tx = transactions.decode_transaction(data)
            encoded = transactions.encode_transaction(tx)
    except (EthereumException, RLPException) as error:
        raise Rejected(Reason.INVALID_TRANSACTION, f"does not decode: {error}") from error
    require(Reason.INVALID_TRANSACTION, encoded == data, "the encoding is not canonical")
    is_blob = data[:1] == b"\x03"
    require(
        Reason.INVALID_TRANSACTION,
        environment.allows_blobs or not is_blob,
        "blob transactions (type 3) are not allowed",
    )
    # EELS takes the chain id of a typed transaction as it is.
    chain_id = int(getattr(tx, "chain_id", environment.chain_id))
    message = f"chain id {chain_id}, expected {environment.chain_id}"
    require(Reason.INVALID_TRANSACTION, chain_id == environment.chain_id, message)
    return tx


def make_block(environment: BlockEnvironment, view: StateView) -> Any:
    """Make the environment as EELS has it: each fork names the fields that it knows."""
    eels = load_fork(environment.fork)
    known = {
        "chain_id": eels.numeric.U64(environment.chain_id),
        "state": view,
        "block_gas_limit": eels.numeric.Uint(environment.gas_limit),
        "block_hashes": BlockHashes(view, environment.number),
        "coinbase": eels.fork_types.Address(environment.coinbase),
        "number": eels.numeric.Uint(environment.number),
        "base_fee_per_gas": eels.numeric.Uint(environment.base_fee),
        "time": eels.numeric.U256(environment.timestamp),
        "difficulty": eels.numeric.Uint.from_be_bytes(environment.prev_randao),
        "prev_randao": eels.bytes.Bytes32(environment.prev_randao),
        "parent_beacon_block_root": eels.bytes.Bytes32(bytes(32)),
    }
    names = eels.vm.BlockEnvironment.__dataclass_fields__
    if "excess_blob_gas" in names:
        known["excess_blob_gas"] = eels.numeric.U64(find_excess_blob_gas(environment))
    return eels.vm.BlockEnvironment(**{name: known[name] for name in names})


def find_excess_blob_gas(environment: BlockEnvironment) -> int:
    """
    Find the excess blob gas that gives the blob base fee.

    Raises:
        CorollupError: If none gives it.
    """
    eels = load_fork(environment.fork)

    def compute_price(excess_blob_gas: int) -> int:
        return int(eels.gas.calculate_blob_gas_price(eels.numeric.U64(excess_blob_gas)))

    price = environment.blob_base_fee
    high = 1
    while compute_price(high) < price:
        high *= 2
    low = bisect_left(range(high), price, key=compute_price)
    if compute_price(low) != price:
        raise CorollupError(f"no excess blob gas gives the blob base fee {price}")
    return low


class AnySender:
    """A state in which whoever signed a transaction can send it."""

    def __init__(self, eels: "EelsFork", tx: Any) -> None:
        account = eels.fork_types.Account(
            nonce=eels.numeric.Uint(tx.nonce), balance=eels.numeric.U256.MAX_VALUE, code=b""
        )
        self._main_trie = eels.trie.Trie(secured=True, default=account)


class BlockHashes:
    """The answers of BLOCKHASH: slots of the history contract, read when they are asked for."""

    def __init__(self, view: StateView, number: int) -> None:
        self._view = view
        self._number = number

    def __getitem__(self, offset: int) -> bytes:
        """Return the hash of the packet that is `offset` (below zero) from this one."""
        slot = encode_uint((self._number + int(offset)) % HISTORY_SERVE_WINDOW, 32)
        return self._view.find_slot(HISTORY_STORAGE_ADDRESS, slot).find_before(self._view.index)


@contextmanager
def observe_ends() -> Iterator[list[bool]]:
    """Note of each transaction whether it succeeded, which EELS tells its tracer in every fork."""
    from ethereum.trace import TraceEvent, TransactionEnd, set_evm_trace

    ends: list[bool] = []

    def observe(evm: object, event: TraceEvent) -> None:
        del evm
        if isinstance(event, TransactionEnd):
            ends.append(event.error is None)

    previous = set_evm_trace(observe)
    try:
        yield ends
    finally:
        set_evm_trace(previous)


@dataclass(frozen=True, slots=True)
class EelsFork:
    """The modules of a fork, and those of its types."""

    number: Fork
    bytes: ModuleType
    delegation: ModuleType | None
    """EIP-7702, since Prague."""
    environment: ModuleType
    exceptions: ModuleType
    fork: ModuleType
    fork_types: ModuleType
    gas: ModuleType
    instructions: ModuleType
    numeric: ModuleType
    state: ModuleType
    transactions: ModuleType
    trie: ModuleType
    vm: ModuleType


@cache
def load_fork(fork: Fork) -> EelsFork:
    """
    Import a fork of the execution specs.

    Raises:
        CorollupError: If they are not installed.
    """
    name = f"ethereum.forks.{EELS_FORKS[fork]}"
    try:
        eels = EelsFork(
            number=fork,
            bytes=import_module("ethereum_types.bytes"),
            delegation=import_module(f"{name}.vm.eoa_delegation") if fork >= Fork.PRAGUE else None,
            environment=import_module(f"{name}.vm.instructions.environment"),
            exceptions=import_module(f"{name}.vm.exceptions"),
            fork=import_module(f"{name}.fork"),
            fork_types=import_module(f"{name}.fork_types"),
            gas=import_module(f"{name}.vm.gas"),
            instructions=import_module(f"{name}.vm.instructions"),
            numeric=import_module("ethereum_types.numeric"),
            state=import_module(f"{name}.state"),
            transactions=import_module(f"{name}.transactions"),
            trie=import_module(f"{name}.trie"),
            vm=import_module(f"{name}.vm"),
        )
    except ModuleNotFoundError as error:
        raise CorollupError(
            "the reference EVM is not installed: pip install 'corollup[reference]'"
        ) from error
    opcodes.install(eels)
    return eels
