"""Proofs of one stem say on the L1 what they say on the wire."""

import json
from dataclasses import replace
from typing import Any

import pytest

from corollup.errors import Rejected
from corollup.l1.abi import encode_arguments
from corollup.l1.faults import STEM_PROOF, get_stem_proof
from corollup.spec.evidence.stem_proofs import StemProof, verify_stem_proof
from corollup.spec.verkle.tree import Tree
from corollup.verkle import VerkleTree
from tests.vectors.generate import FOLDER
from tests.vectors.generate_evidence import LAYOUTS, render
from tests.verkle_samples import CHAIN_ID

VECTORS = json.loads((FOLDER / "evidence_stem_proofs.json").read_text())
CASES = [pytest.param(case, id=case["name"]) for case in VECTORS["valid"]]


def to_bytes(value: str) -> bytes:
    return bytes.fromhex(value[2:])


def read_values(case: Any) -> list[tuple[bytes, bytes]]:
    return [(to_bytes(key), to_bytes(value)) for key, value in case["values"]]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_generating_again_gives_the_same_file(layout: str) -> None:
    assert (FOLDER / f"{layout}.json").read_text() == render(layout)


@pytest.mark.parametrize("case", CASES)
def test_a_proof_converts_to_the_wire_and_back(case: Any) -> None:
    root, values, wire = to_bytes(case["root"]), read_values(case), to_bytes(case["wire"])
    proof = StemProof.from_wire(CHAIN_ID, root, values, wire)

    assert proof.to_wire(values) == wire
    assert encode_arguments([STEM_PROOF], [get_stem_proof(proof)]) == to_bytes(case["proof"])
    assert proof.depth == to_bytes(case["proof"])[63] & 0x1F


@pytest.mark.parametrize("case", CASES[::4])
def test_the_reference_makes_the_same_proof(case: Any) -> None:
    pairs = zip(case["tree"]["keys"], case["tree"]["values"], strict=True)
    tree = Tree({to_bytes(key): to_bytes(value) for key, value in pairs})

    wire = tree.prove(CHAIN_ID, [key for key, _ in read_values(case)])

    assert (tree.root, wire) == (to_bytes(case["root"]), to_bytes(case["wire"]))


def test_a_field_that_does_not_follow_is_refused() -> None:
    case = VECTORS["valid"][0]
    root, values, wire = to_bytes(case["root"]), read_values(case), to_bytes(case["wire"])
    proof = StemProof.from_wire(CHAIN_ID, root, values, wire)
    verify_stem_proof(CHAIN_ID, root, values, proof)

    for wrong in (
        replace(proof, inverses=(1,)),
        replace(proof, presence=1),
        replace(proof, travelling=bytes(33)),
        replace(proof, travelling=bytes(1)),
        replace(proof, other_stem=b"\1" * 31),
        replace(proof, points=proof.points[:-96]),
    ):
        with pytest.raises(Rejected):
            verify_stem_proof(CHAIN_ID, root, values, wrong)


def test_keys_of_two_stems_are_refused() -> None:
    values = [(bytes([first]) + bytes(31), bytes(31) + b"\1") for first in (1, 2)]
    tree = VerkleTree(values)
    wire = tree.prove(CHAIN_ID, [key for key, _ in values])
    with pytest.raises(Rejected, match="several stems"):
        StemProof.from_wire(CHAIN_ID, tree.root, values, wire)
