"""The reference tree: commitments, updates, challenges, and the ceremony's points."""

import hashlib
from importlib.resources import files

import pytest
from py_ecc.optimized_bls12_381 import Z1, add, eq, field_modulus, multiply

from corollup.errors import ArgumentError
from corollup.spec.encoding import keccak256
from corollup.spec.verkle import multiproof
from corollup.spec.verkle.commitments import hash_stem
from corollup.spec.verkle.curve import (
    CEREMONY,
    Point,
    decode_affine,
    decode_compressed,
    encode_affine,
    encode_compressed,
    get_lagrange_points,
    get_monomial_points,
    sum_products,
)
from corollup.spec.verkle.multiproof import Statement
from corollup.spec.verkle.polynomials import OMEGA, ROOTS, R, divide_at_root, divide_outside
from corollup.spec.verkle.tree import Tree
from corollup.spec.verkle.updates import UpdateEntry
from tests.support import skip_or_fail
from tests.verkle_samples import VALUES, make_key, make_value

CEREMONY_FILE_HASH = "d39b9f2d047cc9dca2de58f264b6a09448ccd34db967881a6713eacacf0f26b7"
G1_LAGRANGE_COUNT, G2_COUNT = 4096, 65


def evaluate(coefficients: list[int], place: int) -> int:
    return sum(c * pow(place, power, R) for power, c in enumerate(coefficients)) % R


def test_ceremony_points_are_those_of_the_public_file() -> None:
    package = files("eth_account") / "typed_transactions/blob_transactions"
    public_file = package / "kzg_trusted_setup.txt"
    if not public_file.is_file():
        skip_or_fail("eth_account does not ship the ceremony file")
    data = public_file.read_bytes()
    assert hashlib.sha256(data).hexdigest() == CEREMONY_FILE_HASH
    points = [bytes.fromhex(word) for word in data.decode().split()[2:]]
    g2_points = points[G1_LAGRANGE_COUNT : G1_LAGRANGE_COUNT + G2_COUNT]
    powers = points[G1_LAGRANGE_COUNT + G2_COUNT :]
    assert (CEREMONY / "g1_monomial_256.bin").read_bytes() == b"".join(powers[:256])
    assert (CEREMONY / "g2_tau.bin").read_bytes() == g2_points[1]


def test_lagrange_points_commit_to_values_as_the_powers_do_to_coefficients() -> None:
    coefficients = [
        int.from_bytes(keccak256(power.to_bytes(2, "big")), "big") % R for power in range(256)
    ]
    values = [evaluate(coefficients, root) for root in ROOTS]
    by_powers = sum_products(get_monomial_points(), coefficients)
    assert eq(sum_products(get_lagrange_points(), values), by_powers)


def test_roots_are_256_and_distinct() -> None:
    assert pow(OMEGA, 256, R) == 1
    assert len(set(ROOTS)) == 256


def test_quotients_are_polynomials() -> None:
    coefficients = [7, 5, 0, 3]
    values = [evaluate(coefficients, root) for root in ROOTS]
    # (3X³ + 5X + 7 − f(a)) / (X − a) = 3X² + 3aX + 3a² + 5
    for place, quotient in [
        (ROOTS[9], divide_at_root(values, 9)),
        (12, divide_outside(values, 12, evaluate(coefficients, 12))),
    ]:
        expected = [3 * place * place + 5, 3 * place, 3]
        assert quotient == [evaluate(expected, root) for root in ROOTS]


def test_sum_of_products_agrees_with_single_products() -> None:
    points = list(get_lagrange_points()[:3])
    scalars = [R - 1, 0, 12345]
    expected = Z1
    for point, scalar in zip(points, scalars, strict=True):
        expected = add(expected, multiply(point, scalar))
    assert eq(sum_products(points, scalars), expected)


@pytest.mark.parametrize("point", [Z1, get_lagrange_points()[1]])
def test_points_have_one_encoding_of_each_size(point: Point) -> None:
    assert eq(decode_affine(encode_affine(point)), point)
    assert eq(decode_compressed(encode_compressed(point)), point)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(95),
        bytes(95) + b"\x01",
        (field_modulus).to_bytes(48, "big") + bytes(48),
        encode_affine(get_lagrange_points()[0])[:-1] + b"\x00",
        (int.from_bytes(encode_affine(get_lagrange_points()[0]), "big") + field_modulus).to_bytes(
            96, "big"
        ),
    ],
)
def test_other_affine_encodings_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="point"):
        decode_affine(data)


@pytest.mark.parametrize(
    "data",
    [
        bytes(48),
        b"\xc0" + bytes(46) + b"\x01",
        b"\xe0" + bytes(47),
        b"\x40" + bytes(47),
        (field_modulus | 1 << 383).to_bytes(48, "big"),
    ],
)
def test_other_compressed_encodings_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode_compressed(data)


