"""The shipped artifacts are what the sources compile to, and the sources keep their rules."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.artifacts import PACKAGE_ARTIFACTS, TEST_ARTIFACTS, load_artifact
from tests.support import PROJECT_ROOT, skip_or_fail

CONTRACTS = PROJECT_ROOT / "contracts"
SOURCES = sorted((CONTRACTS / "src").rglob("*.sol"))
ARTIFACTS = sorted([*PACKAGE_ARTIFACTS.glob("*.json"), *TEST_ARTIFACTS.glob("*.json")])
MAX_CODE_SIZE = 24_576
WITH_ASSEMBLY = frozenset(
    {"BLS", "Bitmaps", "CalldataGas", "CommitReader", "Commitments", "Encoding", "KZG"}
    | {"Hashes", "LagrangePoints", "Memory", "SignerSums", "Tokens", "Vault", "VerkleHash"}
    | {"VerkleVerifier"}
)


@pytest.mark.parametrize("path", ARTIFACTS, ids=lambda path: path.stem)
def test_artifact_names_the_sources_of_today(path: Path) -> None:
    artifact = load_artifact(path)
    digest = hashlib.sha256()
    for name in artifact.sources:
        digest.update(f"{name}\0{(CONTRACTS / name).read_text()}\0".encode())
    digest.update((CONTRACTS / "tools/settings.json").read_bytes())
    assert artifact.source_hash == digest.hexdigest(), "stale: npm run build in contracts"


@pytest.mark.parametrize("path", ARTIFACTS, ids=lambda path: path.stem)
def test_contract_can_be_deployed(path: Path) -> None:
    artifact = load_artifact(path)
    assert 0 < len(artifact.deployed_bytecode) <= MAX_CODE_SIZE


def test_recompiled_sources_give_the_same_artifacts() -> None:
    node = shutil.which("node")
    if node is None or not (CONTRACTS / "node_modules/solc").exists():
        skip_or_fail("no Node, or no solc: npm ci --ignore-scripts in contracts")
    check = subprocess.run(
        [node, "tools/build.mjs", "--check"],
        cwd=CONTRACTS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (check.returncode, check.stderr) == (0, "")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_assembly_is_confined_to_few_files(path: Path) -> None:
    assert ("assembly" in strip_comments(path.read_text())) == (path.stem in WITH_ASSEMBLY)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_call_stands_alone_in_its_statement(path: Path) -> None:
    """Yul evaluates from right to left: `and(staticcall(..), mload(..))` reads before the call."""
    for before in re.findall(r"(\S+)\s*\bstaticcall\(", strip_comments(path.read_text())):
        assert before == ":="


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_static_call_has_a_gas_cap(path: Path) -> None:
    for arguments in re.findall(r"staticcall\(\s*(\w+)", strip_comments(path.read_text())):
        assert arguments == "gasCap" or arguments.endswith("_GAS"), arguments
    for options in re.findall(r"\.staticcall(.)", strip_comments(path.read_text())):
        assert options == "{"


def strip_comments(source: str) -> str:
    return re.sub(r"//[^\n]*", "", source)
