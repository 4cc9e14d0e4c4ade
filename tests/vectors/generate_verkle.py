"""
Write the vectors of the state tree from `corollup.spec.verkle`.

    python -m tests.vectors.generate_verkle

They are apart from the other vectors because the reference curve takes seconds.
"""

import json
from collections.abc import Callable
from typing import Final

from corollup.spec.verkle.keys import (
    BasicData,
    chunkify_code,
    compute_basic_data_key,
    compute_code_chunk_key,
    compute_code_hash_key,
    compute_storage_key,
)
from corollup.spec.verkle.tree import Tree
from tests.vectors.generate import FOLDER, Json, fill, show
from tests.verkle_samples import CHAIN_ID, KEYS, VALUES, make_key, make_value, select_values

SLOTS: Final = [0, 63, 64, 255, 256, 2**248, 2**256 - 1]
CHUNKS: Final = [0, 127, 128, 792]

CHANGES: Final = {
    "four values become five": [
        (make_key(b"\x01", suffix), make_value(suffix)) for suffix in (20, 21, 22)
    ],
    "a value becomes zero": [(make_key(b"\x01"), make_value(0))],
    "a vector gains and changes": [
        (make_key(b"\x04", 40), make_value(1)),
        (make_key(b"\x04", 41), make_value(2)),
    ],
    "a slot splits two bytes deeper": [(make_key(b"\x03\x03\x03\x04"), make_value(1))],
    "an empty slot takes two stems": [
        (make_key(b"\x05\x01"), make_value(1)),
        (make_key(b"\x05\x02"), make_value(1)),
    ],
    "nothing changes": [(make_key(b"\x01"), make_value(1))],
}


def make_keys() -> Json:
    address = fill("verkle address", 20)
    code = fill("verkle code", 200)
    data = BasicData(code_size=200, nonce=3, balance=10**18)
    return {
        "address": address,
        "basic_data_key": compute_basic_data_key(address),
        "code_hash_key": compute_code_hash_key(address),
        "storage_keys": [
            {"slot": slot, "key": compute_storage_key(address, slot)} for slot in SLOTS
        ],
        "chunk_keys": [
            {"chunk": chunk, "key": compute_code_chunk_key(address, chunk)} for chunk in CHUNKS
        ],
        "code": code,
        "chunks": chunkify_code(code),
        "basic_data": data,
        "packed": data.pack(),
    }


def make_updates() -> Json:
    cases = []
    for name, writes in CHANGES.items():
        tree = Tree(VALUES)
        root, entries = tree.apply(writes)
        updates = [entry.encode() for entry in entries]
        cases.append({"name": name, "writes": writes, "root": root, "updates": updates})
    return {"values": [*VALUES.items()], "root": Tree(VALUES).root, "valid": cases}


def make_proofs() -> Json:
    tree, requests = Tree(VALUES), [*KEYS.values()]
    proof = tree.prove(CHAIN_ID, requests)
    empty = Tree()
    return {
        "chain_id": CHAIN_ID,
        "valid": [
            {
                "root": tree.root,
                "values": select_values(VALUES, requests),
                "proof": proof,
                "compressed": tree.prove(CHAIN_ID, requests, compressed=True),
            },
            {
                "root": empty.root,
                "values": select_values({}, requests[:1]),
                "proof": empty.prove(CHAIN_ID, requests[:1]),
                "compressed": empty.prove(CHAIN_ID, requests[:1], compressed=True),
            },
        ],
        "invalid": [
            {"reason": "MalformedProof", "proof": proof + b"\0"},
            {"reason": "MalformedProof", "proof": proof[:-96]},
            {"reason": "InvalidProof", "proof": proof[:-96] + proof[-192:-96]},
        ],
    }


LAYOUTS: Final[dict[str, Callable[[], Json]]] = {
    "verkle_keys": make_keys,
    "verkle_proofs": make_proofs,
    "verkle_updates": make_updates,
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
