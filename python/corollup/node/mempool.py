"""
The transactions that wait for a packet.

Nothing that was accepted is lost: a transaction is pending, included in a packet, or rejected with
a reason that can be asked for. An included one stays until its packet is finalized, and is pending
again if the packet is replaced.
"""

import heapq
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import msgspec

from corollup.engine import describe_pending_transaction
from corollup.errors import CorollupError, EncodingError
from corollup.node.messages import MAX_TRANSACTION_BYTES

PRICE_BUMP_PERCENT: Final = 10
"""What a replacement must offer above the transaction of the same nonce, and a newcomer above the
cheapest of a full pool."""
KEPT_OUTCOMES: Final = 8192
"""Rejected transactions whose reason is remembered."""
MAX_INIT_CODE_BYTES: Final = 49_152
"""Largest code that a transaction creates a contract with, EIP-3860."""
BLOB_TRANSACTION_TYPE: Final = b"\x03"
"""EIP-4844 type, which the L2 refuses."""


class Refusal(Enum):
    """Why a transaction is not accepted, or no longer held."""

    MALFORMED = "transaction does not decode"
    """Not EIP-2718, or a signature without a sender."""
    WRONG_CHAIN_ID = "invalid chain id"
    """Signed for another chain."""
    BLOB_TRANSACTION = "blob transactions are not supported"
    """Type 3."""
    OVERSIZED = "oversized data"
    """Above the size limit of a transaction."""
    INIT_CODE_TOO_LARGE = "max initcode size exceeded"
    """A creation whose code is above EIP-3860's limit."""
    ALREADY_KNOWN = "already known"
    """The same transaction is held."""
    NONCE_TOO_LOW = "nonce too low"
    """The account has used the nonce."""
    NONCE_TOO_HIGH = "nonce too high"
    """Too far above the account's nonce."""
    INTRINSIC_GAS = "intrinsic gas too low"
    """A gas limit below what it costs before it runs."""
    GAS_LIMIT_EXCEEDED = "gas limit too high"
    """More gas than a transaction may have."""
    TIP_ABOVE_FEE_CAP = "max priority fee per gas higher than max fee per gas"
    """A tip that the fee cap cannot pay."""
    UNDERPRICED = "transaction underpriced"
    """The pool is full of better ones."""
    REPLACEMENT_UNDERPRICED = "replacement transaction underpriced"
    """Not the price bump above the one it would replace."""
    INSUFFICIENT_FUNDS = "insufficient funds for gas * price + value"
    """The balance does not cover its greatest cost."""
    ACCOUNT_FULL = "account limit exceeded"
    """The account holds all its slots."""
    REPLACED = "replaced by a transaction of the same nonce"
    """Its own account offered a better one."""
    EVICTED = "evicted by better paying transactions"
    """The pool was full."""
    INVALID = "invalid"
    """A producer could not include it."""


