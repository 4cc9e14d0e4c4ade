"""Hints of senders: their bytes, what makes one false, and the equation that checks all at once."""

import json
from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from corollup.engine import decode_transaction
from corollup.errors import Reason, Rejected
from corollup.spec.constants import Fork
from corollup.spec.hints import (
    GENERATOR,
    MODULUS,
    Hint,
    add,
    is_batch_true,
    multiply,
    recover,
    verify_hints,
)
from corollup.spec.transactions import (
    ORDER,
    TransactionSignature,
    decode_rlp,
    encode_rlp,
    read_signature,
)
from tests.vectors.generate import FOLDER
from tests.vectors.generate_hints import render

DOCUMENT = json.loads((FOLDER / "hints.json").read_text())
CASES = DOCUMENT["valid"]


def read(shown: str) -> bytes:
    return bytes.fromhex(shown[2:])


TRANSACTIONS = [read(case["transaction"]) for case in CASES]
ENCODED = b"".join(read(case["hint"]) for case in CASES)


def find(transaction: bytes) -> tuple[TransactionSignature, Hint]:
    signature = read_signature(transaction, Fork.OSAKA)
    assert signature is not None
    hint = recover(signature)
    assert hint is not None
    return signature, hint


SIGNATURES, HINTS = zip(*map(find, TRANSACTIONS), strict=True)


def test_generating_again_gives_the_same_file() -> None:
    assert (FOLDER / "hints.json").read_text() == render()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_sender_is_the_one_that_others_recover(case: Any) -> None:
    transaction = read(case["transaction"])
    sender = read(case["sender"])
    assert bytes.fromhex(Account.recover_transaction(transaction)[2:]) == sender
    assert decode_transaction(transaction).sender == sender


@pytest.mark.parametrize("case", DOCUMENT["senderless"], ids=lambda case: case["name"])
def test_what_is_nobodys_has_no_hint(case: Any) -> None:
    transaction = read(case["transaction"])
    signature = read_signature(transaction, Fork.OSAKA)
    assert signature is None or recover(signature) is None
    verify_hints(Fork.OSAKA, [transaction], bytes(96))


def test_a_high_s_has_a_sender_on_frontier_alone() -> None:
    [data] = [case for case in DOCUMENT["senderless"] if case["name"] == "s is high"]
    signature = read_signature(read(data["transaction"]), Fork.FRONTIER)
    assert signature is not None
    assert recover(signature) is not None
    assert read_signature(read(data["transaction"]), Fork.HOMESTEAD) is None


def test_true_hints_pass() -> None:
    verify_hints(Fork.OSAKA, TRANSACTIONS, ENCODED)
    verify_hints(Fork.OSAKA, [], b"")
    assert is_batch_true(SIGNATURES, HINTS)
    assert is_batch_true([], [])


@pytest.mark.parametrize("place", [0, 95, 96, 96 * 8 - 1])
def test_a_changed_byte_is_found(place: int) -> None:
    changed = ENCODED[:place] + bytes([ENCODED[place] ^ 1]) + ENCODED[place + 1 :]
    with pytest.raises(Rejected) as caught:
        verify_hints(Fork.OSAKA, TRANSACTIONS, changed)
    assert caught.value.reason is Reason.FALSE_HINT
    assert str(caught.value) == f"FalseHint: the hint of transaction {place // 96} is false"


@pytest.mark.parametrize("length", [0, 95, 96 * 8 - 1, 96 * 8 + 1])
def test_another_length_is_false(length: int) -> None:
    with pytest.raises(Rejected) as caught:
        verify_hints(Fork.OSAKA, TRANSACTIONS, (ENCODED + b"\0")[:length])
    message = f"the hints have {length} bytes, expected 96 for each of 8"
    assert str(caught.value) == f"FalseHint: {message}"


def shift(hint: Hint, point: tuple[int, int]) -> Hint:
    key = add(hint.key, point)
    assert key is not None
    return replace(hint, key=key)


def test_the_batch_finds_what_is_false() -> None:
    first, second, *rest = HINTS
    negated = (first.key[0], MODULUS - first.key[1])
    minus_g = (GENERATOR[0], MODULUS - GENERATOR[1])
    for changed in (
        [replace(first, key=negated), second],
        [replace(first, nonce_y=MODULUS - first.nonce_y), second],
        [replace(first, key=(first.key[0] + 1, first.key[1])), second],
        [second, first],
        # Errors that cancel where nobody weighs them.
        [shift(first, GENERATOR), shift(second, minus_g)],
    ):
        assert not is_batch_true(SIGNATURES, [*changed, *rest])


def test_the_group_has_the_order_of_the_curve() -> None:
    assert multiply(GENERATOR, ORDER) is None
    assert multiply(GENERATOR, ORDER - 1) == (GENERATOR[0], MODULUS - GENERATOR[1])
    assert add(multiply(GENERATOR, 5), multiply(GENERATOR, -5)) is None


@given(
    st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=4), max_leaves=12)
)
def test_rlp_has_one_encoding(item: Any) -> None:
    encoded = encode_rlp(item)
    assert decode_rlp(encoded, 0) == (item, len(encoded))


@given(st.binary(max_size=80))
def test_what_rlp_decodes_it_encodes(data: bytes) -> None:
    try:
        item, end = decode_rlp(data, 0)
    except ValueError:
        return
    assert encode_rlp(item) == data[:end]
