"""The pool keeps what it accepted, within its bounds."""

from hashlib import sha256

import pytest
from eth_account import Account as EthereumAccount
from hypothesis import given
from hypothesis import strategies as st

from corollup.errors import EncodingError
from corollup.node.mempool import (
    MAX_INIT_CODE_BYTES,
    Account,
    Mempool,
    MempoolLimits,
    PooledTransaction,
    Refusal,
    TransactionRefused,
    require_init_code_size,
)

ALICE, BOB, CAROL = (bytes([i]) * 20 for i in (1, 2, 3))
RICH = 10**24


FIELDS = ("nonce", "gas_limit", "max_fee_per_gas", "max_priority_fee_per_gas", "value")


def decode(raw: bytes) -> PooledTransaction:
    """A stand-in for EIP-2718: the sender and the fields as text."""
    words = raw.decode(errors="replace").split()
    if len(words) != 1 + len(FIELDS):
        raise EncodingError("transaction", "has another number of words")
    sender, *numbers = words
    return PooledTransaction(
        raw=raw,
        hash=sha256(raw).digest(),
        sender=bytes.fromhex(sender),
        intrinsic_gas=21_000,
        **dict(zip(FIELDS, map(int, numbers), strict=True)),
    )


def make(
    sender: bytes = ALICE,
    nonce: int = 0,
    fee: int = 100,
    tip: int = 10,
    gas: int = 21_000,
    value: int = 0,
) -> bytes:
    return " ".join(map(str, [sender.hex(), nonce, gas, fee, tip, value])).encode()


def make_pool(accounts: dict[bytes, Account] | None = None, **limits: int) -> Mempool:
    held = {} if accounts is None else accounts
    return Mempool(
        decode, lambda address: held.get(address, Account(0, RICH)), MempoolLimits(**limits)
    )


def refusal_of(pool: Mempool, raw: bytes) -> Refusal:
    with pytest.raises(TransactionRefused) as refused:
        pool.submit(raw)
    return refused.value.refusal


def chosen(pool: Mempool, base_fee: int = 0, gas: int = 10**9) -> list[tuple[bytes, int]]:
    return [(tx.sender, tx.nonce) for tx in pool.select(base_fee, gas, 10**9)]


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (b"garbage", Refusal.MALFORMED),
        (b"x" * (128 * 1024 + 1), Refusal.OVERSIZED),
        (b"\x03", Refusal.BLOB_TRANSACTION),
        (b"\x03 with blobs", Refusal.BLOB_TRANSACTION),
        (make(sender=BOB, nonce=4), Refusal.NONCE_TOO_LOW),
        (make(nonce=64), Refusal.NONCE_TOO_HIGH),
        (make(gas=30_000_001), Refusal.GAS_LIMIT_EXCEEDED),
        (make(gas=20_999), Refusal.INTRINSIC_GAS),
        (make(fee=9, tip=10), Refusal.TIP_ABOVE_FEE_CAP),
        (make(sender=CAROL, value=1), Refusal.INSUFFICIENT_FUNDS),
    ],
)
def test_refusals_are_typed(raw: bytes, refusal: Refusal) -> None:
    pool = make_pool({BOB: Account(5, RICH), CAROL: Account(0, 21_000 * 100)})
    assert refusal_of(pool, raw) is refusal
    assert len(pool) == 0


def test_limits_are_inclusive() -> None:
    pool = make_pool({CAROL: Account(0, 21_000 * 100)})
    pool.submit(make(nonce=63))
    pool.submit(make(gas=30_000_000))
    pool.submit(make(sender=CAROL))
    assert len(pool) == 3


def test_same_transaction_is_already_known() -> None:
    pool = make_pool()
    pool.submit(make())
    assert refusal_of(pool, make()) is Refusal.ALREADY_KNOWN


@pytest.mark.parametrize(("fee", "tip"), [(109, 11), (110, 10), (100, 10), (109, 100)])
def test_replacement_below_the_bump_is_refused(fee: int, tip: int) -> None:
    pool = make_pool()
    pool.submit(make(fee=100, tip=10, value=1))
    assert refusal_of(pool, make(fee=fee, tip=tip)) is Refusal.REPLACEMENT_UNDERPRICED


def test_replacement_with_the_bump_gives_the_old_one_a_reason() -> None:
    pool = make_pool()
    old = pool.submit(make(fee=100, tip=10))
    new = pool.submit(make(fee=110, tip=11))
    assert len(pool) == 1
    assert pool.rejection(old) == Refusal.REPLACED.value
    assert pool.pending_transaction(new) == make(fee=110, tip=11)


def test_pending_cost_of_an_account_stays_within_its_balance() -> None:
    pool = make_pool({ALICE: Account(0, 2 * 21_000 * 100)})
    pool.submit(make(nonce=0))
    pool.submit(make(nonce=1))
    assert refusal_of(pool, make(nonce=2)) is Refusal.INSUFFICIENT_FUNDS


def test_account_slots_bound_an_account() -> None:
    pool = make_pool({ALICE: Account(0, RICH)}, account_slots=3)
    for nonce in range(3):
        pool.submit(make(nonce=nonce))
    assert refusal_of(pool, make(nonce=3)) is Refusal.NONCE_TOO_HIGH
    pool.submit(make(nonce=2, fee=200, tip=20))


def test_full_pool_takes_only_better_ones_and_names_the_evicted() -> None:
    pool = make_pool(transactions=2)
    cheap = pool.submit(make(sender=BOB, fee=50, tip=5))
    pool.submit(make(sender=CAROL, fee=100, tip=10))
    assert refusal_of(pool, make(fee=54, tip=6)) is Refusal.UNDERPRICED
    pool.submit(make(fee=55, tip=6))
    assert len(pool) == 2
    assert pool.rejection(cheap) == Refusal.EVICTED.value


