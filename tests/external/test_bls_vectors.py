"""The public vectors of the suite, of RFC 9380 and of EIP-2333, on both engines."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from corollup.engine import BlsEngine, get_engine
from corollup.errors import BlsError
from corollup.spec.bls import SIGNATURE_DST
from tests.support import require_data

Check = Callable[[BlsEngine, Any], object]


@pytest.fixture(params=["native", "reference"])
def engine(request: pytest.FixtureRequest) -> BlsEngine:
    return get_engine(request.param).bls


def read(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix("0x"))


def read_all(values: list[str]) -> list[bytes]:
    return [read(value) for value in values]


def aggregate(engine: BlsEngine, given: Any) -> object:
    return refuse_as_none(lambda: show(engine.aggregate(read_all(given))))


def sign(engine: BlsEngine, given: Any) -> object:
    return refuse_as_none(lambda: show(engine.sign(read(given["privkey"]), read(given["message"]))))


def verify(engine: BlsEngine, given: Any) -> object:
    return engine.verify(read(given["pubkey"]), read(given["message"]), read(given["signature"]))


def fast_aggregate_verify(engine: BlsEngine, given: Any) -> object:
    keys, message = read_all(given["pubkeys"]), read(given["message"])
    return engine.fast_aggregate_verify(keys, message, read(given["signature"]))


def aggregate_verify(engine: BlsEngine, given: Any) -> object:
    keys, messages = read_all(given["pubkeys"]), read_all(given["messages"])
    return engine.aggregate_verify(keys, messages, read(given["signature"]))


def batch_verify(engine: BlsEngine, given: Any) -> object:
    keys, messages = read_all(given["pubkeys"]), read_all(given["messages"])
    return engine.batch_verify(keys, messages, read_all(given["signatures"]))


def decode_key(engine: BlsEngine, given: Any) -> object:
    try:
        engine.validate_key(read(given["pubkey"]))
    except BlsError as error:
        # Infinity decodes as a point, and is no key: the one refusal that the vectors do not ask.
        return str(error) == "public key is the point at infinity"
    return True


def decode_signature(engine: BlsEngine, given: Any) -> object:
    def is_valid() -> bool:
        engine.validate_signature(read(given["signature"]))
        return True

    return refuse_as_none(is_valid) is True


def hash_to_g2(engine: BlsEngine, given: Any) -> object:
    return show_point(engine, engine.hash_to_g2(given["msg"].encode(), RFC_DST))


RFC_DST = b"QUUX-V01-CS02-with-BLS12381G2_XMD:SHA-256_SSWU_RO_"

CHECKS: dict[str, tuple[Check, int]] = {
    "aggregate": (aggregate, 6),
    "aggregate_verify": (aggregate_verify, 5),
    "batch_verify": (batch_verify, 2),
    "deserialization_G1": (decode_key, 13),
    "deserialization_G2": (decode_signature, 15),
    "fast_aggregate_verify": (fast_aggregate_verify, 12),
    "hash_to_G2": (hash_to_g2, 4),
    "sign": (sign, 10),
    "verify": (verify, 29),
}
"""What runs each folder of the suite, and how many cases it has at least."""


def refuse_as_none(call: Callable[[], object]) -> object:
    try:
        return call()
    except BlsError:
        return None


def show(data: bytes) -> str:
    return f"0x{data.hex()}"


def show_point(engine: BlsEngine, point: bytes) -> dict[str, str]:
    encoded = engine.to_eip2537_signature(point)
    elements = [show(encoded[start + 16 : start + 64]) for start in range(0, 256, 64)]
    return {"x": ",".join(elements[:2]), "y": ",".join(elements[2:])}


@pytest.mark.parametrize("folder", CHECKS)
def test_suite_of_ethereum(engine: BlsEngine, folder: str) -> None:
    check, count = CHECKS[folder]
    paths = sorted(require_data(f"bls/{folder}").glob("*.json"))
    assert len(paths) >= count
    for path in paths:
        case = json.loads(path.read_text())
        assert check(engine, case["input"]) == case["output"], path.name


def test_hash_to_curve_of_rfc_9380(engine: BlsEngine) -> None:
    path = require_data("hash-to-curve/BLS12381G2_XMD_SHA-256_SSWU_RO_.json")
    document = json.loads(path.read_text())
    dst = document["dst"].encode()
    assert len(document["vectors"]) >= 5
    for case in document["vectors"]:
        point = engine.hash_to_g2(case["msg"].encode(), dst)
        assert show_point(engine, point) == case["P"]


def test_own_tag_is_that_of_the_suite(engine: BlsEngine) -> None:
    path = next(require_data("bls/sign").glob("sign_case_11b8*.json"))
    case = json.loads(path.read_text())
    message, signature = read(case["input"]["message"]), read(case["output"])
    key = engine.compute_public_key(read(case["input"]["privkey"]))
    assert engine.verify(key, message, signature)
    assert engine.hash_to_g2(message, SIGNATURE_DST) != engine.hash_to_g2(message, RFC_DST)


def test_key_derivation_of_eip_2333(engine: BlsEngine) -> None:
    path = require_data("keystores/test_key_derivation/test_vectors/tree_kdf.json")
    cases = json.loads(path.read_text())["kdf_tests"]
    assert len(cases) >= 4
    for case in cases:
        seed, index = read(case["seed"]), case["child_index"]
        master = engine.derive_secret_key(seed, "m")
        assert int.from_bytes(master, "big") == case["master_SK"]
        child = engine.derive_secret_key(seed, f"m/{index}")
        assert int.from_bytes(child, "big") == case["child_SK"]
