"""The native core and the reference agree on every encoding and every signature, good or bad."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from py_ecc.optimized_bls12_381 import field_modulus

from corollup.engine import BlsEngine, get_engine
from corollup.errors import BlsError

NATIVE = get_engine("native").bls
REFERENCE = get_engine("reference").bls

SECRETS = [NATIVE.derive_secret_key(bytes(32), f"m/{index}") for index in range(4)]
KEYS = [NATIVE.compute_public_key(secret) for secret in SECRETS]
SIGNATURES = [NATIVE.sign(secret, b"message") for secret in SECRETS]


def run(function: Callable[[bytes], object], data: bytes) -> object:
    """Return what the function gives, or the text of its refusal."""
    try:
        return function(data)
    except BlsError as error:
        return str(error)


def mutate(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """Change a few bits of a valid encoding, or its length, or replace it."""
    size = len(seeds[0])
    flips = st.lists(st.integers(0, 8 * size - 1), min_size=0, max_size=3)
    flipped = st.builds(flip_bits, st.sampled_from(seeds), flips)
    resized = st.builds(
        lambda data, cut, tail: data[:cut] + tail,
        st.sampled_from(seeds),
        st.integers(0, size),
        st.binary(max_size=4),
    )
    flags = st.builds(
        lambda first, rest: bytes([first]) + rest,
        st.sampled_from([0x80, 0xA0, 0xC0, 0xE0, 0x00, 0x9A, 0xBA]),
        st.binary(min_size=size - 1, max_size=size - 1),
    )
    return flipped | resized | flags


def flip_bits(data: bytes, bits: list[int]) -> bytes:
    number = int.from_bytes(data, "big")
    for bit in bits:
        number ^= 1 << bit
    return number.to_bytes(len(data), "big")


@given(mutate(KEYS))
@settings(max_examples=120)
def test_compressed_keys(encoded: bytes) -> None:
    assert run(NATIVE.to_eip2537_key, encoded) == run(REFERENCE.to_eip2537_key, encoded)


@given(mutate(SIGNATURES))
@settings(max_examples=80)
def test_compressed_signatures(encoded: bytes) -> None:
    native = run(NATIVE.to_eip2537_signature, encoded)
    assert native == run(REFERENCE.to_eip2537_signature, encoded)


@given(mutate([NATIVE.to_eip2537_key(key) for key in KEYS]))
@settings(max_examples=120)
@example(bytes(128))
@example(bytes(64) + (2).to_bytes(64, "big"))
def test_eip2537_keys(encoded: bytes) -> None:
    assert run(NATIVE.from_eip2537_key, encoded) == run(REFERENCE.from_eip2537_key, encoded)


@given(mutate([NATIVE.to_eip2537_signature(signature) for signature in SIGNATURES]))
@settings(max_examples=80)
@example(bytes(256))
def test_eip2537_signatures(encoded: bytes) -> None:
    native = run(NATIVE.from_eip2537_signature, encoded)
    assert native == run(REFERENCE.from_eip2537_signature, encoded)


@given(st.integers(0, 3), st.integers(0, 2), st.integers(-2, 2), st.sampled_from([0x80, 0xA0]))
@settings(max_examples=40)
def test_abscissas_around_the_modulus(low: int, carry: int, offset: int, flags: int) -> None:
    abscissa = (low + carry * field_modulus + offset) % (1 << 381)
    encoded = (abscissa | flags << 376).to_bytes(48, "big")
    assert run(NATIVE.to_eip2537_key, encoded) == run(REFERENCE.to_eip2537_key, encoded)


@given(st.integers(1, 2**260), st.binary(max_size=80))
@settings(max_examples=12)
def test_secret_keys_sign_alike(scalar: int, message: bytes) -> None:
    secret = scalar.to_bytes(33, "big")[1:]

    def sign(engine: BlsEngine) -> Callable[[bytes], object]:
        return lambda secret: (engine.compute_public_key(secret), engine.sign(secret, message))

    assert run(sign(NATIVE), secret) == run(sign(REFERENCE), secret)


@given(st.binary(min_size=32, max_size=64), st.lists(st.integers(0, 2**32 - 1), max_size=3))
@settings(max_examples=20)
def test_derivations(seed: bytes, indexes: list[int]) -> None:
    path = "/".join(["m", *map(str, indexes)])
    assert NATIVE.derive_secret_key(seed, path) == REFERENCE.derive_secret_key(seed, path)


@given(st.binary(max_size=100), st.binary(min_size=1, max_size=60))
@settings(max_examples=12)
def test_hashes_to_the_curve(message: bytes, dst: bytes) -> None:
    assert NATIVE.hash_to_g2(message, dst) == REFERENCE.hash_to_g2(message, dst)


SHARES = [
    *SIGNATURES,
    NATIVE.sign(SECRETS[0], b"other"),
    bytes([0xC0]) + bytes(95),
    bytes([SIGNATURES[0][0] ^ 0x20]) + SIGNATURES[0][1:],
    b"",
]


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(SHARES)), max_size=3))
@settings(max_examples=6)
def test_shares_are_judged_alike(shares: list[tuple[bytes, bytes]]) -> None:
    keys = [key for key, _ in shares]
    signatures = [signature for _, signature in shares]
    native = NATIVE.aggregate_valid(keys, b"message", signatures)
    assert native == REFERENCE.aggregate_valid(keys, b"message", signatures)
    invalid = NATIVE.find_invalid(keys, b"message", signatures)
    assert invalid == REFERENCE.find_invalid(keys, b"message", signatures)
    assert NATIVE.batch_verify(keys, [b"message"] * len(keys), signatures) is (invalid == [])


def uncompress(signature: bytes) -> bytes:
    x0, x1, y0, y1 = batched(NATIVE.to_eip2537_signature(signature), 64)
    return b"".join(element[16:] for element in (x1, x0, y1, y0))


def batched(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("engine", [NATIVE, REFERENCE])
def test_uncompressed_shares_sum_to_the_same(engine: BlsEngine) -> None:
    keys, signatures = KEYS[:2], [NATIVE.sign(secret, b"message") for secret in SECRETS[:2]]
    long = [uncompress(signatures[0]), signatures[1]]
    total = NATIVE.aggregate(signatures)
    assert engine.aggregate(long) == total
    assert engine.aggregate_valid(keys, b"message", long) == (total, [])
    assert engine.find_invalid(keys, b"message", long[::-1]) == [0, 1]
    infinity = bytes([0x40]) + bytes(191)
    assert engine.aggregate([*long, infinity]) == total
    for broken in (
        *(long[0][:-1] + bytes([long[0][-1] ^ 1]), bytes([long[0][0] | 0x80]) + long[0][1:]),
        *(bytes(192), bytes([0x60]) + bytes(191), infinity[:-1] + b"\1", long[0] + b"\0"),
    ):
        with pytest.raises(BlsError, match="signature is not 96 bytes of a compressed point"):
            engine.aggregate([broken])
        assert engine.aggregate_valid(keys, b"message", [broken, long[1]]) == (long[1], [0])


@pytest.mark.parametrize("engine", [NATIVE, REFERENCE])
def test_points_outside_the_subgroup_get_into_no_sum(engine: BlsEngine) -> None:
    outside = bytes([0x80]) + bytes(94) + b"\2"
    opposite = bytes([outside[0] ^ 0x20]) + outside[1:]
    keys, good = KEYS[:2], [NATIVE.sign(secret, b"message") for secret in SECRETS[:2]]
    with pytest.raises(BlsError, match="signature is not in the subgroup"):
        engine.aggregate([*good, outside])
    assert engine.aggregate([*good, outside, opposite]) == engine.aggregate(good)
    assert engine.aggregate_valid(keys, b"message", [good[0], outside]) == (good[0], [1])
    assert engine.find_invalid(keys, b"message", [good[0], outside]) == [1]


@pytest.mark.parametrize("sign", [0x00, 0x20])
def test_keys_added_to_themselves_or_their_negation(sign: int) -> None:
    other = bytes([KEYS[0][0] ^ sign]) + KEYS[0][1:]
    native = run(lambda key: NATIVE.aggregate_keys([KEYS[0], key]), other)
    assert native == run(lambda key: REFERENCE.aggregate_keys([KEYS[0], key]), other)
