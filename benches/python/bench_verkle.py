"""A tree of 64 accounts: its root, a proof of 8 keys, the check, and writes without the state."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from corollup.engine import get_engine
from corollup.spec.encoding import keccak256
from corollup.spec.verkle.keys import compute_basic_data_key, compute_code_hash_key

CHAIN_ID = 1
ADDRESSES = [keccak256(bytes([number]))[:20] for number in range(64)]
VALUES = [
    (compute_key(address), keccak256(address))
    for address in ADDRESSES
    for compute_key in (compute_basic_data_key, compute_code_hash_key)
]

NATIVE = get_engine("native").verkle
REFERENCE = get_engine("reference").verkle

ROOT = NATIVE.compute_root(VALUES)
SHOWN = sorted(VALUES)[::16]
KEYS = [key for key, _ in SHOWN]
PROOF = NATIVE.prove(CHAIN_ID, VALUES, KEYS)
WRITES = [(key, bytes(31) + b"\x01") for key in KEYS]

prove_group = pytest.mark.benchmark(group="Verkle tree of 64 accounts, proof of 8 keys")
verify_group = pytest.mark.benchmark(group="Verkle proof of 8 keys, check and post-root")


@prove_group
def test_native_prove(benchmark: BenchmarkFixture) -> None:
    benchmark(NATIVE.prove, CHAIN_ID, VALUES, KEYS)


@prove_group
def test_reference_prove(benchmark: BenchmarkFixture) -> None:
    # The reference keeps commitments it has seen; the first round is the honest one.
    benchmark.pedantic(REFERENCE.prove, (CHAIN_ID, VALUES, KEYS), rounds=1)


@verify_group
def test_native_verify(benchmark: BenchmarkFixture) -> None:
    benchmark(NATIVE.verify_and_apply, CHAIN_ID, ROOT, SHOWN, PROOF, WRITES)


@verify_group
def test_reference_verify(benchmark: BenchmarkFixture) -> None:
    benchmark.pedantic(REFERENCE.verify_and_apply, (CHAIN_ID, ROOT, SHOWN, PROOF, WRITES), rounds=3)
