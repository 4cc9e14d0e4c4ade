"""The native tree and the reference agree on every root, proof, update and refusal."""

from functools import cache
from importlib.resources import as_file, files

import ckzg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corollup.engine import PartialVerkleTree, VerkleEngine, VerkleTree, get_engine
from corollup.errors import ArgumentError, Reason, Rejected, StateError
from corollup.spec.verkle import partial as spec_partial
from corollup.spec.verkle.tree import Tree
from tests.verkle_samples import (
    CHAIN_ID,
    KEYS,
    SMALL,
    VALUES,
    VECTOR,
    keys,
    make_key,
    make_value,
    select_values,
    writes,
)

NATIVE = get_engine("native").verkle
REFERENCE = get_engine("reference").verkle
ENGINES = pytest.mark.parametrize("engine", [NATIVE, REFERENCE], ids=["native", "reference"])

ITEMS = list(VALUES.items())
ROOT = NATIVE.compute_root(ITEMS)

Writes = list[tuple[bytes, bytes]]


def merge(values: Writes, changes: Writes) -> dict[bytes, bytes]:
    """Return the values after the changes; a zero for an absent key is no write."""
    merged = {key: value for key, value in dict(values).items() if any(value)}
    for key, value in dict(changes).items():
        if any(value) or key in merged:
            merged[key] = value
    return merged


def verify(engine: VerkleEngine, values: Writes, proof: bytes, root: bytes = ROOT) -> Reason | None:
    """Return why a proof is refused, none if it is not."""
    try:
        engine.verify(CHAIN_ID, root, values, proof)
    except Rejected as rejected:
        return rejected.reason
    return None


@cache
def load_ceremony() -> object:
    resource = files("eth_account") / "typed_transactions/blob_transactions/kzg_trusted_setup.txt"
    with as_file(resource) as path:
        return ckzg.load_trusted_setup(str(path), 0)


def check_final_opening(values: Writes, proof: bytes, root: bytes) -> None:
    """Check the opening that a proof comes down to with an independent implementation."""
    opening = NATIVE.compute_final_opening(CHAIN_ID, root, values, proof)
    commitment, place, value, pi = opening
    assert ckzg.verify_kzg_proof(commitment, place, value, pi, load_ceremony())
    other = (int.from_bytes(value, "big") ^ 1).to_bytes(32, "big")
    assert not ckzg.verify_kzg_proof(commitment, place, other, pi, load_ceremony())


@given(writes, writes)
@example(values=[], changes=[(make_key(b"\x01"), make_value(1))])
@example(values=ITEMS, changes=[])
@example(
    values=[(make_key(b"", suffix), make_value(1)) for suffix in range(4)],
    changes=[(make_key(b"", 4), make_value(1))],
)
@settings(max_examples=12)
def test_roots_and_updates_agree(values: Writes, changes: Writes) -> None:
    expected = REFERENCE.apply(values, changes)
    assert NATIVE.apply(values, changes) == expected
    # The same values give the same tree, written in another order and over other values.
    merged = [*merge(values, changes).items()]
    tree = VerkleTree([(key, b"\xff" * 32) for key, _ in merged])
    assert tree.apply(merged[::-1])[0] == expected[0]


@given(writes, writes, st.sets(keys, min_size=1, max_size=6))
@example(values=[], changes=[(make_key(b"\x01"), make_value(1))], reads={make_key(b"\x02")})
@example(values=ITEMS, changes=[(make_key(b"\x01", 9), make_value(1))], reads={*KEYS.values()})
@settings(max_examples=5)
def test_proofs_and_stateless_updates_agree(
    values: Writes, changes: Writes, reads: set[bytes]
) -> None:
    requested = sorted(reads | {key for key, _ in changes})
    proof = REFERENCE.prove(CHAIN_ID, values, requested)
    assert NATIVE.prove(CHAIN_ID, values, requested) == proof
    root = NATIVE.compute_root(values)
    shown = select_values(merge(values, []), requested)
    expected = NATIVE.apply(values, changes)
    for engine in (NATIVE, REFERENCE):
        assert engine.verify_and_apply(CHAIN_ID, root, shown, proof, changes) == expected
    check_final_opening(shown, proof, root)


