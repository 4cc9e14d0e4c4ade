"""What a contract says when it refuses a call: its typed errors, by name and values."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from corollup.l1.abi import decode_values
from corollup.spec.encoding import keccak256

SELECTOR_BYTES = 4
"""Bytes of a revert that name its error."""


def describe_revert(data: bytes | None) -> str:
    """Describe the output of a reverted call: the error's name and values, else the bytes."""
    if not data:
        return "without a reason"
    known = _load_errors().get(data[:SELECTOR_BYTES])
    if known is None:
        return f"with the unknown error 0x{data.hex()}"
    name, inputs = known
    values = decode_values([kind for _, kind in inputs], data[SELECTOR_BYTES:])
    shown = (f"{label} {_show(value)}" for (label, _), value in zip(inputs, values, strict=True))
    return f"{name}({', '.join(shown)})"


@cache
def _load_errors() -> dict[bytes, tuple[str, tuple[tuple[str, str], ...]]]:
    errors = {}
    for path in files("corollup.l1").joinpath("artifacts").iterdir():
        for entry in json.loads(path.read_text("utf-8"))["abi"]:
            if entry["type"] != "error":
                continue
            inputs = tuple((item["name"], _get_type(item)) for item in entry["inputs"])
            signature = f"{entry['name']}({','.join(kind for _, kind in inputs)})"
            errors[keccak256(signature.encode())[:SELECTOR_BYTES]] = entry["name"], inputs
    return errors


def _get_type(item: dict[str, Any]) -> str:
    kind: str = item["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(map(_get_type, item['components']))}){kind.removeprefix('tuple')}"


def _show(value: Any) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
