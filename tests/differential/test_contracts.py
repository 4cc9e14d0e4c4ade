"""The contracts' libraries, in their bytecode, agree with the reference and the native core."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corollup.engine import get_engine
from corollup.errors import EncodingError
from corollup.l1.abi import get_struct_values, split_words
from corollup.spec.committee import (
    compute_committee_index,
    compute_shuffled_seats,
    compute_ticket,
)
from corollup.spec.containers import (
    Config,
    Genesis,
    Header,
    compute_digest,
    compute_domain,
    compute_endorse_message,
    compute_key_hash,
    compute_registration_message,
    compute_transactions_root,
    decode_payload,
    encode_payload,
)
from corollup.spec.merkle import compute_merkle_path, compute_merkle_root
from tests.artifacts import LibraryHarness, Reverted
from tests.spec.strategies import addresses, hashes, structs

NATIVE = get_engine("native").bls
REFERENCE = get_engine("reference").bls
SIGNATURE_TAG = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"

SECRETS = [NATIVE.derive_secret_key(bytes(32), f"m/{index}") for index in range(4)]
KEYS = [NATIVE.compute_public_key(secret) for secret in SECRETS]

MODULUS = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
    16,
)

u64 = st.integers(0, 2**64 - 1)
items = st.lists(st.binary(max_size=70), max_size=20)


@pytest.fixture(scope="module")
def harness() -> LibraryHarness:
    return LibraryHarness.deploy()


def to_point(encoded: bytes) -> tuple[bytes, ...]:
    return split_words(encoded)


def join(point: Any) -> bytes:
    return b"".join(point)


@given(structs(Config))
@settings(max_examples=20)
def test_config_hash(harness: LibraryHarness, config: Config) -> None:
    assert harness.call("hashConfig", get_struct_values(config)) == config.compute_hash()


@given(structs(Genesis))
@settings(max_examples=20)
def test_genesis_hash(harness: LibraryHarness, genesis: Genesis) -> None:
    assert harness.call("hashGenesis", get_struct_values(genesis)) == genesis.compute_hash()


@given(hashes, structs(Header))
@settings(max_examples=40)
def test_header_and_digest(harness: LibraryHarness, domain: bytes, header: Header) -> None:
    values = get_struct_values(header)
    assert harness.call("encodeHeader", values) == header.encode()
    assert harness.call_raw("decodeHeader", header.encode()) == header.encode()
    digest = compute_digest(domain, header)
    assert harness.call("computeDigest", domain, header.encode()) == digest


@given(u64, u64, addresses, hashes)
@settings(max_examples=20)
def test_domain(
    harness: LibraryHarness, l1_chain_id: int, l2_chain_id: int, contract: bytes, genesis: bytes
) -> None:
    domain = compute_domain(l1_chain_id, l2_chain_id, contract, genesis)
    assert harness.call("computeDomain", l1_chain_id, l2_chain_id, contract, genesis) == domain


@given(hashes, st.integers(0, 1))
@settings(max_examples=20)
def test_endorse_message(harness: LibraryHarness, digest: bytes, status: int) -> None:
    message = compute_endorse_message(digest, status)
    assert harness.call("computeEndorseMessage", digest, status) == message


@given(u64, addresses, addresses, st.sampled_from(KEYS))
@settings(max_examples=20)
def test_registration_message(
    harness: LibraryHarness, chain_id: int, contract: bytes, operator: bytes, key: bytes
) -> None:
    encoded = NATIVE.to_eip2537_key(key)
    key_hash = compute_key_hash(encoded)
    assert harness.call("hashKey", to_point(encoded)) == key_hash
    message = compute_registration_message(chain_id, contract, operator, key_hash)
    assert (
        harness.call("computePossessionMessage", chain_id, contract, operator, key_hash) == message
    )


@given(items, st.data())
@settings(max_examples=40)
def test_merkle_tree(harness: LibraryHarness, leaves: list[bytes], data: st.DataObject) -> None:
    root = compute_merkle_root(leaves)
    assert harness.call("computeMerkleRoot", leaves) == root
    if not leaves:
        return
    index = data.draw(st.integers(0, len(leaves) - 1))
    siblings = list(compute_merkle_path(leaves, index).siblings)
    arguments = (leaves[index], index, len(leaves), siblings)
    assert harness.call("verifyMerklePath", root, *arguments)
    assert not harness.call("verifyMerklePath", bytes(32), *arguments)


@given(items)
@settings(max_examples=40)
def test_transactions_root(harness: LibraryHarness, transactions: list[bytes]) -> None:
    payload = encode_payload(transactions)
    assert harness.call("computeTransactionsRoot", payload) == compute_merkle_root(transactions)


@given(st.binary(max_size=40).map(lambda tail: b"\x01\x00\x00\x00" + tail) | st.binary(max_size=20))
@settings(max_examples=60)
@example(b"\x01\xff\xff\xff\xff")
@example(b"\x01\x00\x00\x00\x01\xff\xff\xff\xff")
def test_malformed_payloads(harness: LibraryHarness, payload: bytes) -> None:
    try:
        expected = compute_transactions_root(decode_payload(payload))
    except EncodingError:
        with pytest.raises(Reverted) as refusal:
            harness.call("computeTransactionsRoot", payload)
        assert refusal.value.data == harness.artifact.encode_error("MalformedPayload")
    else:
        assert harness.call("computeTransactionsRoot", payload) == expected


@given(hashes)
@settings(max_examples=12)
def test_hash_to_g2_of_random_messages(harness: LibraryHarness, message: bytes) -> None:
    point = join(harness.call("hashMessage", message))
    assert point == NATIVE.to_eip2537_signature(NATIVE.hash_to_g2(message, SIGNATURE_TAG))
    assert point == REFERENCE.to_eip2537_signature(REFERENCE.hash_to_g2(message, SIGNATURE_TAG))


@given(st.integers(0, 2**512 - 1))
@example(0)
@example(MODULUS - 1)
@example(MODULUS)
@example(2 * MODULUS - 1)
@example(2**512 // MODULUS * MODULUS - 1)
@example(2**512 // MODULUS * MODULUS)
@example(2**512 - 1)
@settings(max_examples=200)
def test_reduction_by_the_modulus(harness: LibraryHarness, integer: int) -> None:
    reduced = harness.call("reduceElement", integer.to_bytes(64, "big"))
    assert int.from_bytes(reduced, "big") == integer % MODULUS


@given(st.integers(0, 2**131), st.integers(-2, 2))
@settings(max_examples=200)
def test_reduction_near_multiples_of_the_modulus(
    harness: LibraryHarness, quotient: int, offset: int
) -> None:
    integer = min(max(quotient * MODULUS + offset, 0), 2**512 - 1)
    reduced = harness.call("reduceElement", integer.to_bytes(64, "big"))
    assert int.from_bytes(reduced, "big") == integer % MODULUS


@given(st.lists(st.sampled_from(range(len(KEYS))), max_size=6), st.lists(st.booleans(), min_size=6))
@settings(max_examples=20)
def test_sum_of_changed_keys(
    harness: LibraryHarness, added: list[int], are_subtracted: list[bool]
) -> None:
    base = NATIVE.compute_public_key(NATIVE.derive_secret_key(bytes(32), "m/99"))
    keys = [NATIVE.to_eip2537_key(KEYS[index]) for index in added]
    signs = are_subtracted[: len(keys)]
    arguments = [to_point(key) for key in keys], [compute_key_hash(key) for key in keys], signs
    matching, point = harness.call("addKeys", to_point(NATIVE.to_eip2537_key(base)), *arguments)
    expected = to_point(NATIVE.to_eip2537_key(base))
    for key, is_subtracted in zip(keys, signs, strict=True):
        term = to_point(key)
        if is_subtracted:
            term = harness.call("negate", term)
        expected = harness.call("addG1", expected, term)
    assert (matching, tuple(point)) == (len(keys), tuple(expected))


def test_sum_stops_at_a_key_of_another_hash(harness: LibraryHarness) -> None:
    keys = [NATIVE.to_eip2537_key(key) for key in KEYS[:3]]
    known = [compute_key_hash(key) for key in keys]
    known[1] = bytes(32)
    points = [to_point(key) for key in keys]
    matching, _ = harness.call("addKeys", to_point(keys[0]), points, known, [False, False, True])
    assert matching == 1


@given(st.lists(hashes, min_size=1, max_size=3, unique=True), st.booleans())
@settings(max_examples=15)
def test_aggregates(harness: LibraryHarness, messages: list[bytes], is_good: bool) -> None:
    keys, secrets = KEYS[: len(messages)], SECRETS[: len(messages)]
    signed = messages if is_good else [*messages[:-1], bytes(31) + b"\x01"]
    signature = NATIVE.aggregate([NATIVE.sign(s, m) for s, m in zip(secrets, signed, strict=True)])
    assert NATIVE.aggregate_verify(keys, messages, signature) == is_good
    points = [to_point(NATIVE.to_eip2537_key(key)) for key in keys]
    encoded = to_point(NATIVE.to_eip2537_signature(signature))
    assert harness.call("verifyAggregate", points, messages, encoded) == is_good


@given(hashes, hashes)
@settings(max_examples=10)
def test_possession(harness: LibraryHarness, message: bytes, other: bytes) -> None:
    key = to_point(NATIVE.to_eip2537_key(KEYS[0]))
    proof = to_point(NATIVE.to_eip2537_signature(NATIVE.prove_possession(SECRETS[0], message)))
    assert harness.call("verifyPossession", key, message, proof)
    assert harness.call("verifyPossession", key, other, proof) == (message == other)


@given(hashes, st.integers(0, 60))
@settings(max_examples=20)
def test_shuffle(harness: LibraryHarness, seed: bytes, size: int) -> None:
    seats = list(range(1, size + 1))
    assert list(harness.call("shuffle", seed, seats)) == compute_shuffled_seats(seed, seats)


@given(hashes, st.integers(1, 128), u64, st.integers(0, 1))
@settings(max_examples=20)
def test_committee_of_a_packet(
    harness: LibraryHarness, seed: bytes, count: int, number: int, rung: int
) -> None:
    expected = compute_committee_index(seed, number, rung, count)
    assert harness.call("committeeOf", seed, count, number, rung) == expected


@given(hashes, u64, st.integers(1, 2**128 - 1))
@settings(max_examples=20)
def test_ticket_of_a_view(harness: LibraryHarness, seed: bytes, view: int, total: int) -> None:
    assert harness.call("ticketOf", seed, view, total) == compute_ticket(seed, view, total)


@given(st.lists(st.tuples(addresses, hashes, st.integers(1, 2**64)), min_size=1, max_size=6))
@settings(max_examples=15)
def test_schedule_root(harness: LibraryHarness, producers: list[tuple[bytes, bytes, int]]) -> None:
    entries, start = [], 0
    for operator, key_hash, stake in producers:
        entries.append((operator, key_hash, start, start + stake))
        start += stake
    items = [
        operator + key_hash + start.to_bytes(16, "big") + end.to_bytes(16, "big")
        for operator, key_hash, start, end in entries
    ]
    assert harness.call("computeScheduleRoot", entries) == compute_merkle_root(items)
