"""The execution results and hints that a node holds for its peers, bounded in bytes and number."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

MAX_RESULTS: Final = 512
"""Execution results that are held."""
MAX_RESULT_STORE_BYTES: Final = 256 << 20
"""Sum of their sizes."""


@dataclass(slots=True, eq=False, repr=False)
class ResultStore:
    """Encoded execution results by digest; the oldest leave first."""

    max_results: int = MAX_RESULTS
    """How many are held."""
    max_bytes: int = MAX_RESULT_STORE_BYTES
    """Sum of their sizes."""
    _results: OrderedDict[bytes, tuple[bytes, bytes]] = field(default_factory=OrderedDict)
    _size: int = 0

    def __len__(self) -> int:
        return len(self._results)

    @property
    def total_bytes(self) -> int:
        """Sum of the sizes."""
        return self._size

    def put(self, digest: bytes, encoded: bytes, hints: bytes = b"") -> None:
        """Hold a result that this node built or verified, and the hints if it has true ones."""
        if digest in self._results:
            return
        self._results[digest] = encoded, hints
        self._size += len(encoded) + len(hints)
        while len(self._results) > self.max_results or self._size > self.max_bytes:
            _, dropped = self._results.popitem(last=False)
            self._size -= sum(map(len, dropped))

    def get(self, digest: bytes) -> bytes | None:
        """Return a result."""
        return self._results.get(digest, (None, b""))[0]

    def get_hints(self, digest: bytes) -> bytes:
        """Return the hints of a result; nothing if none are known."""
        return self._results.get(digest, (None, b""))[1]
