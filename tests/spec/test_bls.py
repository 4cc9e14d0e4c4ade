"""Both engines against our own vectors, and what the suite must refuse."""

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from corollup import bls
from corollup.engine import BlsEngine, get_engine
from corollup.errors import ArgumentError, BlsError
from corollup.spec.bls import POSSESSION_DST, SIGNATURE_DST
from corollup.spec.containers import compute_key_hash
from tests.vectors.generate import FOLDER, show
from tests.vectors.generate_bls import make_document

VECTORS: Any = json.loads((FOLDER / "bls.json").read_text())
MESSAGE = bytes([0x56]) * 32
INFINITE_SIGNATURE = bytes([0xC0]) + bytes(95)


@pytest.fixture(params=["native", "reference"])
def engine(request: pytest.FixtureRequest) -> BlsEngine:
    return get_engine(request.param).bls


def read(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix("0x"))


def read_all(values: list[str]) -> list[bytes]:
    return [read(value) for value in values]


SECRETS = [read(case["secret"]) for case in VECTORS["keys"]]
KEYS = [read(case["key"]) for case in VECTORS["keys"]]


def negate(point: bytes) -> bytes:
    """Flip the sign of a compressed point."""
    return bytes([point[0] ^ 0x20]) + point[1:]


def test_generating_again_gives_the_same_file() -> None:
    assert show(make_document()) == VECTORS


def test_keys_are_derived_and_encoded(engine: BlsEngine) -> None:
    for case in VECTORS["keys"]:
        secret = engine.derive_secret_key(read(VECTORS["seed"]), case["path"])
        assert secret == read(case["secret"])
        key = engine.compute_public_key(secret)
        assert key == read(case["key"])
        encoded = engine.to_eip2537_key(key)
        assert encoded == read(case["key_eip2537"])
        assert engine.from_eip2537_key(encoded) == key
        assert compute_key_hash(encoded) == read(case["key_hash"])


def test_endorsements_aggregate_and_verify(engine: BlsEngine) -> None:
    for case in VECTORS["endorsements"]:
        message, keys = read(case["message"]), read_all(case["keys"])
        signatures = [engine.sign(SECRETS[KEYS.index(key)], message) for key in keys]
        assert signatures == read_all(case["signatures"])
        total = engine.aggregate(signatures)
        assert total == read(case["aggregate"])
        assert engine.fast_aggregate_verify(keys, message, total)
        assert engine.aggregate_keys(keys) == read(case["aggregate_key"])
        assert engine.to_eip2537_signature(total) == read(case["aggregate_eip2537"])
        assert engine.from_eip2537_signature(read(case["aggregate_eip2537"])) == total
        point = engine.hash_to_g2(message, SIGNATURE_DST)
        assert engine.to_eip2537_signature(point) == read(case["message_point_eip2537"])


def test_registrations_prove_possession(engine: BlsEngine) -> None:
    for case in VECTORS["registrations"]:
        key, message, proof = read(case["key"]), read(case["message"]), read(case["proof"])
        assert engine.prove_possession(SECRETS[KEYS.index(key)], message) == proof
        assert engine.verify_possession(key, message, proof)
        assert not engine.verify(key, message, proof)
        assert not engine.verify_possession(key, message, engine.sign(SECRETS[0], message))
        point = engine.hash_to_g2(message, POSSESSION_DST)
        assert engine.to_eip2537_signature(point) == read(case["message_point_eip2537"])


def list_faults() -> list[Any]:
    functions = {
        "invalid_keys": "validate_key",
        "invalid_signatures": "validate_signature",
        "invalid_eip2537_keys": "from_eip2537_key",
        "invalid_eip2537_signatures": "from_eip2537_signature",
    }
    return [
        pytest.param(function, case, id=f"{kind}-{case['name']}")
        for kind, function in functions.items()
        for case in VECTORS[kind]
    ]


@pytest.mark.parametrize(("function", "case"), list_faults())
def test_malformed_point_is_refused(engine: BlsEngine, function: str, case: Any) -> None:
    decode: Callable[[bytes], object] = getattr(engine, function)
    with pytest.raises(BlsError) as refusal:
        decode(read(case["encoded"]))
    assert str(refusal.value) == case["error"]


def test_malformed_argument_verifies_nothing(engine: BlsEngine) -> None:
    signature = engine.sign(SECRETS[0], MESSAGE)
    for key in (case["encoded"] for case in VECTORS["invalid_keys"]):
        assert not engine.verify(read(key), MESSAGE, signature)
        assert not engine.fast_aggregate_verify([KEYS[0], read(key)], MESSAGE, signature)
    for malformed in (case["encoded"] for case in VECTORS["invalid_signatures"]):
        assert not engine.verify(KEYS[0], MESSAGE, read(malformed))
        assert not engine.verify_possession(KEYS[0], MESSAGE, read(malformed))


def test_infinity_verifies_under_no_key(engine: BlsEngine) -> None:
    assert not engine.verify(KEYS[0], MESSAGE, INFINITE_SIGNATURE)
    assert not engine.fast_aggregate_verify([], MESSAGE, INFINITE_SIGNATURE)
    assert not engine.aggregate_verify([], [], INFINITE_SIGNATURE)


