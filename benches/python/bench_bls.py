"""What a node does with BLS signatures, natively and on py_ecc."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from corollup import bls
from corollup.engine import Bls, get_engine

MESSAGE = bytes([0x56]) * 32
SECRETS = bls.derive_keys(128, seed=1)
KEYS = [secret.public_key for secret in SECRETS]
SIGNATURES = [secret.sign(MESSAGE) for secret in SECRETS]
KEY_BYTES = [bytes(key) for key in KEYS]
SIGNATURE_BYTES = [bytes(signature) for signature in SIGNATURES]
AGGREGATE = bytes(bls.aggregate(SIGNATURES))


def run_reference(benchmark: BenchmarkFixture, work: Callable[..., Any], *arguments: Any) -> None:
    benchmark.pedantic(work, args=arguments, rounds=3, iterations=1)


@pytest.mark.benchmark(group="BLS sign")
def test_sign_native(benchmark: BenchmarkFixture) -> None:
    benchmark(SECRETS[0].sign, MESSAGE)


@pytest.mark.benchmark(group="BLS sign")
def test_sign_py_ecc(benchmark: BenchmarkFixture) -> None:
    run_reference(benchmark, get_engine("reference").bls.sign, bytes(SECRETS[0]), MESSAGE)


@pytest.mark.benchmark(group="BLS verify from bytes")
def test_verify_native(benchmark: BenchmarkFixture) -> None:
    benchmark(Bls.verify, KEY_BYTES[0], MESSAGE, SIGNATURE_BYTES[0])


@pytest.mark.benchmark(group="BLS verify from bytes")
def test_verify_py_ecc(benchmark: BenchmarkFixture) -> None:
    verify = get_engine("reference").bls.verify
    run_reference(benchmark, verify, KEY_BYTES[0], MESSAGE, SIGNATURE_BYTES[0])


@pytest.mark.benchmark(group="BLS aggregate 128 signatures from bytes")
def test_aggregate_native(benchmark: BenchmarkFixture) -> None:
    benchmark(Bls.aggregate, SIGNATURE_BYTES)


@pytest.mark.benchmark(group="BLS aggregate 128 signatures from bytes")
def test_aggregate_py_ecc(benchmark: BenchmarkFixture) -> None:
    aggregate = get_engine("reference").bls.aggregate
    benchmark.pedantic(aggregate, args=(SIGNATURE_BYTES,), rounds=1, iterations=1)


@pytest.mark.benchmark(group="BLS fast-aggregate-verify of 128, keys decoded before")
def test_fast_aggregate_verify_native(benchmark: BenchmarkFixture) -> None:
    benchmark(Bls.fast_aggregate_verify, KEYS, MESSAGE, AGGREGATE)


@pytest.mark.benchmark(group="BLS fast-aggregate-verify of 128 from bytes")
def test_fast_aggregate_verify_native_from_bytes(benchmark: BenchmarkFixture) -> None:
    benchmark(Bls.fast_aggregate_verify, KEY_BYTES, MESSAGE, AGGREGATE)


@pytest.mark.benchmark(group="BLS fast-aggregate-verify of 128 from bytes")
def test_fast_aggregate_verify_py_ecc(benchmark: BenchmarkFixture) -> None:
    verify = get_engine("reference").bls.fast_aggregate_verify
    benchmark.pedantic(verify, args=(KEY_BYTES, MESSAGE, AGGREGATE), rounds=1, iterations=1)


@pytest.mark.benchmark(group="BLS aggregate of 128 with one bad share")
def test_one_bad_share_native(benchmark: BenchmarkFixture) -> None:
    signatures = [*SIGNATURES[:-1], SECRETS[-1].sign(b"other")]
    _, invalid = benchmark(Bls.aggregate_valid, KEYS, MESSAGE, signatures)
    assert invalid == [127]
