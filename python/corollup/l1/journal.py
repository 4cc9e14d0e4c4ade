"""The transactions that an account signed and that may be under way, on disk."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corollup.errors import StoreError


@dataclass(frozen=True, slots=True)
class Attempt:
    """A signed transaction."""

    nonce: int
    """Its nonce."""
    raw: bytes
    """As it is sent."""
    tx_hash: bytes
    """Its hash."""


@dataclass(frozen=True, slots=True)
class Journal:
    """A file of the attempts at one nonce; nothing is kept without a path."""

    path: Path | None
    """The file."""

    def write(self, attempts: Sequence[Attempt]) -> None:
        """Replace the file, on disk when this returns."""
        if self.path is None:
            return
        entries = [
            [attempt.nonce, attempt.raw.hex(), attempt.tx_hash.hex()] for attempt in attempts
        ]
        fresh = self.path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(entries, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    def read(self) -> list[Attempt]:
        """
        Return the attempts.

        Raises:
            StoreError: If the file is not what `write` wrote.
        """
        if self.path is None or not self.path.exists():
            return []
        try:
            return [
                Attempt(int(nonce), bytes.fromhex(raw), bytes.fromhex(tx_hash))
                for nonce, raw, tx_hash in json.loads(self.path.read_text("utf-8"))
            ]
        except (ValueError, TypeError) as error:
            raise StoreError(f"{self.path} is no journal of transactions: {error}") from error

    def clear(self) -> None:
        """Remove the file."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
