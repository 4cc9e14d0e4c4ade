"""Fees: the pot, the refund, the ranks, and what an account that is too poor still pays."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corollup.spec.containers import Header
from corollup.spec.fees import (
    Payment,
    compute_greatest_pot,
    compute_payment,
    compute_pot,
    compute_refund,
    is_rank_open,
)
from tests.vectors.generate import make_struct

HEADER = replace(
    make_struct(Header, "header"), gas_used=600, fee_gas_price=7, fee_gas_limit=1000, number=1
)


def test_the_pot_grows_with_the_signers() -> None:
    assert [compute_pot(HEADER, 1, signers, 4) for signers in (3, 4)] == [7 * 450, 7 * 600]


def test_gas_above_the_fee_gas_limit_is_not_paid() -> None:
    used = [replace(HEADER, gas_used=gas) for gas in (1000, 1001)]
    assert [compute_pot(header, 1, 4, 4) for header in used] == [7000, 7000]


def test_status_0_is_paid_on_the_fee_gas_limit() -> None:
    assert compute_pot(HEADER, 0, 3, 4) == 7 * 750


def test_all_seats_make_a_pot_a_committee() -> None:
    full = replace(HEADER, gas_used=1000)
    assert compute_pot(full, 1, 4 * 5, 4) == compute_greatest_pot(full, 5) == 35_000


def test_the_refund_is_capped_by_the_price() -> None:
    assert [compute_refund(10, price, 100) for price in (99, 100, 101)] == [990, 1000, 1000]


@pytest.mark.parametrize(
    ("position", "age", "is_open"),
    [(5, 0, True), (6, 11, False), (6, 12, True), (4, 35, False), (4, 36, True)],
)
def test_ranks_open_one_after_another(position: int, age: int, is_open: bool) -> None:
    digest = (4 * 1000 + 1).to_bytes(32, "big")
    assert is_rank_open(position % 4, digest, 4, age, 12) is is_open


def test_a_payment_in_full() -> None:
    assert compute_payment(10_000, 500, 1003, 3, 1000) == Payment(500, 100, 301, 8497)


def test_a_submitter_without_an_open_rank_leaves_its_share_to_the_pot() -> None:
    assert compute_payment(10_000, 500, 1003, 3, 0) == Payment(500, 0, 334, 8498)


def test_a_poor_account_pays_the_refund_first() -> None:
    assert compute_payment(300, 500, 1000, 3, 1000) == Payment(300, 0, 0, 0)
    assert compute_payment(800, 500, 1000, 3, 1000) == Payment(500, 30, 90, 0)


@given(
    balance=st.integers(0, 10**6),
    refund=st.integers(0, 10**6),
    pot=st.integers(0, 10**6),
    signers=st.integers(1, 40),
    share=st.integers(0, 10_000),
)
def test_a_payment_creates_and_loses_nothing(
    balance: int, refund: int, pot: int, signers: int, share: int
) -> None:
    payment = compute_payment(balance, refund, pot, signers, share)
    paid = payment.refund + payment.submitter_share + payment.signer_share * signers
    assert paid + payment.left == balance
    assert min(payment.refund, payment.submitter_share, payment.signer_share, payment.left) >= 0


@given(gas=st.integers(0, 10**6), signers=st.integers(1, 31), share=st.integers(0, 10_000))
def test_a_further_signer_lowers_nobody_s_part(gas: int, signers: int, share: int) -> None:
    header = replace(HEADER, gas_used=gas, fee_gas_price=32 * 10**9, fee_gas_limit=10**6)
    fewer, more = (
        compute_payment(10**30, 0, compute_pot(header, 1, count, 32), count, share)
        for count in (signers, signers + 1)
    )
    assert more.submitter_share >= fewer.submitter_share
    # Rounding may cost a signer a wei.
    assert more.signer_share >= fewer.signer_share - 1
