"""
What a node stores: a producer's L2 state on disk, and in memory what saves its peers work.

The latter are execution results with their hints, which peers may ask for, and codes, which they
need not send again; bounded in bytes and number.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from corollup.engine import GenesisState, Ledger
from corollup.node.messages import MAX_NAMED_CODES
from corollup.spec.containers import Config, Genesis
from corollup.spec.known_codes import omit_codes, read_codes

MAX_RESULTS: Final = 512
"""Execution results that are held."""
MAX_RESULT_STORE_BYTES: Final = 256 << 20
"""Sum of their sizes."""
MAX_CODE_STORE_BYTES: Final = 32 << 20
"""Sum of the sizes of the codes that a node need not be sent again."""


@dataclass(frozen=True, slots=True)
class StateLimits:
    """How much of its past a state on disk keeps, and how much of itself in memory."""

    history: int = 128
    """Packets that can be taken back."""
    cache_mib: int = 384
    """Memory beside the file, MiB: two thirds for nodes of the tree, one for pages."""

    @property
    def page_bytes(self) -> int:
        """Bytes of pages of the file."""
        return (self.cache_mib << 20) // 3

    @property
    def node_bytes(self) -> int:
        """Bytes of nodes of the tree."""
        return (self.cache_mib << 20) - self.page_bytes


def open_ledger(
    config: Config,
    genesis: Genesis,
    domain: bytes,
    state: GenesisState,
    path: Path | None = None,
    limits: StateLimits = StateLimits(),
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
        limits: Sizes, if the state is in a file.

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
        revertible=limits.history,
        tree_cache_bytes=limits.node_bytes,
        file_cache_bytes=limits.page_bytes,
    )


@dataclass(slots=True)
class _Held:
    """A result as it is held."""

    encoded: bytes
    """The execution result."""
    hints: bytes
    """Its hints, or nothing."""
    code_hashes: tuple[bytes, ...] | None = None
    """The hash of each of its codes, once somebody named codes."""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.encoded) + len(self.hints)


@dataclass(slots=True, eq=False, repr=False)
class ResultStore:
    """Encoded execution results by digest; the oldest leave first."""

    max_results: int = MAX_RESULTS
    """How many are held."""
    max_bytes: int = MAX_RESULT_STORE_BYTES
    """Sum of their sizes."""
    _results: OrderedDict[bytes, _Held] = field(default_factory=OrderedDict)
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
        held = _Held(encoded, hints)
        self._results[digest] = held
        self._size += held.size
        while len(self._results) > self.max_results or self._size > self.max_bytes:
            _, dropped = self._results.popitem(last=False)
            self._size -= dropped.size

    def get(self, digest: bytes) -> bytes | None:
        """Return a result."""
        held = self._results.get(digest)
        return None if held is None else held.encoded

    def get_hints(self, digest: bytes) -> bytes:
        """Return the hints of a result; nothing if none are known."""
        held = self._results.get(digest)
        return b"" if held is None else held.hints

    def get_without(
        self, digest: bytes, named: Sequence[bytes]
    ) -> tuple[bytes, tuple[int, ...]] | None:
        """Return a result without the codes that are named, and their places among the names."""
        encoded = self.get(digest)
        if encoded is None or not named:
            return None if encoded is None else (encoded, ())
        held = self._results[digest]
        if held.code_hashes is None:
            held.code_hashes = tuple(read_codes(encoded))
        return omit_codes(encoded, held.code_hashes, named)


@dataclass(slots=True, eq=False, repr=False)
class CodeStore:
    """Codes of verified packets by hash; those that were not needed the longest leave first."""

    max_codes: int = MAX_NAMED_CODES
    """How many are held."""
    max_bytes: int = MAX_CODE_STORE_BYTES
    """Sum of their sizes."""
    _codes: OrderedDict[bytes, bytes] = field(default_factory=OrderedDict)
    _size: int = 0

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def total_bytes(self) -> int:
        """Sum of the sizes."""
        return self._size

    def put_all(self, codes: Mapping[bytes, bytes]) -> None:
        """Hold the codes that a verified packet needed, by hash."""
        for code_hash, code in codes.items():
            if code_hash not in self._codes:
                self._codes[code_hash] = code
                self._size += len(code)
            self._codes.move_to_end(code_hash)
        while len(self._codes) > self.max_codes or self._size > self.max_bytes:
            _, dropped = self._codes.popitem(last=False)
            self._size -= len(dropped)

    def snapshot(self) -> dict[bytes, bytes]:
        """Return what is held, by ascending hash."""
        return dict(sorted(self._codes.items()))
