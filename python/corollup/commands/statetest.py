"""`corollup statetest`: Ethereum's state tests through the stateless path."""

import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final

import typer

BATCH_FILES: Final = 64
"""Files that are read before their entries run, which bounds the memory."""

MAX_FILE_BYTES: Final = 256 << 20
"""Size of a JSON file; a device may never end."""

BROKEN_ARCHIVE: Final = (
    EOFError,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading an archive raises when its bytes are not what they should be."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("statetest")(run)


@dataclass(slots=True)
class Report:
    """How the entries ended."""

    counts: dict[str, int] = field(
        default_factory=lambda: {"passed": 0, "failed": 0, "skipped": 0, "exempt": 0}
    )
    """Entries by outcome. Exempt are those of states that no chain has (EIP-7610)."""

    failures: list[dict[str, str]] = field(default_factory=list)
    """Test and reason of every entry that failed."""

    skips: list[dict[str, str]] = field(default_factory=list)
    """Test and reason of every entry that was skipped."""

    def add(self, test: str, outcome: str, reason: str) -> None:
        """Count an entry."""
        self.counts[outcome] += 1
        if outcome == "failed":
            self.failures.append({"test": test, "reason": reason})
        elif outcome == "skipped":
            self.skips.append({"test": test, "reason": reason})

    def to_json(self) -> dict[str, Any]:
        """Return the document of `--json`."""
        return {**self.counts, "failures": self.failures, "skips": self.skips}

    def print(self) -> None:
        """Print the failures and the counts."""
        for failure in self.failures:
            print(f"failed: {failure['test']}: {failure['reason']}")
        print(", ".join(f"{name} {count}" for name, count in self.counts.items()))


def run(
    path: Annotated[Path, typer.Argument(help="A folder, a JSON file, or an archive.")],
    stride: Annotated[
        int, typer.Option(min=1, help="Run one entry in so many, and the first of every folder.")
    ] = 1,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run state tests: a producer builds each packet, and an endorser verifies its bytes."""
    from corollup.engine import run_state_tests

    report = Report()
    files = _number(read_files(path))
    while batch := list(islice(files, BATCH_FILES)):
        for test, outcome, reason in run_state_tests(batch, stride):
            report.add(test, outcome, reason)
    if not any(report.counts.values()):
        raise _unreadable(path, "there are no state tests in it")
    if json_output:
        print(json.dumps(report.to_json()))
    else:
        report.print()
    if report.failures:
        raise typer.Exit(1)


def _number(files: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes, int]]:
    """Number the first entry of each file, from 0 in every folder's first file."""
    folders: set[PurePosixPath] = set()
    for index, (name, content) in enumerate(files):
        folder = PurePosixPath(name).parent
        yield name, content, index if folder in folders else 0
        folders.add(folder)


def read_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """
    Read the JSON files at a path, in the order of their names.

    Raises:
        UserError: If there is no such path, or the archive cannot be read.
    """
    try:
        if path.is_dir():
            yield from _read_folder(path)
        elif tarfile.is_tarfile(path):
            yield from _read_tar(path)
        elif zipfile.is_zipfile(path):
            yield from _read_zip(path)
        else:
            yield path.name, _read_file(path)
    except (OSError, *BROKEN_ARCHIVE) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)) from error


def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise _unreadable(path, f"it has more than {MAX_FILE_BYTES} bytes")
    return content


def _read_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(path.rglob("*.json")):
        yield file.relative_to(path).as_posix(), file.read_bytes()


def _read_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        contents: dict[str, bytes] = {}
        for member in archive:
            stream = archive.extractfile(member) if member.name.endswith(".json") else None
            if stream is not None:
                contents[member.name] = stream.read()
    for name in sorted(contents):
        yield name, contents[name]


def _read_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".json"):
                yield name, archive.read(name)


def _unreadable(path: Path, why: str) -> Exception:
    from corollup.errors import ErrorCode, UserError

    return UserError(
        ErrorCode.FILE_UNREADABLE,
        f"{path} cannot be read",
        why=why,
        fix="Name a folder, a file or an archive of state tests.",
        exit_code=2,
    )