@given(writes, writes, st.sets(keys, min_size=1, max_size=6))
@settings(max_examples=60)
def test_stateless_root_is_the_stateful_one(
    values: Writes, changes: Writes, reads: set[bytes]
) -> None:
    tree = VerkleTree(values)
    requested = sorted(reads | {key for key, _ in changes})
    shown = [(key, tree.get(key) or bytes(32)) for key in requested]
    proof = tree.prove(CHAIN_ID, requested)
    check_final_opening(shown, proof, tree.root)
    partial = PartialVerkleTree.verify(CHAIN_ID, tree.root, shown, proof, strict=True)
    assert partial.root == tree.root
    assert partial.apply(changes) == tree.apply(changes)


def test_a_commitment_outside_the_group_is_refused_by_the_strict_check_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requested = sorted(VALUES)[:1]
    shown = select_values(VALUES, requested)
    proof = NATIVE.prove(CHAIN_ID, ITEMS, requested)
    statement, witness, _ = spec_partial.decode_statement(CHAIN_ID, ROOT, shown, proof)
    tail = (witness.proof.minus_d, witness.proof.pi)
    spec_partial.verify_multiproof(CHAIN_ID, ROOT, shown, proof, strict=True)
    # No honest tree has such a commitment: all of them are said to be outside here.
    monkeypatch.setattr(spec_partial, "is_in_group", lambda point: point in tail)
    spec_partial.verify_multiproof(CHAIN_ID, ROOT, shown, proof)
    with pytest.raises(StateError, match="a commitment is outside the group"):
        spec_partial.verify_multiproof(CHAIN_ID, ROOT, shown, proof, strict=True)
    assert not any(point in tail for point in statement.nodes.values())


@pytest.mark.parametrize("form", KEYS)
def test_every_form_of_presence_and_absence_agrees(form: str) -> None:
    requested = [KEYS[form]]
    proof = NATIVE.prove(CHAIN_ID, ITEMS, requested)
    shown = select_values(VALUES, requested)
    assert verify(NATIVE, shown, proof) is None
    assert REFERENCE.compute_final_opening(
        CHAIN_ID, ROOT, shown, proof
    ) == NATIVE.compute_final_opening(CHAIN_ID, ROOT, shown, proof)


def test_compressed_proofs_agree() -> None:
    requested = [*KEYS.values()]
    proof = Tree(VALUES).prove(CHAIN_ID, requested, compressed=True)
    assert VerkleTree(ITEMS).prove(CHAIN_ID, requested, compressed=True) == proof
    for engine in (NATIVE, REFERENCE):
        assert verify(engine, select_values(VALUES, requested), proof) is None


@ENGINES
@pytest.mark.parametrize("compressed", [False, True])
def test_empty_tree_proves_absence_with_points_at_infinity(
    engine: VerkleEngine, compressed: bool
) -> None:
    tree = VerkleTree()
    requested = [make_key(b"\x01"), make_key(b"\x01", 1), make_key(b"\x02")]
    proof = tree.prove(CHAIN_ID, requested, compressed=compressed)
    infinity = b"\xc0" + bytes(47) if compressed else bytes(96)
    assert proof.endswith(3 * infinity)
    assert verify(engine, select_values({}, requested), proof, tree.root) is None


def test_stems_of_equal_values_and_commitments_are_told_apart() -> None:
    values = [
        (make_key(prefix, suffix), make_value(suffix))
        for prefix in (b"\x01", b"\x02")
        for suffix in range(1, 7)
    ]
    requested = [make_key(b"\x01", 1), make_key(b"\x02", 1)]
    proof = NATIVE.prove(CHAIN_ID, values, requested)
    assert REFERENCE.prove(CHAIN_ID, values, requested) == proof
    root = NATIVE.compute_root(values)
    assert verify(NATIVE, select_values(dict(values), requested), proof, root) is None


@ENGINES
def test_four_values_become_five_without_the_state(engine: VerkleEngine) -> None:
    values = {make_key(b"\x01", suffix): make_value(suffix + 1) for suffix in range(4)}
    requested = [make_key(b"\x01"), make_key(b"\x01", 200)]
    proof = NATIVE.prove(CHAIN_ID, [*values.items()], requested)
    root = NATIVE.compute_root([*values.items()])
    fifth = (make_key(b"\x01", 200), make_value(9))
    shown = select_values(values, requested)
    post_root, _ = engine.verify_and_apply(CHAIN_ID, root, shown, proof, [fifth])
    assert post_root == NATIVE.compute_root([*values.items(), fifth])


@ENGINES
@pytest.mark.parametrize(
    ("requested", "shown"),
    [([VECTOR], [(VECTOR, make_value(51))]), ([SMALL], [(SMALL, make_value(2))])],
)
def test_false_value_is_refused(
    engine: VerkleEngine, requested: list[bytes], shown: Writes
) -> None:
    proof = NATIVE.prove(CHAIN_ID, ITEMS, requested)
    assert verify(engine, shown, proof) is Reason.INVALID_PROOF


