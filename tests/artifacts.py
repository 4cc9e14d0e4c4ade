"""Compiled contracts, and calls of them by name and values."""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from eth_abi import abi

from corollup.errors import RpcError
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.l1.embedded import EmbeddedL1
from corollup.spec.encoding import keccak256
from tests.clock import FakeClock
from tests.support import PROJECT_ROOT

PACKAGE_ARTIFACTS: Final = PROJECT_ROOT / "python/corollup/l1/artifacts"
"""What the package ships."""

TEST_ARTIFACTS: Final = PROJECT_ROOT / "tests/l1/artifacts"
"""What only tests need."""


@dataclass(frozen=True)
class Artifact:
    """A compiled contract."""

    name: str
    sources: tuple[str, ...]
    source_hash: str
    abi: list[dict[str, Any]] = field(repr=False)
    bytecode: bytes = field(repr=False)
    deployed_bytecode: bytes = field(repr=False)

    def encode_call(self, name: str, *values: Any) -> bytes:
        entry = self._find("function", name)
        types = [get_type(item) for item in entry["inputs"]]
        selector = keccak256(f"{name}({','.join(types)})".encode())[:4]
        return selector + abi.encode(types, values)

    def decode_output(self, name: str, data: bytes) -> Any:
        types = [get_type(item) for item in self._find("function", name)["outputs"]]
        values = abi.decode(types, data)
        return values[0] if len(values) == 1 else values

    def encode_error(self, name: str, *values: Any) -> bytes:
        types = [get_type(item) for item in self._find("error", name)["inputs"]]
        return keccak256(f"{name}({','.join(types)})".encode())[:4] + abi.encode(types, values)

    def _find(self, kind: str, name: str) -> dict[str, Any]:
        return next(e for e in self.abi if e["type"] == kind and e["name"] == name)


def get_type(item: dict[str, Any]) -> str:
    """Return the canonical type of an ABI entry, structs as tuples."""
    kind: str = item["type"]
    if not kind.startswith("tuple"):
        return kind
    fields = ",".join(get_type(component) for component in item["components"])
    return f"({fields}){kind.removeprefix('tuple')}"


@cache
def load_artifact(path: Path) -> Artifact:
    document = json.loads(path.read_text())
    return Artifact(
        name=document["name"],
        sources=tuple(document["sources"]),
        source_hash=document["sourceHash"],
        abi=document["abi"],
        bytecode=bytes.fromhex(document["bytecode"][2:]),
        deployed_bytecode=bytes.fromhex(document["deployedBytecode"][2:]),
    )


class Reverted(Exception):  # noqa: N818
    """A call reverted with this data."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data.hex())
        self.data = data


@dataclass(frozen=True)
class LibraryHarness:
    """The contracts' libraries, running on an embedded L1."""

    l1: EmbeddedL1
    address: str
    artifact: Artifact

    @classmethod
    def deploy(cls) -> "LibraryHarness":
        artifact = load_artifact(TEST_ARTIFACTS / "LibraryHarness.json")
        l1 = EmbeddedL1(clock=FakeClock())
        l1.automine = True
        sender = "0x" + DEV_ACCOUNTS[0].address.hex()
        transaction = {"from": sender, "data": "0x" + artifact.bytecode.hex(), "gas": hex(1 << 23)}
        tx_hash = l1.request("eth_sendTransaction", transaction)
        receipt = l1.request("eth_getTransactionReceipt", tx_hash)
        assert receipt["status"] == "0x1"
        return cls(l1, receipt["contractAddress"], artifact)

    def call(self, name: str, *values: Any) -> Any:
        return self.artifact.decode_output(name, self.call_raw(name, *values))

    def call_raw(self, name: str, *values: Any) -> bytes:
        """Call a function and return the bytes it returns."""
        data = "0x" + self.artifact.encode_call(name, *values).hex()
        transaction = {"to": self.address, "data": data, "gas": hex(1 << 24)}
        try:
            answer: str = self.l1.request("eth_call", transaction, "latest")
        except RpcError as error:
            if error.data is None:
                raise
            raise Reverted(error.data) from None
        return bytes.fromhex(answer[2:])