class TransactionRefused(CorollupError):  # noqa: N818 (named as what happened)
    """A transaction that the pool does not take."""

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        super().__init__(f"{refusal.value}: {detail}" if detail else refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class PooledTransaction:
    """A decoded transaction."""

    raw: bytes
    """EIP-2718 bytes."""
    hash: bytes
    """Its hash."""
    sender: bytes
    """Recovered address."""
    nonce: int
    """Position in its account."""
    gas_limit: int
    """Gas that it may use."""
    intrinsic_gas: int
    """Gas that it costs before it runs."""
    max_fee_per_gas: int
    """Greatest price of its gas, wei."""
    max_priority_fee_per_gas: int
    """Greatest tip, wei a gas."""
    value: int
    """Wei that it sends."""

    @property
    def greatest_cost(self) -> int:
        """What the sender must be able to pay, wei."""
        return self.gas_limit * self.max_fee_per_gas + self.value

    def tip(self, base_fee: int) -> int:
        """Return what a producer earns of a gas, wei; negative if it cannot be included."""
        return min(self.max_priority_fee_per_gas, self.max_fee_per_gas - base_fee)


@dataclass(frozen=True, slots=True)
class Account:
    """An account at the executed head."""

    nonce: int
    """Its next nonce."""
    balance: int
    """Its balance, wei."""


@dataclass(frozen=True, slots=True)
class MempoolLimits:
    """How much a pool holds."""

    transactions: int = 5120
    """Transactions."""
    total_bytes: int = 32 << 20
    """Sum of their sizes."""
    account_slots: int = 64
    """Transactions of one account, and how far a nonce may be ahead."""
    gas: int = 30_000_000
    """Gas of one transaction."""


@dataclass(slots=True, eq=False, repr=False)
class Mempool:
    """Accepted transactions by account and nonce."""

    decode: Callable[[bytes], PooledTransaction]
    """Decodes EIP-2718 bytes of this chain; raises `EncodingError` or `TransactionRefused`."""
    account: Callable[[bytes], Account]
    """Reads an account at the executed head."""
    limits: MempoolLimits = field(default_factory=MempoolLimits)
    """How much it holds."""
    on_accepted: Callable[[PooledTransaction], None] = lambda _: None
    """Told of each transaction that was accepted."""
    _pending: dict[bytes, dict[int, PooledTransaction]] = field(default_factory=dict)
    _by_hash: dict[bytes, PooledTransaction] = field(default_factory=dict)
    _included: OrderedDict[int, tuple[PooledTransaction, ...]] = field(default_factory=OrderedDict)
    _rejected: OrderedDict[bytes, str] = field(default_factory=OrderedDict)
    _size: int = 0

    def __len__(self) -> int:
        return len(self._by_hash)

    @property
    def total_bytes(self) -> int:
        """Sum of the sizes of the pending transactions."""
        return self._size

    def submit(self, raw: bytes) -> bytes:
        """
        Accept a transaction and return its hash.

        Raises:
            TransactionRefused: With the first check that fails.
        """
        if len(raw) > MAX_TRANSACTION_BYTES:
            detail = f"{len(raw)} bytes, the limit is {MAX_TRANSACTION_BYTES}"
            raise TransactionRefused(Refusal.OVERSIZED, detail)
        # Before decoding: wallets send blobs along, in a form that no packet could hold.
        _require(raw[:1] != BLOB_TRANSACTION_TYPE, Refusal.BLOB_TRANSACTION)
        try:
            tx = self.decode(raw)
        except EncodingError as error:
            raise TransactionRefused(Refusal.MALFORMED, str(error)) from error
        self._require_acceptable(tx)
        rival = self._pending.get(tx.sender, {}).get(tx.nonce)
        if rival is not None:
            self._reject(rival, Refusal.REPLACED.value)
        else:
            self._make_room(tx)
        self._insert(tx)
        self.on_accepted(tx)
        return tx.hash

    def _require_acceptable(self, tx: PooledTransaction) -> None:
        account = self.account(tx.sender)
        queue = self._pending.get(tx.sender, {})
        rival = queue.get(tx.nonce)
        _require(tx.hash not in self._by_hash, Refusal.ALREADY_KNOWN)
        _require(
            tx.nonce >= account.nonce,
            Refusal.NONCE_TOO_LOW,
            f"next nonce {account.nonce}, tx nonce {tx.nonce}",
        )
        _require(
            tx.nonce < account.nonce + self.limits.account_slots,
            Refusal.NONCE_TOO_HIGH,
            f"next nonce {account.nonce}, tx nonce {tx.nonce}",
        )
        _require(
            tx.gas_limit <= self.limits.gas,
            Refusal.GAS_LIMIT_EXCEEDED,
            f"limit {self.limits.gas}, tx gas {tx.gas_limit}",
        )
        _require(
            tx.gas_limit >= tx.intrinsic_gas,
            Refusal.INTRINSIC_GAS,
            f"tx gas {tx.gas_limit}, minimum {tx.intrinsic_gas}",
        )
        _require(
            tx.max_priority_fee_per_gas <= tx.max_fee_per_gas,
            Refusal.TIP_ABOVE_FEE_CAP,
            f"tip {tx.max_priority_fee_per_gas}, fee cap {tx.max_fee_per_gas}",
        )
        _require(rival is None or _is_bump(rival, tx), Refusal.REPLACEMENT_UNDERPRICED)
        _require(
            rival is not None or len(queue) < self.limits.account_slots,
            Refusal.ACCOUNT_FULL,
            f"{len(queue)} transactions are pending",
        )
        # Invariant: an account can pay for everything that it has pending.
        others = sum(other.greatest_cost for other in queue.values() if other is not rival)
        _require(
            account.balance >= others + tx.greatest_cost,
            Refusal.INSUFFICIENT_FUNDS,
            f"balance {account.balance}, pending cost {others}, tx cost {tx.greatest_cost}",
        )

    def _make_room(self, tx: PooledTransaction) -> None:
        while self._is_over(1, len(tx.raw)):
            # Only last nonces leave, so that no queue gets a hole.
            last = (queue[max(queue)] for queue in self._pending.values())
            victim = min(last, key=lambda held: (held.max_fee_per_gas, held.hash), default=None)
            if victim is None or victim.sender == tx.sender or not _is_bump(victim, tx):
                raise TransactionRefused(Refusal.UNDERPRICED, "the pool is full")
            self._reject(victim, Refusal.EVICTED.value)

    def _is_over(self, transactions: int, total_bytes: int) -> bool:
        return (
            len(self._by_hash) + transactions > self.limits.transactions
            or self._size + total_bytes > self.limits.total_bytes
        )

    def select(self, base_fee: int, gas_limit: int, max_bytes: int) -> list[PooledTransaction]:
        """Return what the next packet should hold: best tip first, each account in nonce order."""
        for sender in list(self._pending):
            self._drop_used(sender)
        heads = [
            (-queue[nonce].tip(base_fee), queue[nonce].hash, sender, nonce)
            for sender, queue in self._pending.items()
            if (nonce := self.account(sender).nonce) in queue
        ]
        heapq.heapify(heads)
        chosen: list[PooledTransaction] = []
        while heads:
            negative_tip, _, sender, nonce = heapq.heappop(heads)
            tx = self._pending[sender][nonce]
            if negative_tip > 0 or tx.gas_limit > gas_limit or len(tx.raw) > max_bytes:
                continue
            chosen.append(tx)
            gas_limit -= tx.gas_limit
            max_bytes -= len(tx.raw)
            following = self._pending[sender].get(nonce + 1)
            if following is not None:
                entry = (-following.tip(base_fee), following.hash, sender, nonce + 1)
                heapq.heappush(heads, entry)
        return chosen

    def include(self, number: int, hashes: Iterable[bytes]) -> None:
        """Record that a packet holds these transactions."""
        included = tuple(self._by_hash[hash_] for hash_ in hashes if hash_ in self._by_hash)
        self._included[number] = included
        for tx in included:
            self._remove(tx)

    def reject(self, hash_: bytes, why: str) -> None:
        """Give up a transaction that a producer could not include."""
        tx = self._by_hash.get(hash_)
        if tx is not None:
            self._reject(tx, f"{Refusal.INVALID.value}: {why}")

    def revert_to(self, number: int) -> None:
        """Hold again what the packets above a number included, after they were replaced."""
        for reverted in [included for included in self._included if included > number]:
            for tx in self._included.pop(reverted):
                rival = self._pending.get(tx.sender, {}).get(tx.nonce)
                if rival is not None:
                    self._reject(rival, Refusal.REPLACED.value)
                self._insert(tx)

    def finalize(self, number: int) -> None:
        """Forget what finalized packets hold."""
        for included in [included for included in self._included if included <= number]:
            del self._included[included]

    def pending_nonce(self, address: bytes) -> int | None:
        """Return the nonce after an account's unbroken pending ones, `None` if it has none."""
        queue = self._pending.get(address)
        if not queue:
            return None
        nonce = self.account(address).nonce
        while nonce in queue:
            nonce += 1
        return nonce

    def pending_transaction(self, hash_: bytes) -> bytes | None:
        """Return a pending transaction."""
        tx = self._by_hash.get(hash_)
        return None if tx is None else tx.raw

    def rejection(self, hash_: bytes) -> str | None:
        """Return why an accepted transaction was given up."""
        return self._rejected.get(hash_)

    def _drop_used(self, sender: bytes) -> None:
        nonce = self.account(sender).nonce
        for tx in [tx for tx in self._pending.get(sender, {}).values() if tx.nonce < nonce]:
            self._reject(tx, Refusal.NONCE_TOO_LOW.value)

    def _insert(self, tx: PooledTransaction) -> None:
        self._pending.setdefault(tx.sender, {})[tx.nonce] = tx
        self._by_hash[tx.hash] = tx
        self._rejected.pop(tx.hash, None)
        self._size += len(tx.raw)

    def _remove(self, tx: PooledTransaction) -> None:
        queue = self._pending[tx.sender]
        del queue[tx.nonce], self._by_hash[tx.hash]
        if not queue:
            del self._pending[tx.sender]
        self._size -= len(tx.raw)

    def _reject(self, tx: PooledTransaction, why: str) -> None:
        self._remove(tx)
        self._rejected[tx.hash] = why
        if len(self._rejected) > KEPT_OUTCOMES:
            self._rejected.popitem(last=False)


def require_init_code_size(raw: bytes) -> None:
    """
    Refuse a decodable creation that no packet can take.

    Raises:
        TransactionRefused: If it creates a contract with more code than EIP-3860 allows.
    """
    described = msgspec.json.decode(describe_pending_transaction(raw))
    size = (len(described["input"]) - len("0x")) // 2
    _require(
        described["to"] is not None or size <= MAX_INIT_CODE_BYTES,
        Refusal.INIT_CODE_TOO_LARGE,
        f"code size {size}, limit {MAX_INIT_CODE_BYTES}",
    )


def _is_bump(held: PooledTransaction, offered: PooledTransaction) -> bool:
    factor = 100 + PRICE_BUMP_PERCENT
    return (
        offered.max_fee_per_gas * 100 >= held.max_fee_per_gas * factor
        and offered.max_priority_fee_per_gas * 100 >= held.max_priority_fee_per_gas * factor
    )


def _require(condition: bool, refusal: Refusal, detail: str = "") -> None:
    if not condition:
        raise TransactionRefused(refusal, detail)
