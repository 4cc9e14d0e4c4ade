"""The blobs of data anchors, against ckzg and between the engines."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corollup.engine import EngineName, get_engine
from corollup.errors import EncodingError, Reason, Rejected
from corollup.l1.blobs import prove_blobs, prove_cells
from corollup.spec.blobs import (
    BLOB_DATA_BYTES,
    ELEMENTS,
    compute_data_hash,
    compute_versioned_hash,
    decode_blobs,
    encode_blobs,
    evaluate,
    get_roots,
    verify_blobs,
)
from corollup.spec.containers import (
    BlobProof,
    DataSection,
    ExecutionResult,
    compute_digest,
    compute_endorse_message,
    compute_payload_hash,
)
from corollup.spec.rules import count_anchored
from corollup.spec.verdict import Context, Network
from tests.rollup import CONFIG, SECRET, Rollup, sign_transfer

ENGINES: tuple[EngineName, ...] = ("native", "reference")
ANCHORS = replace(CONFIG, data_anchor_interval=2)


@given(st.integers(0, 2**64 - 1), st.lists(st.binary(max_size=100), max_size=5))
@settings(max_examples=20)
def test_payloads_are_read_back(first: int, payloads: list[bytes]) -> None:
    assert decode_blobs(encode_blobs(first, payloads)) == (first, tuple(payloads))


@pytest.mark.parametrize(("size", "blobs"), [(-21, 1), (-20, 2), (5 * BLOB_DATA_BYTES - 21, 6)])
def test_data_is_in_as_few_blobs_as_hold_it(size: int, blobs: int) -> None:
    assert len(encode_blobs(1, [bytes(BLOB_DATA_BYTES + size)])) == blobs


def test_data_above_six_blobs_has_no_encoding() -> None:
    with pytest.raises(EncodingError, match="761857 bytes of data, the blobs hold 761856"):
        encode_blobs(1, [bytes(6 * BLOB_DATA_BYTES - 20)])


def test_other_elements_are_not_read() -> None:
    (blob,) = encode_blobs(1, [b"payload"])
    with pytest.raises(EncodingError, match="not canonical"):
        decode_blobs([blob[:-1] + b"\1"])
    with pytest.raises(EncodingError, match="unknown codec"):
        decode_blobs([bytes(len(blob))])


def test_polynomial_is_evaluated_on_and_off_the_roots() -> None:
    roots = get_roots()
    assert len(set(roots)) == ELEMENTS
    assert evaluate(roots, 123_456_789) == 123_456_789
    assert evaluate(roots, roots[77]) == roots[77]


def test_proofs_of_ckzg_are_true_and_others_are_not() -> None:
    blobs = encode_blobs(3, [b"some"]) + encode_blobs(4, [b"others" * 100])
    proofs = prove_blobs(blobs)
    assert verify_blobs(blobs, proofs)
    assert verify_blobs(blobs[:1], proofs[:1])
    infinity = b"\xc0" + bytes(47)
    assert not verify_blobs(blobs, proofs[::-1])
    assert not verify_blobs(blobs[:1], proofs)
    assert not verify_blobs(blobs[:1], [BlobProof(infinity, infinity)])
    assert not verify_blobs(blobs[:1], [BlobProof(bytes(48), infinity)])


def test_a_blob_has_128_cell_proofs() -> None:
    (blob,) = encode_blobs(3, [b"some"])
    assert [len(proof) for proof in prove_cells(blob)] == [48] * 128


def test_versioned_hash_begins_with_its_version() -> None:
    assert compute_versioned_hash(bytes(48))[0] == 1
    two = (BlobProof(bytes(48), bytes(48)), BlobProof(b"\1" * 48, bytes(48)))
    assert compute_data_hash(two) != compute_data_hash(two[::-1])


@pytest.mark.parametrize(
    ("number", "count"), [(1, None), (3, None), (4, 3), (5, None), (8, 3), (0, 0)]
)
def test_anchor_holds_the_packets_since_the_last_one(number: int, count: int | None) -> None:
    assert count_anchored(replace(CONFIG, data_anchor_interval=4), number) == count


def test_first_anchor_holds_what_there_is() -> None:
    config = replace(CONFIG, data_anchor_interval=4, genesis_number=2)
    assert count_anchored(config, 4) == 1
    assert count_anchored(CONFIG, 4) is None


def make_anchor() -> tuple[Rollup, bytes, ExecutionResult]:
    """A ledger of one packet, that packet, and the data anchor after it."""
    rollup = Rollup(config=ANCHORS)
    first = rollup.produce(sign_transfer())
    candidate = rollup.build(sign_transfer(nonce=1))
    payload = ExecutionResult.decode(first).body.payload
    proofs = prove_blobs(encode_blobs(1, (payload, candidate.payload)))
    candidate.anchor([payload], [(proof.commitment, proof.proof) for proof in proofs])
    signature = get_engine().bls.sign(SECRET, compute_endorse_message(candidate.digest, 1))
    anchor = ExecutionResult.decode(candidate.sign(signature))
    rollup.ledger.append(candidate)
    return rollup, first, anchor


ROLLUP, FIRST, ANCHOR = make_anchor()
PAYLOAD_HASH = compute_payload_hash(ANCHOR.body.data.payloads[0])


def verify(name: EngineName, result: ExecutionResult, *hashes: bytes) -> Reason | None:
    network = Network(ANCHOR.domain, ANCHORS)
    context = Context(network=network, payload_hashes=hashes)
    return get_engine(name).endorser.verify(result.encode(), context).reason


def change_data(data: DataSection) -> ExecutionResult:
    """Put other data in, make the header name its blobs, and sign again."""
    data_hash = compute_data_hash(data.blobs) if data.blobs else bytes(32)
    header = replace(ANCHOR.header, data_hash=data_hash)
    result = replace(ANCHOR, header=header, body=replace(ANCHOR.body, data=data))
    message = compute_endorse_message(compute_digest(result.domain, header), 1)
    return replace(result, producer_signature=get_engine().bls.sign(SECRET, message))


@pytest.mark.parametrize("name", ENGINES)
def test_anchor_is_accepted(name: EngineName) -> None:
    assert verify(name, ANCHOR, PAYLOAD_HASH) is None
    verdict = get_engine(name).endorser.verify(ANCHOR.encode(), Context())
    assert "data" in verdict.checks_not_done


@pytest.mark.parametrize("name", ENGINES)
def test_each_false_part_of_an_anchor_has_its_reason(name: EngineName) -> None:
    data = ANCHOR.body.data
    twice = data.blobs * 2
    other = prove_blobs(encode_blobs(1, (b"other", ANCHOR.body.payload)))
    cases = [
        (ANCHOR, (bytes(32),), Reason.PAYLOAD_HASH_MISMATCH),
        (ANCHOR, (), Reason.PAYLOAD_HASH_MISMATCH),
        (change_data(replace(data, blobs=other)), (PAYLOAD_HASH,), Reason.INVALID_BLOB_PROOF),
        (
            change_data(replace(data, blobs=twice)),
            (PAYLOAD_HASH,),
            Reason.INVALID_BLOB_PROOF,
        ),
        (change_data(replace(data, payloads=())), (PAYLOAD_HASH,), Reason.WRONG_DATA_HASH),
        (change_data(DataSection()), (PAYLOAD_HASH,), Reason.WRONG_DATA_HASH),
    ]
    for result, hashes, reason in cases:
        assert verify(name, result, *hashes) is reason


def test_other_producers_import_the_anchor() -> None:
    importer = Rollup(config=ANCHORS)
    importer.ledger.import_result(FIRST)
    assert importer.ledger.import_result(ANCHOR.encode()) == 2
    assert importer.ledger.head_hash == ROLLUP.ledger.head_hash


def test_importer_knows_the_payloads_before() -> None:
    importer = Rollup(config=ANCHORS)
    importer.ledger.import_result(FIRST)
    foreign = b"\1" + bytes(4)
    blobs = prove_blobs(encode_blobs(1, (foreign, ANCHOR.body.payload)))
    with pytest.raises(Rejected) as rejected:
        importer.ledger.import_result(change_data(DataSection((foreign,), blobs)).encode())
    assert rejected.value.reason is Reason.PAYLOAD_HASH_MISMATCH
