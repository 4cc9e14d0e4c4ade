"""
What no tree gives, and what could be taken for something else: each rule refuses in both engines.

An altered proof keeps its −D and π. Where the rule is all that stands between an honest multiproof
and a false statement, the openings would verify without it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from py_ecc.optimized_bls12_381 import FQ, Z1, b, field_modulus, is_on_curve

from corollup.engine import VerkleEngine, VerkleTree, get_engine
from corollup.errors import Reason, Rejected
from corollup.spec.verkle import wire
from corollup.spec.verkle.curve import Point, encode_affine, get_lagrange_points, is_in_group
from corollup.spec.verkle.multiproof import Proof
from corollup.spec.verkle.tree import Tree, group_keys
from corollup.spec.verkle.wire import Finding, Status, Witness, decode_witness, encode_witness
from tests.verkle_samples import CHAIN_ID, VALUES, make_key, make_value, select_values

NATIVE = get_engine("native").verkle
REFERENCE = get_engine("reference").verkle
ENGINES = pytest.mark.parametrize("engine", [NATIVE, REFERENCE], ids=["native", "reference"])

ROOT: Final = NATIVE.compute_root([*VALUES.items()])

SMALL, SMALL_ABSENT = make_key(b"\x01"), make_key(b"\x01", 1)
SMALL_SECOND = make_key(b"\x01", 7)
OTHER_REQUESTED = make_key(b"\x01\x01")
OTHER_HIDDEN = make_key(b"\x03", 9)
EMPTY = make_key(b"\x05")
VECTOR, VECTOR_ABSENT = make_key(b"\x04", 40), make_key(b"\x04", 41)


def prove(requested: list[bytes]) -> bytes:
    return VerkleTree([*VALUES.items()]).prove(CHAIN_ID, requested)


def decode(requested: list[bytes]) -> Witness:
    return decode_witness(group_keys(requested), prove(requested))[0]


def expect_malformed(
    engine: VerkleEngine, shown: list[tuple[bytes, bytes]], proof: bytes, why: str | None
) -> None:
    with pytest.raises(Rejected, match=why) as caught:
        engine.verify(CHAIN_ID, ROOT, shown, proof)
    assert caught.value.reason is Reason.MALFORMED_PROOF


def expect_invalid(
    engine: VerkleEngine, shown: list[tuple[bytes, bytes]], proof: bytes, why: str
) -> None:
    with pytest.raises(Rejected, match=why) as caught:
        engine.verify(CHAIN_ID, ROOT, shown, proof)
    assert caught.value.reason is Reason.INVALID_PROOF


@ENGINES
def test_requested_suffix_never_travels_to_be_believed_absent(engine: VerkleEngine) -> None:
    witness = decode([SMALL])
    stem = SMALL[:31]
    hidden = replace(
        witness,
        presence={(stem, SMALL[31]): False},
        travelling={stem: {**witness.travelling[stem], SMALL[31]: VALUES[SMALL]}},
    )
    expect_malformed(
        engine, [(SMALL, bytes(32))], encode_witness(hidden), "a requested suffix travels"
    )


@ENGINES
def test_requested_suffix_never_travels_beside_its_own_value(engine: VerkleEngine) -> None:
    witness = decode([SMALL])
    stem = SMALL[:31]
    doubled = replace(
        witness, travelling={stem: {**witness.travelling[stem], SMALL[31]: VALUES[SMALL]}}
    )
    expect_malformed(
        engine,
        select_values(VALUES, [SMALL]),
        encode_witness(doubled),
        "a requested suffix travels",
    )


@ENGINES
def test_requested_stem_is_never_hidden_to_be_believed_absent(engine: VerkleEngine) -> None:
    stem = SMALL[:31]
    node = Tree(VALUES).find(stem)[1]
    assert node is not None
    hidden = replace(
        decode([SMALL]),
        findings={stem: Finding(1, Status.OTHER)},
        presence={},
        travelling={},
        hidden={b"\x01": (stem, node.body)},
    )
    expect_malformed(
        engine, [(SMALL, bytes(32))], encode_witness(hidden), "a hidden stem is a requested one"
    )


@ENGINES
def test_requested_resident_is_the_resident(engine: VerkleEngine) -> None:
    requested = [SMALL, OTHER_REQUESTED]
    witness = decode(requested)
    assert [*witness.findings.values()] == [Finding(1, Status.SMALL), Finding(1, Status.OTHER)]
    other = (make_key(b"\x01\x02")[:31], bytes(32))
    replaced = replace(witness, hidden={b"\x01": other})
    expect_malformed(
        engine,
        select_values(VALUES, requested),
        encode_witness(replaced),
        "the hidden stems are not as many as their slots",
    )


@ENGINES
@pytest.mark.parametrize(
    ("findings", "why"),
    [
        ([Finding(1, Status.SMALL), Finding(1, Status.SMALL)], "a slot holds two stems"),
        ([Finding(1, Status.SMALL), Finding(1, Status.VECTOR)], "a slot holds two stems"),
        ([Finding(1, Status.SMALL), Finding(1, Status.NOTHING)], "a slot is both empty and taken"),
        ([Finding(1, Status.OTHER), Finding(1, Status.NOTHING)], "a slot is both empty and taken"),
        ([Finding(1, Status.SMALL), Finding(2, Status.OTHER)], "a path is both a node and a slot"),
        ([Finding(3, Status.NOTHING), Finding(1, Status.OTHER)], "a path is both a node and a sl"),
    ],
)
def test_findings_that_no_tree_gives(
    engine: VerkleEngine, findings: list[Finding], why: str
) -> None:
    requested = [SMALL, OTHER_REQUESTED]
    witness = decode(requested)
    stems = [SMALL[:31], OTHER_REQUESTED[:31]]
    altered = replace(witness, findings=dict(zip(stems, findings, strict=True)))
    expect_malformed(engine, select_values(VALUES, requested), encode_witness(altered), why)


@ENGINES
@pytest.mark.parametrize(
    ("requested", "byte", "why"),
    [
        (SMALL, 0x00, "depth 0 of a slot"),
        (SMALL, 0x40 | 31, "depth 31 of a slot"),
        (SMALL, 0x81, "bit 7 of a status is not zero"),
    ],
)
def test_status_byte_bounds(engine: VerkleEngine, requested: bytes, byte: int, why: str) -> None:
    proof = bytearray(prove([requested]))
    proof[6] = byte
    expect_malformed(engine, select_values(VALUES, [requested]), bytes(proof), why)


@ENGINES
@pytest.mark.parametrize("status", [Status.SMALL, Status.NOTHING])
def test_depth_31_is_allowed_but_for_another_stem(engine: VerkleEngine, status: Status) -> None:
    # A slot of 31 bytes exists below two stems that differ in their last byte only.
    values = {bytes(30) + bytes([last, 0]): make_value(1) for last in (1, 2)}
    last = 1 if status is Status.SMALL else 3
    requested = [bytes(30) + bytes([last, 0])]
    tree = VerkleTree([*values.items()])
    proof = tree.prove(CHAIN_ID, requested)
    assert proof[6] == 31 | status << 5
    engine.verify(CHAIN_ID, tree.root, select_values(values, requested), proof)


@ENGINES
@pytest.mark.parametrize(
    ("position", "byte", "why"),
    [
        (0, 0, "unknown version"),
        (0, 2, "unknown version"),
        (1, 2, "unknown flags"),
        (1, 0x80, "unknown flags"),
        (5, 2, "the stems are not as many as the request's"),
        (5, 0, "the stems are not as many as the request's"),
    ],
)
def test_header_bytes(engine: VerkleEngine, position: int, byte: int, why: str) -> None:
    proof = bytearray(prove([SMALL]))
    proof[position] = byte
    expect_malformed(engine, select_values(VALUES, [SMALL]), bytes(proof), why)


@ENGINES
@pytest.mark.parametrize("bit", range(2, 8))
def test_padding_of_the_presence_bits_is_zero(engine: VerkleEngine, bit: int) -> None:
    requested = [SMALL, SMALL_ABSENT]
    proof = bytearray(prove(requested))
    assert proof[7] == 0b01
    proof[7] |= 1 << bit
    shown = select_values(VALUES, requested)
    expect_malformed(engine, shown, bytes(proof), "padding of the presence bits is not zero")


@ENGINES
@pytest.mark.parametrize("key", [SMALL_ABSENT, VECTOR_ABSENT, OTHER_HIDDEN, OTHER_REQUESTED, EMPTY])
def test_absent_key_has_no_value(engine: VerkleEngine, key: bytes) -> None:
    shown = [(key, make_value(1))]
    expect_malformed(engine, shown, prove([key]), "an absent key has a value")


@ENGINES
def test_present_zero_is_not_shown_by_an_absence(engine: VerkleEngine) -> None:
    stem = VECTOR[:31]
    altered = replace(decode([VECTOR_ABSENT]), presence={(stem, VECTOR_ABSENT[31]): True})
    shown = [(VECTOR_ABSENT, bytes(32))]
    expect_invalid(engine, shown, encode_witness(altered), "the openings do not verify")


def swap_pairs(proof: bytes) -> bytes:
    """Swap the two travelling pairs of 33 bytes that begin after the count at byte 8."""
    assert proof[8] == 2
    return proof[:9] + proof[42:75] + proof[9:42] + proof[75:]


def double_pair(proof: bytes) -> bytes:
    return proof[:42] + proof[9:42] + proof[75:]


@ENGINES
@pytest.mark.parametrize("alter", [swap_pairs, double_pair])
def test_travelling_pairs_ascend(engine: VerkleEngine, alter: Callable[[bytes], bytes]) -> None:
    proof = alter(prove([SMALL_ABSENT]))
    shown = select_values(VALUES, [SMALL_ABSENT])
    expect_malformed(engine, shown, proof, "pairs do not ascend")


@ENGINES
@pytest.mark.parametrize("count", [0, 5])
def test_small_stem_has_one_to_four_values(engine: VerkleEngine, count: int) -> None:
    pairs = {suffix: make_value(1) for suffix in range(10, 10 + count)}
    altered = replace(decode([SMALL_ABSENT]), travelling={SMALL[:31]: pairs})
    shown = select_values(VALUES, [SMALL_ABSENT])
    expect_malformed(engine, shown, encode_witness(altered), f"a small stem with {count} values")


@ENGINES
@pytest.mark.parametrize("count", [1, 4])
def test_small_stem_of_each_size_is_proven(engine: VerkleEngine, count: int) -> None:
    values = {make_key(b"\x01", suffix): make_value(1) for suffix in range(count)}
    tree = VerkleTree([*values.items()])
    requested = [make_key(b"\x01", 0)]
    engine.verify(
        CHAIN_ID, tree.root, select_values(values, requested), tree.prove(CHAIN_ID, requested)
    )


@ENGINES
def test_hidden_stem_is_in_its_slot(engine: VerkleEngine) -> None:
    witness = decode([OTHER_HIDDEN])
    [(slot, (stem, body))] = witness.hidden.items()
    altered = replace(witness, hidden={slot: (b"\x06" + stem[1:], body)})
    shown = select_values(VALUES, [OTHER_HIDDEN])
    expect_malformed(engine, shown, encode_witness(altered), "a hidden stem is not in its slot")


@ENGINES
def test_other_hidden_stem_does_not_verify(engine: VerkleEngine) -> None:
    witness = decode([OTHER_HIDDEN])
    [(slot, (stem, body))] = witness.hidden.items()
    altered = replace(witness, hidden={slot: (stem[:-1] + b"\x00", body)})
    shown = select_values(VALUES, [OTHER_HIDDEN])
    expect_invalid(engine, shown, encode_witness(altered), "the openings do not verify")


@ENGINES
@pytest.mark.parametrize(
    ("hidden", "nodes", "why"),
    [
        (1, 0, "the hidden stems are not as many as their slots"),
        (0, 1, "the nodes are not as many as their paths"),
    ],
)
def test_lists_are_as_long_as_the_request_calls_for(
    engine: VerkleEngine, hidden: int, nodes: int, why: str
) -> None:
    witness = decode([VECTOR])
    points = {**witness.nodes, **{bytes(index + 40): Z1 for index in range(nodes)}}
    stems = {b"": (bytes(31), bytes(32))} if hidden else {}
    altered = replace(witness, nodes=points, hidden=stems)
    expect_malformed(engine, select_values(VALUES, [VECTOR]), encode_witness(altered), why)


@ENGINES
def test_shorter_lists_are_refused(engine: VerkleEngine) -> None:
    witness = decode([VECTOR])
    altered = replace(witness, nodes={b"": witness.nodes[b""]})
    shown = select_values(VALUES, [VECTOR])
    expect_malformed(engine, shown, encode_witness(altered), "the nodes are not as many")
    altered = replace(decode([OTHER_HIDDEN]), hidden={})
    shown = select_values(VALUES, [OTHER_HIDDEN])
    expect_malformed(engine, shown, encode_witness(altered), "the hidden stems are not as many")


@ENGINES
def test_nothing_follows_the_end(engine: VerkleEngine) -> None:
    shown = select_values(VALUES, [SMALL])
    expect_malformed(engine, shown, prove([SMALL]) + b"\0", "1 bytes after the end")


@ENGINES
def test_every_cut_is_refused(engine: VerkleEngine) -> None:
    proof, shown = prove([SMALL, VECTOR]), select_values(VALUES, [SMALL, VECTOR])
    for length in range(len(proof)):
        expect_malformed(engine, shown, proof[:length], None)


def find_point_outside_the_group() -> Point:
    """Find the first point of the curve, by its x, that is not in the group."""
    for x in range(1, 100):
        square = (x**3 + 4) % field_modulus
        y = pow(square, (field_modulus + 1) // 4, field_modulus)
        point = (FQ(x), FQ(y), FQ(1))
        if is_on_curve(point, b) and not is_in_group(point):
            return point
    raise AssertionError("most points are outside")


OUTSIDE: Final = find_point_outside_the_group()


@ENGINES
@pytest.mark.parametrize("part", ["minus_d", "pi"])
def test_points_of_the_multiproof_are_in_the_group(engine: VerkleEngine, part: str) -> None:
    witness = decode([SMALL])
    altered = replace(witness, proof=replace(witness.proof, **{part: OUTSIDE}))
    shown = select_values(VALUES, [SMALL])
    expect_invalid(
        engine, shown, encode_witness(altered), "a point of the proof is not in the group"
    )


@ENGINES
@pytest.mark.parametrize("part", ["root", "node", "minus_d", "pi"])
def test_infinity_is_only_in_the_empty_tree(engine: VerkleEngine, part: str) -> None:
    witness = decode([VECTOR])
    match part:
        case "root":
            altered = replace(witness, nodes={**witness.nodes, b"": Z1})
        case "node":
            altered = replace(witness, nodes={**witness.nodes, b"\x04": Z1})
        case _:
            altered = replace(witness, proof=replace(witness.proof, **{part: Z1}))
    shown = select_values(VALUES, [VECTOR])
    why = "a point is infinity outside the empty tree"
    expect_malformed(engine, shown, encode_witness(altered), why)


@ENGINES
@pytest.mark.parametrize("coordinate", [0, 48])
def test_coordinates_are_reduced(engine: VerkleEngine, coordinate: int) -> None:
    proof = prove([SMALL])
    start = len(proof) - 96 + coordinate
    number = int.from_bytes(proof[start : start + 48], "big") + field_modulus
    altered = proof[:start] + number.to_bytes(48, "big") + proof[start + 48 :]
    shown = select_values(VALUES, [SMALL])
    expect_malformed(engine, shown, altered, "point encoding is not canonical")


@ENGINES
def test_points_are_on_the_curve(engine: VerkleEngine) -> None:
    proof = prove([SMALL])
    shown = select_values(VALUES, [SMALL])
    expect_malformed(engine, shown, proof[:-1] + bytes([proof[-1] ^ 1]), "not on the curve")


@ENGINES
@pytest.mark.parametrize("flags", [0x00, 0x20, 0x40, 0x60, 0xE0])
def test_flags_of_a_compressed_point(engine: VerkleEngine, flags: int) -> None:
    proof = bytearray(VerkleTree([*VALUES.items()]).prove(CHAIN_ID, [SMALL], compressed=True))
    proof[-48] = proof[-48] & 0x1F | flags
    expect_malformed(engine, select_values(VALUES, [SMALL]), bytes(proof), None)


@ENGINES
def test_first_node_is_the_roots(engine: VerkleEngine) -> None:
    witness = decode([SMALL])
    altered = replace(witness, nodes={b"": get_lagrange_points()[0]})
    shown = select_values(VALUES, [SMALL])
    expect_invalid(engine, shown, encode_witness(altered), "the first node is not the root's")


@ENGINES
def test_multiproof_of_another_request_does_not_verify(engine: VerkleEngine) -> None:
    other = decode([SMALL_SECOND])
    assert isinstance(other.proof, Proof)
    altered = replace(decode([VECTOR]), proof=other.proof)
    shown = select_values(VALUES, [VECTOR])
    expect_invalid(engine, shown, encode_witness(altered), "the openings do not verify")


def test_sizes_of_the_lists_are_checked_before_they_are_read() -> None:
    shown = select_values(VALUES, [SMALL])
    proof = bytearray(prove([SMALL]))
    count_at = len(proof) - 3 * len(encode_affine(Z1)) - 4
    assert proof[count_at : count_at + 4] == (1).to_bytes(4, "big")
    proof[count_at : count_at + 4] = b"\xff" * 4
    expect_malformed(NATIVE, shown, bytes(proof), "nodes 4294967295 does not fit in 288 bytes")
    expect_malformed(REFERENCE, shown, bytes(proof), "the nodes are not as many as their paths")


def test_every_status_is_spelled_in_two_bits() -> None:
    assert [*Status] == [0, 1, 2, 3]
    assert wire.VERSION == 1
