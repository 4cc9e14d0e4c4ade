"""The vector files say what the specification says, and its decoders accept nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from corollup.errors import EncodingError, Reason, Rejected
from corollup.spec.access_list import AccessList
from corollup.spec.containers import (
    Config,
    ExecutionResult,
    Genesis,
    Header,
    decode_payload,
    encode_payload,
)
from tests.vectors import generate_bridge
from tests.vectors.generate import FOLDER, LAYOUTS, render

DECODERS: dict[str, Callable[[bytes], Any]] = {
    "access_list": AccessList.decode,
    "config": Config.decode,
    "execution_result": ExecutionResult.decode,
    "genesis": Genesis.decode,
    "header": Header.decode,
    "payload": decode_payload,
}


def read_cases(kind: str) -> list[Any]:
    documents = {layout: json.loads((FOLDER / f"{layout}.json").read_text()) for layout in DECODERS}
    return [
        pytest.param(layout, bytes.fromhex(case["encoded"][2:]), id=f"{layout}-{number}")
        for layout, document in documents.items()
        for number, case in enumerate(document[kind])
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_generating_again_gives_the_same_file(layout: str) -> None:
    assert (FOLDER / f"{layout}.json").read_text() == render(layout)


def test_every_file_has_a_generator() -> None:
    subjects = [path.stem.removeprefix("generate_") for path in FOLDER.glob("generate_*.py")]
    for path in FOLDER.glob("*.json"):
        is_made = path.stem in LAYOUTS or path.stem in generate_bridge.LAYOUTS
        assert is_made or path.stem.startswith(tuple(subjects))


@pytest.mark.parametrize(("layout", "encoded"), read_cases("valid"))
def test_a_canonical_encoding_decodes_to_its_value(layout: str, encoded: bytes) -> None:
    value = DECODERS[layout](encoded)
    assert (encode_payload(value) if layout == "payload" else value.encode()) == encoded


@pytest.mark.parametrize(("layout", "encoded"), read_cases("invalid"))
def test_an_encoding_of_no_value_is_refused(layout: str, encoded: bytes) -> None:
    with pytest.raises((EncodingError, Rejected)) as caught:
        DECODERS[layout](encoded)
    assert getattr(caught.value, "reason", Reason.MALFORMED_ENCODING) is Reason.MALFORMED_ENCODING