def test_keys_that_cancel_out_do_not_aggregate(engine: BlsEngine) -> None:
    keys = [KEYS[0], negate(KEYS[0])]
    with pytest.raises(BlsError, match="public key is the point at infinity"):
        engine.aggregate_keys(keys)
    assert not engine.fast_aggregate_verify(keys, MESSAGE, INFINITE_SIGNATURE)


def test_rogue_key_forges_the_sum_but_proves_no_possession(engine: BlsEngine) -> None:
    # The attacker publishes own − victim without knowing its secret: own signs for both.
    rogue = engine.aggregate_keys([KEYS[1], negate(KEYS[0])])
    forged = engine.sign(SECRETS[1], MESSAGE)
    assert engine.fast_aggregate_verify([KEYS[0], rogue], MESSAGE, forged)
    proof = engine.prove_possession(SECRETS[1], MESSAGE)
    assert not engine.verify_possession(rogue, MESSAGE, proof)


def test_nothing_to_aggregate_is_an_error(engine: BlsEngine) -> None:
    with pytest.raises(BlsError, match="no signature to aggregate"):
        engine.aggregate([])
    with pytest.raises(BlsError, match="no public key to aggregate"):
        engine.aggregate_keys([])


def test_counts_that_differ_are_refused(engine: BlsEngine) -> None:
    signature = engine.sign(SECRETS[0], MESSAGE)
    assert not engine.aggregate_verify(KEYS[:2], [MESSAGE], signature)
    for call in (
        lambda: engine.batch_verify(KEYS[:1], [MESSAGE, MESSAGE], [signature]),
        lambda: engine.batch_verify(KEYS[:1], [MESSAGE], []),
        lambda: engine.find_invalid(KEYS[:2], MESSAGE, [signature]),
        lambda: engine.aggregate_valid(KEYS[:1], MESSAGE, []),
    ):
        with pytest.raises(ArgumentError, match="keys, messages and signatures differ in number"):
            call()


def test_batch_of_distinct_messages(engine: BlsEngine) -> None:
    messages = [b"a", b"b"]
    signatures = [engine.sign(secret, m) for secret, m in zip(SECRETS, messages, strict=False)]
    assert engine.batch_verify(KEYS[:2], messages, signatures)
    assert not engine.batch_verify(KEYS[:2], messages[::-1], signatures)
    assert not engine.batch_verify(KEYS[:2], messages, [signatures[0], b""])
    assert engine.batch_verify([], [], [])


def test_bad_shares_are_found_and_left_out(engine: BlsEngine) -> None:
    good = [engine.sign(secret, MESSAGE) for secret in SECRETS]
    shares = [good[0], b"malformed", engine.sign(SECRETS[2], b"other"), good[3]]
    assert engine.find_invalid(KEYS, MESSAGE, shares) == [1, 2]
    total, invalid = engine.aggregate_valid(KEYS, MESSAGE, shares)
    assert invalid == [1, 2]
    assert total == engine.aggregate([good[0], good[3]])


def test_shares_that_cancel_out_pass_the_sum_only(engine: BlsEngine) -> None:
    good = [engine.sign(secret, MESSAGE) for secret in SECRETS[:3]]
    swapped = [good[1], good[0], good[2]]
    assert engine.aggregate_valid(KEYS[:3], MESSAGE, swapped) == (engine.aggregate(good), [])
    assert engine.find_invalid(KEYS[:3], MESSAGE, swapped) == [0, 1]
    # Beside a malformed share, what is left is summed first too.
    total, invalid = engine.aggregate_valid(KEYS, MESSAGE, [*swapped, b""])
    assert (total, invalid) == (engine.aggregate(good), [3])


def test_aggregate_of_bad_shares_only_is_none(engine: BlsEngine) -> None:
    assert engine.aggregate_valid([], MESSAGE, []) == (None, [])
    assert engine.aggregate_valid(KEYS[:1], MESSAGE, [b""]) == (None, [0])
    other = engine.sign(SECRETS[0], b"other")
    assert engine.aggregate_valid(KEYS[:1], MESSAGE, [other]) == (None, [0])


@pytest.mark.parametrize("size", [0, 256])
def test_domain_tag_outside_the_standard_is_refused(engine: BlsEngine, size: int) -> None:
    message = f"domain separation tag has {size} bytes, expected 1 to 255"
    with pytest.raises(ArgumentError, match=message):
        engine.hash_to_g2(b"", bytes(size))


@pytest.mark.parametrize("size", [1, 255])
def test_domain_tag_at_the_limits_is_taken(size: int) -> None:
    native, reference = (get_engine(name).bls for name in ("native", "reference"))
    assert native.hash_to_g2(b"", bytes(size)) == reference.hash_to_g2(b"", bytes(size))


ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001


def test_secret_key_is_a_scalar_from_one_to_the_order(engine: BlsEngine) -> None:
    assert len(engine.compute_public_key((ORDER - 1).to_bytes(32, "big"))) == 48
    for secret in (bytes(32), ORDER.to_bytes(32, "big"), b"\xff" * 32, b"\1" * 31, b"\1" * 33):
        with pytest.raises(BlsError, match=r"secret key is not 32 bytes of a scalar in 1\.\.r"):
            engine.compute_public_key(secret)
        with pytest.raises(BlsError):
            engine.sign(secret, MESSAGE)


