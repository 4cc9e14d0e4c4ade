"""
The files of historical blocks.

    FOLDER/codes.json.gz                     {code hash: code}
    FOLDER/block_hashes.json                 {number: hash}, the answers to BLOCKHASH
    FOLDER/blocks/NUMBER/block.json.gz       eth_getBlockByNumber(number, true)
    FOLDER/blocks/NUMBER/pre_state.json.gz   {address: {balance, nonce, code_hash?, storage}}
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from corollup.errors import ErrorCode, UserError

BLOCK_FILE: Final = "block.json.gz"
PRE_STATE_FILE: Final = "pre_state.json.gz"
CODES_FILE: Final = "codes.json.gz"
HASHES_FILE: Final = "block_hashes.json"


@dataclass(frozen=True, slots=True)
class BlockFiles:
    """The unpacked files of one block."""

    name: str
    """Name of its folder."""

    block: bytes
    """The block as JSON."""

    pre_state: bytes
    """The state that it touches, before it, as JSON."""

    codes: bytes
    """Every code by its hash, as JSON."""

    block_hashes: bytes
    """Earlier blocks' hashes by their number, as JSON."""


def read_blocks(paths: Iterable[Path]) -> Iterator[BlockFiles]:
    """
    Read blocks one after the other, those of a folder by ascending number.

    Args:
        paths: Folders of many blocks (`FOLDER`) or of one (`FOLDER/blocks/NUMBER`).

    Raises:
        UserError: If a path is neither, or a file is missing or damaged.
    """
    for folder in [folder for path in paths for folder in find_block_folders(path)]:
        shared = folder.parent.parent
        yield BlockFiles(
            name=folder.name,
            block=_read(folder / BLOCK_FILE),
            pre_state=_read(folder / PRE_STATE_FILE),
            codes=_read_shared(shared / CODES_FILE),
            block_hashes=_read_shared(shared / HASHES_FILE),
        )


def find_block_folders(path: Path) -> list[Path]:
    """Find the folder of one block, or those of all blocks below a folder, by number."""
    folder = path.resolve()
    if (folder / BLOCK_FILE).is_file():
        return [folder]
    found = [block.parent for block in (folder / "blocks").glob(f"*/{BLOCK_FILE}")]
    if not found:
        raise UserError(
            ErrorCode.FILE_UNREADABLE,
            f"{path} holds no block",
            fix=f"Name a folder with {BLOCK_FILE}, or one with blocks/NUMBER/{BLOCK_FILE}.",
            exit_code=2,
        )
    return sorted(found, key=lambda block: (len(block.name), block.name))


@cache
def _read_shared(path: Path) -> bytes:
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(
            ErrorCode.FILE_UNREADABLE,
            f"{path} cannot be read",
            why=getattr(error, "strerror", None) or str(error),
            exit_code=2,
        ) from error