@ENGINES
def test_other_chain_and_other_root_are_refused(engine: VerkleEngine) -> None:
    shown = select_values(VALUES, [SMALL])
    proof = NATIVE.prove(CHAIN_ID + 1, ITEMS, [SMALL])
    assert verify(engine, shown, proof) is Reason.INVALID_PROOF
    proof = NATIVE.prove(CHAIN_ID, ITEMS, [SMALL])
    assert verify(engine, shown, proof, bytes(32)) is Reason.INVALID_PROOF


@ENGINES
@pytest.mark.parametrize("requested", [[], [VECTOR, SMALL], [SMALL, SMALL]])
def test_request_that_does_not_ascend_is_refused(
    engine: VerkleEngine, requested: list[bytes]
) -> None:
    with pytest.raises(ArgumentError, match="strictly ascending and not empty"):
        engine.prove(CHAIN_ID, ITEMS, requested)
    proof = NATIVE.prove(CHAIN_ID, ITEMS, [SMALL, VECTOR])
    shown = [(key, VALUES[key]) for key in requested]
    assert verify(engine, shown, proof) is Reason.MALFORMED_PROOF


@ENGINES
def test_write_outside_the_proof_is_refused(engine: VerkleEngine) -> None:
    proof = NATIVE.prove(CHAIN_ID, ITEMS, [SMALL])
    write = (make_key(b"\x01", 1), make_value(1))
    with pytest.raises(ArgumentError, match="which the proof does not cover"):
        engine.verify_and_apply(CHAIN_ID, ROOT, select_values(VALUES, [SMALL]), proof, [write])


@pytest.mark.parametrize("compressed", [False, True])
def test_every_flipped_byte_is_refused_for_the_same_reason(compressed: bool) -> None:
    requested = [KEYS["small, present"], KEYS["another stem, not requested"], VECTOR]
    proof = VerkleTree(ITEMS).prove(CHAIN_ID, requested, compressed=compressed)
    shown = select_values(VALUES, requested)
    reasons = set()
    for index in range(len(proof)):
        altered = proof[:index] + bytes([proof[index] ^ 1]) + proof[index + 1 :]
        reason = verify(NATIVE, shown, altered)
        assert reason is not None, f"byte {index}"
        # The reference takes a pairing for each that decodes: one in eight is enough.
        if reason is Reason.MALFORMED_PROOF or index % 97 == 0:
            assert verify(REFERENCE, shown, altered) is reason, f"byte {index}"
        reasons.add(reason)
    assert reasons == {Reason.MALFORMED_PROOF, Reason.INVALID_PROOF}


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x01", b"\x01\0", b"\x01\0\0\0\0\x01"]))
@settings(max_examples=200)
def test_any_bytes_are_refused_for_the_same_reason(tail: bytes, head: bytes) -> None:
    shown = select_values(VALUES, [SMALL])
    reason = verify(NATIVE, shown, head + tail)
    assert reason is not None
    assert verify(REFERENCE, shown, head + tail) is reason


def test_copy_changes_apart() -> None:
    tree = VerkleTree(ITEMS)
    copy = tree.copy()
    copy.insert([(SMALL, make_value(99))])
    assert (tree.root, tree.get(SMALL)) == (ROOT, make_value(1))
    assert copy.get(SMALL) == make_value(99)
    assert copy.root == NATIVE.compute_root([*{**VALUES, SMALL: make_value(99)}.items()])


@ENGINES
@pytest.mark.parametrize("size", [0, 31, 33])
def test_words_are_32_bytes(engine: VerkleEngine, size: int) -> None:
    bad, good = bytes(size), bytes(32)
    calls = [
        lambda: engine.compute_root([(bad, good)]),
        lambda: engine.compute_root([(good, bad)]),
        lambda: engine.prove(CHAIN_ID, ITEMS, [bad]),
        lambda: engine.apply(ITEMS, [(bad, good)]),
        lambda: engine.verify(CHAIN_ID, bad, [(good, good)], b""),
        lambda: engine.verify_and_apply(CHAIN_ID, good, [(good, bad)], b"", []),
        lambda: engine.compute_final_opening(CHAIN_ID, bad, [(good, good)], b""),
    ]
    for call in calls:
        with pytest.raises(ArgumentError, match=f"of {size} bytes, expected 32"):
            call()
