"""
Write the vectors of evidence from `corollup.spec.evidence`.

    python -m tests.vectors.generate_evidence

The native core makes the proofs, which the reference would take long for. Values and proofs are
encoded as the contracts take them.
"""

import json
from collections.abc import Callable, Sequence
from typing import Final

from corollup.l1.abi import encode_arguments
from corollup.l1.faults import (
    REPORTS,
    STEM_CLAIM,
    STEM_PROOF,
    encode_evidence,
    get_stem_claim,
    get_stem_proof,
)
from corollup.spec.evidence.finding import Search
from corollup.spec.evidence.packets import Evidence
from corollup.spec.evidence.stem_proofs import StemProof
from corollup.spec.verkle.curve import encode_affine, get_lagrange_points
from corollup.verkle import VerkleTree
from tests.spec.evidence.samples import HONEST, LARGE_SAMPLES, SAMPLES
from tests.vectors.generate import FOLDER, Json, show
from tests.verkle_samples import (
    CHAIN_ID,
    KEYS,
    VALUES,
    VECTOR,
    make_key,
    make_value,
    select_values,
)

DEPTHS: Final = range(1, 5)
"""Depths of a small stem whose proof is measured on the L1."""

MANY: Final = {
    "small, all of its keys": [make_key(b"\x01"), make_key(b"\x01", 7)],
    "small, present and absent": [make_key(b"\x01", suffix) for suffix in (0, 1, 7, 9)],
    "vector, some of its keys": [make_key(b"\x04", suffix) for suffix in (0, 1, 40, 200, 255)],
    "another stem, many keys": [make_key(b"\x03", suffix) for suffix in range(3)],
}
"""Several keys of one stem."""


def make_stem_proofs() -> Json:
    requests = {name: [key] for name, key in KEYS.items()} | MANY
    cases = [make_case(name, VALUES, keys) for name, keys in requests.items()]
    cases.append(make_case("empty tree", {}, [VECTOR]))
    cases += [
        make_case(f"depth {depth}", make_deep_values(depth), [make_deep_key(depth)])
        for depth in DEPTHS
    ]
    return {"chain_id": CHAIN_ID, "valid": cases}


def make_case(name: str, values: dict[bytes, bytes], keys: Sequence[bytes]) -> Json:
    tree = VerkleTree([*values.items()])
    claim = select_values(values, list(keys))
    wire = tree.prove(CHAIN_ID, keys)
    proof = StemProof.from_wire(CHAIN_ID, tree.root, claim, wire)
    return {
        "name": name,
        "root": tree.root,
        "tree": {"keys": [*values.keys()], "values": [*values.values()]},
        "values": claim,
        "wire": wire,
        "claim": encode_arguments([STEM_CLAIM], [get_stem_claim(claim)]),
        "proof": encode_arguments([STEM_PROOF], [get_stem_proof(proof)]),
    }


def make_deep_key(depth: int) -> bytes:
    return make_key(b"\x07" * (depth - 1) + b"\x08")


def make_deep_values(depth: int) -> dict[bytes, bytes]:
    """Return values among which the stem of `make_deep_key` ends at this depth."""
    neighbour = make_key(b"\x07" * (depth - 1) + b"\x09")
    return {make_deep_key(depth): make_value(1), neighbour: make_value(2)}


def make_faults() -> Json:
    cases = []
    for name, (make, kind) in SAMPLES.items():
        search = make().search()
        found = next(evidence for evidence in search.run() if isinstance(evidence, kind))
        cases.append(describe_fault(name, search, found))
    return {"chain_id": CHAIN_ID, "honest": show_roots(HONEST.search()), "valid": cases}


def make_large_faults() -> Json:
    cases = []
    for name, make in LARGE_SAMPLES.items():
        lists, found = make()
        cases.append(describe_fault(name, lists.search(), found))
    return {"chain_id": CHAIN_ID, "valid": cases}


def describe_fault(name: str, search: Search, evidence: Evidence) -> Json:
    report = REPORTS[type(evidence)]
    return {
        "name": name,
        "contract": report.contract,
        "function": report.function,
        "arguments": encode_evidence(evidence),
    } | show_roots(search)


def show_roots(search: Search) -> Json:
    header = search.claim.header
    return {
        "pre_state_root": header.pre_state_root,
        "post_state_root": header.post_state_root,
        "access_root": header.access_root,
        "update_root": header.update_root,
    }


def make_lagrange_points() -> Json:
    return {"points": b"".join(encode_affine(point) for point in get_lagrange_points())}


LAYOUTS: Final[dict[str, Callable[[], Json]]] = {
    "evidence_faults": make_faults,
    "evidence_large_faults": make_large_faults,
    "evidence_lagrange_points": make_lagrange_points,
    "evidence_stem_proofs": make_stem_proofs,
}
"""How each file is made, by its name."""


def render(layout: str) -> str:
    """Render the file of a layout."""
    return json.dumps(show({"layout": layout, **LAYOUTS[layout]()}), indent=1) + "\n"


def main() -> None:
    """Write every file."""
    for layout in LAYOUTS:
        (FOLDER / f"{layout}.json").write_text(render(layout))


if __name__ == "__main__":
    main()