def test_root_of_one_small_stem_is_spelled_out() -> None:
    key = make_key(b"\x05", 3)
    body = keccak256(b"\x04\x03" + make_value(9))
    commitment = multiply(get_lagrange_points()[5], hash_stem(key[:31], body))
    root = bytearray(keccak256(b"\x01" + encode_affine(commitment)))
    root[0] &= 0x3F
    assert Tree({key: make_value(9)}).root == root


def test_root_of_the_empty_tree_hashes_infinity() -> None:
    root = bytearray(keccak256(b"\x01" + bytes(96)))
    root[0] &= 0x3F
    assert Tree().root == root


def test_written_zero_is_not_absence() -> None:
    tree = Tree()
    tree.apply([(make_key(b"\x05"), make_value(1))])
    tree.apply([(make_key(b"\x05"), make_value(0))])
    assert tree.get(make_key(b"\x05")) == make_value(0)
    assert tree.root != Tree().root


def test_unchanged_values_are_no_writes() -> None:
    tree = Tree(VALUES)
    root = tree.root
    same = (make_key(b"\x01"), VALUES[make_key(b"\x01")])
    assert tree.apply([same, (make_key(b"\x09"), make_value(0))]) == (root, [])
    assert tree.get(make_key(b"\x09")) is None


def test_split_slot_has_nothing_before_in_its_new_node() -> None:
    resident, newcomer = make_key(b"\x05\x01"), make_key(b"\x05\x02")
    tree = Tree({resident: make_value(1)})
    [(_, before)] = tree.root_node.vector
    _, entries = tree.apply([(newcomer, make_value(2))])
    [(_, after)] = tree.root_node.vector
    assert [(entry.length, entry.is_stem, entry.path, entry.before) for entry in entries] == [
        (1, False, b"\x05".ljust(31, b"\0"), before.to_bytes(32, "big")),
        (2, True, resident[:31], bytes(32)),
        (2, True, newcomer[:31], bytes(32)),
    ]
    # A stem's scalar does not depend on its depth.
    assert entries[1].after == before.to_bytes(32, "big")
    assert entries[0].after == after.to_bytes(32, "big")


def test_update_entry_is_97_bytes_in_order() -> None:
    entry = UpdateEntry(2, True, bytes(range(31)), b"\xaa" * 32, b"\xbb" * 32)
    assert entry.encode() == b"\x02\x01" + bytes(range(31)) + b"\xaa" * 32 + b"\xbb" * 32


@pytest.mark.parametrize(
    "keys", [[], [make_key(b"\x02"), make_key(b"\x01")], [make_key(b"\x01"), make_key(b"\x01")]]
)
def test_request_that_does_not_ascend_is_refused(keys: list[bytes]) -> None:
    with pytest.raises(ArgumentError, match="strictly ascending and not empty"):
        Tree(VALUES).prove(1, keys)


POINT, OTHER_POINT = get_lagrange_points()[:2]
STATEMENT = Statement(1, bytes(32), {b"": POINT, b"\x01": POINT}, {(b"", 1): 5, (b"\x01", 2): 6})


@pytest.mark.parametrize(
    "altered",
    [
        Statement(2, bytes(32), STATEMENT.nodes, STATEMENT.openings),
        Statement(1, b"\x01" * 32, STATEMENT.nodes, STATEMENT.openings),
        Statement(1, bytes(32), {b"": POINT, b"\x01": OTHER_POINT}, STATEMENT.openings),
        Statement(1, bytes(32), {**STATEMENT.nodes, b"\x02": POINT}, STATEMENT.openings),
        Statement(1, bytes(32), STATEMENT.nodes, {(b"", 1): 5, (b"\x01", 2): 7}),
        Statement(1, bytes(32), STATEMENT.nodes, {(b"", 1): 5, (b"\x01", 3): 6}),
        Statement(1, bytes(32), STATEMENT.nodes, {(b"", 1): 5, (b"", 2): 6}),
        Statement(1, bytes(32), STATEMENT.nodes, {(b"", 1): 5}),
    ],
)
def test_first_challenge_absorbs_every_part_of_the_statement(altered: Statement) -> None:
    compute = multiproof.compute_first_challenge
    assert compute(altered) != compute(STATEMENT)


def test_second_challenge_absorbs_the_first_and_d() -> None:
    compute = multiproof.compute_second_challenge
    challenges = {compute(1, POINT), compute(2, POINT), compute(1, OTHER_POINT)}
    assert len(challenges) == 3


def test_challenge_in_the_domain_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiproof, "compute_second_challenge", lambda *_: ROOTS[5])
    assert multiproof.compute_final_opening(STATEMENT, POINT) is None
    assert not multiproof.verify(STATEMENT, multiproof.Proof(POINT, POINT))