def test_bytes_are_bounded_too() -> None:
    pool = make_pool(total_bytes=2 * len(make()))
    pool.submit(make(sender=BOB))
    pool.submit(make(sender=CAROL))
    assert refusal_of(pool, make()) is Refusal.UNDERPRICED
    assert pool.total_bytes == 2 * len(make())


def test_eviction_leaves_no_nonce_gap() -> None:
    pool = make_pool(transactions=3)
    for nonce in range(3):
        pool.submit(make(sender=BOB, nonce=nonce, fee=50 - nonce, tip=5))
    pool.submit(make(fee=100, tip=10))
    assert chosen(pool) == [(ALICE, 0), (BOB, 0), (BOB, 1)]


def test_selection_takes_best_tips_in_nonce_order() -> None:
    pool = make_pool()
    pool.submit(make(sender=ALICE, nonce=1, tip=90))
    pool.submit(make(sender=ALICE, nonce=0, tip=1))
    pool.submit(make(sender=BOB, nonce=0, tip=50))
    assert chosen(pool) == [(BOB, 0), (ALICE, 0), (ALICE, 1)]


def test_selection_waits_for_a_missing_nonce_and_a_lower_base_fee() -> None:
    pool = make_pool()
    pool.submit(make(sender=ALICE, nonce=1))
    pool.submit(make(sender=BOB, fee=99))
    assert chosen(pool, base_fee=100) == []
    assert chosen(pool, base_fee=99) == [(BOB, 0)]


def test_selection_keeps_to_the_gas_limit() -> None:
    pool = make_pool()
    pool.submit(make(sender=ALICE, gas=60_000, tip=20))
    pool.submit(make(sender=BOB, gas=40_000))
    assert chosen(pool, gas=100_000) == [(ALICE, 0), (BOB, 0)]
    assert chosen(pool, gas=99_999) == [(ALICE, 0)]


def test_replaced_packet_gives_its_transactions_back() -> None:
    accounts = {ALICE: Account(0, RICH)}
    pool = make_pool(accounts)
    hashes = [pool.submit(make(nonce=nonce)) for nonce in range(3)]
    accounts[ALICE] = Account(2, RICH)
    pool.include(1, hashes[:2])
    assert len(pool) == 1
    accounts[ALICE] = Account(0, RICH)
    pool.revert_to(0)
    assert chosen(pool) == [(ALICE, 0), (ALICE, 1), (ALICE, 2)]


def test_finalized_transactions_are_forgotten() -> None:
    accounts = {ALICE: Account(0, RICH)}
    pool = make_pool(accounts)
    hash_ = pool.submit(make())
    accounts[ALICE] = Account(1, RICH)
    pool.include(1, [hash_])
    pool.finalize(1)
    pool.revert_to(0)
    assert len(pool) == 0


def test_nonce_that_a_packet_used_up_rejects_its_rival() -> None:
    accounts = {ALICE: Account(0, RICH)}
    pool = make_pool(accounts)
    rival = pool.submit(make())
    accounts[ALICE] = Account(1, RICH)
    assert chosen(pool) == []
    assert pool.rejection(rival) == Refusal.NONCE_TOO_LOW.value


def test_pending_nonce_ends_at_the_first_gap() -> None:
    pool = make_pool()
    assert pool.pending_nonce(ALICE) is None
    for nonce in (0, 1, 3):
        pool.submit(make(nonce=nonce))
    assert pool.pending_nonce(ALICE) == 2


@given(
    st.lists(
        st.tuples(
            st.sampled_from([ALICE, BOB, CAROL]),
            st.integers(0, 8),
            st.integers(1, 400),
            st.integers(1, 40),
        ),
        max_size=60,
    )
)
def test_nothing_accepted_is_lost_and_bounds_hold(
    offers: list[tuple[bytes, int, int, int]],
) -> None:
    pool = make_pool(transactions=8, total_bytes=500, account_slots=4)
    accepted = set()
    for sender, nonce, fee, tip in offers:
        try:
            accepted.add(pool.submit(make(sender, nonce, fee, min(fee, tip))))
        except TransactionRefused:
            continue
        assert len(pool) <= 8
        assert pool.total_bytes <= 500
    for hash_ in accepted:
        pending = pool.pending_transaction(hash_) is not None
        assert pending != (pool.rejection(hash_) is not None)


def test_reason_of_a_refused_inclusion_can_be_asked_for() -> None:
    pool = make_pool()
    hash_ = pool.submit(make())
    pool.reject(hash_, "sender has code")
    assert pool.rejection(hash_) == "invalid: sender has code"


def sign_creation(size: int) -> bytes:
    fields = {
        "type": 2,
        "chainId": 1,
        "nonce": 0,
        "gas": 10**7,
        "maxFeePerGas": 10**9,
        "maxPriorityFeePerGas": 0,
        "value": 0,
        "data": bytes(size),
    }
    return bytes(EthereumAccount.from_key(b"\x01" * 32).sign_transaction(fields).raw_transaction)


def test_creation_with_too_much_code_is_refused() -> None:
    require_init_code_size(sign_creation(MAX_INIT_CODE_BYTES))
    with pytest.raises(
        TransactionRefused,
        match=r"^max initcode size exceeded: code size 49153, limit 49152$",
    ):
        require_init_code_size(sign_creation(MAX_INIT_CODE_BYTES + 1))
