"""Aggregates with bad shares of every kind: what is left out, and that what is left verifies."""

import json
import random
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corollup import bls
from corollup.engine import Bls
from corollup.errors import BlsError
from tests.vectors.generate import FOLDER

MESSAGE: Final = bytes([0x56]) * 32
SIZE: Final = 24
SECRETS = bls.derive_keys(SIZE, seed=7)
KEYS = [bytes(secret.public_key) for secret in SECRETS]
GOOD = [bytes(secret.sign(MESSAGE)) for secret in SECRETS]

VECTORS: Any = json.loads((FOLDER / "bls.json").read_text())
MALFORMED = [bytes.fromhex(case["encoded"][2:]) for case in VECTORS["invalid_signatures"]]
INFINITY = bytes([0xC0]) + bytes(95)

KINDS: Final = (
    *("good",) * 6,
    *("other message", "other status", "neighbour's", "negated", "possession", "infinity"),
    *("outside the subgroup", "malformed", "flipped bit", "key"),
)


def make_share(kind: str, seat: int, salt: int) -> bytes:
    """Make the share of a seat."""
    match kind:
        case "good":
            return GOOD[seat]
        case "other message":
            return bytes(SECRETS[seat].sign(salt.to_bytes(4)))
        case "other status":
            return bytes(SECRETS[seat].sign(MESSAGE + b"\0"))
        case "neighbour's":
            return GOOD[(seat + 1) % SIZE]
        case "negated":
            return bytes([GOOD[seat][0] ^ 0x20]) + GOOD[seat][1:]
        case "possession":
            return bytes(SECRETS[seat].prove_possession(MESSAGE))
        case "infinity":
            return INFINITY
        case "outside the subgroup":
            return MALFORMED[-1]
        case "malformed":
            return MALFORMED[salt % len(MALFORMED)]
        case "flipped bit":
            flipped = int.from_bytes(GOOD[seat], "big") ^ 1 << (salt % 760)
            return flipped.to_bytes(96, "big")
        case _:
            return KEYS[seat]


def is_well_formed(share: bytes) -> bool:
    try:
        bls.Signature.from_bytes(share)
    except BlsError:
        return False
    return True


def check_aggregate(keys: list[bytes], shares: list[bytes]) -> list[int]:
    """Check what must hold for any shares, and return the positions left out."""
    claims = list(zip(keys, shares, strict=True))
    bad = [i for i, (key, share) in enumerate(claims) if not Bls.verify(key, MESSAGE, share)]
    assert Bls.find_invalid(keys, MESSAGE, shares) == bad
    assert Bls.batch_verify(keys, [MESSAGE] * len(keys), shares) is (bad == [])

    total, invalid = Bls.aggregate_valid(keys, MESSAGE, shares)
    # Nobody honest is left out; a bad share stays only where bad ones cancel out.
    assert set(invalid) <= set(bad)
    left = [position for position in range(len(keys)) if position not in invalid]
    assert (total is None) is (left == [])
    if total is not None:
        assert total == Bls.aggregate([shares[position] for position in left])
        assert Bls.fast_aggregate_verify([keys[position] for position in left], MESSAGE, total)
    return invalid


@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.integers(0, 10_000)), min_size=SIZE, max_size=SIZE
    )
)
@settings(max_examples=25)
def test_shares_of_every_kind(kinds: list[tuple[str, int]]) -> None:
    shares = [make_share(kind, seat, salt) for seat, (kind, salt) in enumerate(kinds)]
    invalid = check_aggregate(KEYS, shares)
    good = {seat for seat, (kind, _) in enumerate(kinds) if kind == "good"}
    assert good.isdisjoint(invalid)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"good"}))
@pytest.mark.parametrize("seat", [0, 11, SIZE - 1])
def test_one_bad_share_is_the_one_left_out(kind: str, seat: int) -> None:
    shares = [*GOOD[:seat], make_share(kind, seat, 5), *GOOD[seat + 1 :]]
    assert check_aggregate(KEYS, shares) == [seat]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"good", "neighbour's"}))
def test_nothing_is_left_of_bad_shares_only(kind: str) -> None:
    shares = [make_share(kind, seat, seat) for seat in range(SIZE)]
    assert check_aggregate(KEYS, shares) == list(range(SIZE))


def test_shares_dealt_to_the_wrong_seats_still_sum() -> None:
    shares = list(GOOD)
    random.Random(3).shuffle(shares)
    assert Bls.find_invalid(KEYS, MESSAGE, shares) != []
    assert check_aggregate(KEYS, shares) == []
    # With one more bad share the sum fails, and then each share stands for itself.
    poisoned = [*shares[:-1], INFINITY]
    misplaced = [seat for seat in range(SIZE) if poisoned[seat] != GOOD[seat]]
    assert check_aggregate(KEYS, poisoned) == misplaced


def test_pair_that_cancels_out_is_found_beside_another_bad_share() -> None:
    # Each adds or subtracts the same point, so the pair's sum is that of two good shares.
    extra = SECRETS[0].sign(b"extra")
    minus = bls.Signature.from_bytes(bytes([bytes(extra)[0] ^ 0x20]) + bytes(extra)[1:])
    shares = list(GOOD)
    for seat, point in ((4, extra), (5, minus)):
        good = bls.Signature.from_bytes(GOOD[seat])
        shares[seat] = bytes(bls.aggregate([good, point]))
    assert check_aggregate(KEYS, shares) == []
    assert Bls.find_invalid(KEYS, MESSAGE, shares) == [4, 5]
    shares[20] = make_share("other message", 20, 1)
    assert check_aggregate(KEYS, shares) == [4, 5, 20]


def test_duplicate_shares_count_once_a_key() -> None:
    keys, shares = [KEYS[0], KEYS[0], KEYS[1]], [GOOD[0], GOOD[0], GOOD[1]]
    assert check_aggregate(keys, shares) == []
    total = Bls.aggregate(shares)
    # A share that is counted twice verifies only if its key is, so a bitmap cannot hide it.
    assert not Bls.fast_aggregate_verify(KEYS[:2], MESSAGE, total)
    assert check_aggregate([KEYS[0], KEYS[1]], [GOOD[0], GOOD[0]]) == [1]


def test_malformed_key_is_left_out_with_its_share() -> None:
    for case in VECTORS["invalid_keys"]:
        keys = [*KEYS[:3], bytes.fromhex(case["encoded"][2:]), *KEYS[4:]]
        assert check_aggregate(keys, GOOD) == [3]


def test_committee_of_512_with_a_third_poisoned() -> None:
    secrets = bls.derive_keys(512, seed=9)
    keys = [secret.public_key for secret in secrets]
    bad = sorted(random.Random(4).sample(range(512), 170))
    shares = [
        secret.sign(MESSAGE if seat not in bad else b"poison")
        for seat, secret in enumerate(secrets)
    ]
    total, invalid = bls.aggregate_valid(keys, MESSAGE, shares)
    assert invalid == bad
    assert total is not None
    honest = [key for seat, key in enumerate(keys) if seat not in bad]
    assert bls.fast_aggregate_verify(honest, MESSAGE, total)
