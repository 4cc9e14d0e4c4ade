"""Aggregation: bitmaps of signers, and one signature of a quorum with its producer."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corollup.errors import EncodingError
from corollup.spec import bls
from corollup.spec.aggregation import (
    Aggregate,
    compute_aggregate,
    decode_bitmap,
    encode_bitmap,
    verify_aggregate,
)
from corollup.spec.containers import compute_endorse_message
from tests.vectors.generate import fill

SECRETS = [bls.derive_secret_key(fill("seat seed"), f"m/{seat}") for seat in range(5)]
GROUP = [bls.compute_public_key(secret) for secret in SECRETS[:4]]
PRODUCER_SECRET = SECRETS[4]
PRODUCER_KEY = bls.compute_public_key(PRODUCER_SECRET)
DIGEST = fill("digest")


def make_aggregate(status: int, *signers: int) -> Aggregate:
    message = compute_endorse_message(DIGEST, status)
    endorsements = {signer: bls.sign(SECRETS[signer], message) for signer in signers}
    produced = bls.sign(PRODUCER_SECRET, compute_endorse_message(DIGEST, 1))
    return compute_aggregate(DIGEST, status, endorsements, produced)


@given(size=st.integers(0, 600), data=st.data())
def test_a_bitmap_has_one_encoding(size: int, data: st.DataObject) -> None:
    positions = data.draw(st.sets(st.integers(0, size - 1)) if size else st.just(set()))
    words = encode_bitmap(tuple(positions), size)
    assert len(words) == (size + 255) // 256
    assert all(
        (words[position // 256] >> position % 256 & 1) == (position in positions)
        for position in range(size)
    )
    assert decode_bitmap(words, size) == tuple(sorted(positions))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((0b1_0000,), "a position is not below 4"),
        ((), "0 words for 4 positions"),
        ((1, 0), "2 words for 4 positions"),
    ],
)
def test_a_bitmap_of_another_size_is_refused(words: tuple[int, ...], why: str) -> None:
    with pytest.raises(EncodingError, match=f"bitmap: {why}"):
        decode_bitmap(words, 4)


@pytest.mark.parametrize("position", [-1, 4])
def test_a_position_outside_the_group_has_no_bitmap(position: int) -> None:
    with pytest.raises(EncodingError, match="a position is not below 4"):
        encode_bitmap((0, position), 4)


@pytest.mark.parametrize("status", [0, 1])
def test_a_quorum_with_its_producer_is_accepted(status: int) -> None:
    aggregate = make_aggregate(status, 3, 0, 1)
    assert aggregate.signers == (0, 1, 3)
    assert verify_aggregate(aggregate, GROUP, PRODUCER_KEY)
    assert not verify_aggregate(replace(aggregate, status=1 - status), GROUP, PRODUCER_KEY)
    assert not verify_aggregate(replace(aggregate, digest=fill("other")), GROUP, PRODUCER_KEY)
    assert not verify_aggregate(replace(aggregate, signers=(0, 1, 2)), GROUP, PRODUCER_KEY)
    assert not verify_aggregate(aggregate, GROUP, GROUP[2])


def test_fewer_than_two_thirds_are_refused() -> None:
    assert not verify_aggregate(make_aggregate(1, 0, 1), GROUP, PRODUCER_KEY)


@pytest.mark.parametrize("signers", [(0, 1, 1), (1, 0, 3), (0, 1, 4), (-1, 0, 1)])
def test_signers_out_of_order_are_refused(signers: tuple[int, ...]) -> None:
    aggregate = replace(make_aggregate(1, 0, 1, 3), signers=signers)
    assert not verify_aggregate(aggregate, GROUP, PRODUCER_KEY)