@pytest.mark.parametrize(
    "path",
    [
        *("", "12381", "/m", "m/", "m//1", "m/-1", "m/+1", "m/01", "m/4294967296", "m/1'"),
        *("m/1 ", "m/٣", "m/" + "9" * 5000),
    ],
)
def test_malformed_path_is_refused(engine: BlsEngine, path: str) -> None:
    with pytest.raises(ArgumentError, match="key path"):
        engine.derive_secret_key(bytes(32), path)


def test_derivation_at_its_limits(engine: BlsEngine) -> None:
    assert engine.derive_secret_key(bytes(32), "m") != engine.derive_secret_key(bytes(33), "m")
    assert len(engine.derive_secret_key(bytes(32), "m/4294967295")) == 32
    with pytest.raises(BlsError, match="seed is shorter than 32 bytes"):
        engine.derive_secret_key(bytes(31), "m")


def test_secret_key_keeps_its_secret() -> None:
    secret = bls.SecretKey.from_bytes(SECRETS[0])
    assert repr(secret) == str(secret) == f"{secret}" == "SecretKey(hidden)"
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(secret)
    assert bytes(secret) == SECRETS[0]


def test_objects_compare_hash_and_round_trip() -> None:
    secret = bls.SecretKey.derive(read(VECTORS["seed"]), VECTORS["keys"][0]["path"])
    key, signature = secret.public_key, secret.sign(MESSAGE)
    assert (bytes(key), repr(key)) == (KEYS[0], f"PublicKey(0x{KEYS[0].hex()})")
    assert bls.PublicKey.from_bytes(bytes(key)) == key
    assert bls.PublicKey.from_eip2537(key.to_eip2537()) == key
    assert bls.Signature.from_bytes(bytes(signature)) == signature
    assert bls.Signature.from_eip2537(signature.to_eip2537()) == signature
    assert len({key, bls.PublicKey.from_bytes(KEYS[0]), bls.PublicKey.from_bytes(KEYS[1])}) == 2
    assert len({signature, secret.sign(MESSAGE), secret.sign(b"")}) == 2
    assert key != KEYS[0]


def test_functions_over_objects() -> None:
    secrets = bls.derive_keys(4, seed=1)
    keys = [secret.public_key for secret in secrets]
    signatures = [secret.sign(MESSAGE) for secret in secrets]
    total = bls.aggregate(signatures)
    assert bls.verify(keys[0], MESSAGE, signatures[0])
    assert bls.fast_aggregate_verify(keys, MESSAGE, total)
    assert bls.aggregate_verify(keys, [MESSAGE] * 4, total)
    assert bls.batch_verify(keys, [MESSAGE] * 4, signatures)
    assert bls.aggregate_valid(keys, MESSAGE, signatures) == (total, [])
    bad = [*signatures[:3], secrets[3].sign(b"other")]
    assert bls.find_invalid(keys, MESSAGE, bad) == [3]
    assert bls.aggregate_valid(keys, MESSAGE, bad) == (bls.aggregate(signatures[:3]), [3])
    assert bls.verify_possession(keys[0], MESSAGE, secrets[0].prove_possession(MESSAGE))
    assert bls.verify(bls.PublicKey.aggregate(keys), MESSAGE, total)


def test_generated_keys_differ() -> None:
    assert bytes(bls.SecretKey.generate()) != bytes(bls.SecretKey.generate())


@pytest.mark.parametrize("size", [0, 1, 47, 49, 95, 97, 65_536])
@pytest.mark.parametrize("byte", [0x00, 0x80, 0xC0, 0xFF])
def test_any_bytes_are_refused_without_a_panic(size: int, byte: int) -> None:
    native, junk = get_engine("native").bls, bytes([byte]) * size
    signature = native.sign(SECRETS[0], MESSAGE)
    assert not native.verify(junk, MESSAGE, signature)
    assert not native.verify(KEYS[0], MESSAGE, junk)
    assert not native.fast_aggregate_verify([junk], MESSAGE, signature)
    assert native.find_invalid([junk, KEYS[0]], MESSAGE, [signature, junk]) == [0, 1]
    for decode in (
        *(native.validate_key, native.validate_signature, native.compute_public_key),
        *(native.from_eip2537_key, native.from_eip2537_signature),
    ):
        with pytest.raises(BlsError):
            decode(junk)


@pytest.mark.parametrize("wrong", [None, 1, "text", [1], memoryview(b"")])
def test_argument_of_another_type_is_a_type_error(wrong: Any) -> None:
    native = get_engine("native").bls
    for call in (
        lambda: native.verify(wrong, MESSAGE, INFINITE_SIGNATURE),
        lambda: native.sign(SECRETS[0], wrong),
        lambda: native.aggregate([wrong]),
        lambda: bls.PublicKey.from_bytes(wrong),
    ):
        with pytest.raises(TypeError):
            call()
