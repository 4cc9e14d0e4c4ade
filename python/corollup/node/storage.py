"""
What a node stores: a producer's L2 state on disk, and what the node holds for its peers in memory.

The latter are execution results and their hints, bounded in bytes and number.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from corollup.engine import GenesisState, Ledger
from corollup.spec.containers import Config, Genesis

MAX_RESULTS: Final = 512
"""Execution results that are held."""
MAX_RESULT_STORE_BYTES: Final = 256 << 20
"""Sum of their sizes."""


def open_ledger(
    config: Config, genesis: Genesis, domain: bytes, state: GenesisState, path: Path | None = None
) -> Ledger:
    """
    Open the ledger of a network.

    Args:
        config: The network's parameters.
        genesis: Its start.
        domain: Its domain.
        state: Its genesis state.
        path: The state file, from whose packet the ledger goes on if it is there; `None` keeps the
            state in memory.

    Raises:
        StoreError: If the file is of another network, damaged, or in use.
    """
    return Ledger(
        chain_id=config.l2_chain_id,
        config=config.encode(),
        genesis=genesis.encode(),
        domain=domain,
        state=state,
        path=path,
    )


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
