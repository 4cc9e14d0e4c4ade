"""
What a key has signed, on disk before a signature leaves the process.

    with SigningHistory.open(path) as history:
        history.record(domain, number, view, digest, status)    # raises, or is durable
        signature = secret.sign(compute_endorse_message(digest, status))

Two rules, for producers and endorsers alike; nothing else is an offence or refused:

    one digest of status 1 for each (domain, number, view)
    one status for each (domain, digest)

And a third one for jurors, whose change of mind would be no offence, but would help nobody:

    one verdict for each (domain, case, digest)

One file a key. It is held by one process at a time, and never made by accident: a node that lost
its history must not sign as if it had none. A copy that is older than the last signature cannot be
told from a whole one: never restore a history from a backup while its key is in use.
"""

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from corollup.errors import ArgumentError, CorollupError

APPLICATION_ID: Final = 0x63524F48
"""What marks a SQLite file as a signing history: "cROH"."""

FORMAT_VERSION: Final = 2
"""Version of the tables below; version 1 had no votes."""

HASH_SIZE: Final = 32
"""Size of a domain and of a digest, bytes."""

MAX_UINT64: Final = 2**64 - 1
"""Largest packet number and view."""

CHECKSUM_SIZE: Final = 8
"""Size of a row's checksum, bytes."""

VOTES: Final = """
CREATE TABLE voted (
    domain   BLOB NOT NULL,
    case_id  BLOB NOT NULL,
    digest   BLOB NOT NULL,
    verdict  INTEGER NOT NULL CHECK (verdict IN (0, 1)),
    PRIMARY KEY (domain, case_id, digest)
) WITHOUT ROWID;
"""

# SQLite's integers are signed, so numbers and views are kept as eight big-endian bytes.
SCHEMA: Final = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT_VERSION};
CREATE TABLE signed (
    domain   BLOB NOT NULL,
    digest   BLOB NOT NULL,
    number   BLOB NOT NULL,
    view     BLOB NOT NULL,
    status   INTEGER NOT NULL CHECK (status IN (0, 1)),
    checksum BLOB NOT NULL,
    PRIMARY KEY (domain, digest)
) WITHOUT ROWID;
CREATE UNIQUE INDEX turn ON signed (domain, number, view) WHERE status = 1;
{VOTES}
"""

UPGRADE: Final = f"""
BEGIN EXCLUSIVE;
{VOTES}
PRAGMA user_version = {FORMAT_VERSION};
COMMIT;
"""
"""What makes a history of version 1 one of today."""

# EXTRA also syncs the folder when a transaction ends: after a power cut no journal is left over
# that would take a commit back.
SETTINGS: Final = """
PRAGMA journal_mode = DELETE;
PRAGMA synchronous = EXTRA;
PRAGMA locking_mode = EXCLUSIVE;
"""

SELECT_DIGEST: Final = "SELECT * FROM signed WHERE domain = ? AND digest = ?"
SELECT_TURN: Final = (
    "SELECT * FROM signed WHERE domain = ? AND number = ? AND view = ? AND status = 1"
)
INSERT: Final = "INSERT INTO signed VALUES (?, ?, ?, ?, ?, ?)"
SELECT_VOTE: Final = "SELECT verdict FROM voted WHERE domain = ? AND case_id = ? AND digest = ?"
INSERT_VOTE: Final = "INSERT INTO voted VALUES (?, ?, ?, ?)"


class SlashableSignature(CorollupError):  # noqa: N818 (the signature is what would be wrong)
    """A signature that contradicts one given before; making it would be an offence."""


class SigningHistoryError(CorollupError):
    """A signing history that cannot be used. Nothing may be signed without it."""


class MissingHistoryError(SigningHistoryError):
    """There is no history where one is expected."""


class LockedHistoryError(SigningHistoryError):
    """Another process or object holds the history."""


class DamagedHistoryError(SigningHistoryError):
    """The file is not a history, or its contents contradict its checksums."""


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """One signature that may have left the process."""

    domain: bytes
    """The network."""

    digest: bytes
    """The header that was signed."""

    number: int
    """Packet number of the header."""

    view: int
    """View of the header."""

    status: int
    """1 for valid, 0 for invalid."""

    def __post_init__(self) -> None:
        if len(self.domain) != HASH_SIZE or len(self.digest) != HASH_SIZE:
            raise ArgumentError("domain and digest have 32 bytes each")
        if not (0 <= self.number <= MAX_UINT64 and 0 <= self.view <= MAX_UINT64):
            raise ArgumentError(f"number {self.number} and view {self.view} are not both a u64")
        if self.status not in {0, 1}:
            raise ArgumentError(f"status is {self.status}, expected 0 or 1")

    def compute_checksum(self) -> bytes:
        """Compute what tells a row from one with a flipped bit."""
        fields = (self.domain, self.digest, *self._get_turn(), bytes([self.status]))
        return hashlib.sha256(b"".join(fields)).digest()[:CHECKSUM_SIZE]

    def to_row(self) -> tuple[bytes | int, ...]:
        """Convert to a row of the table."""
        columns = (self.domain, self.digest, *self._get_turn(), self.status)
        return (*columns, self.compute_checksum())

    @classmethod
    def from_row(cls, row: tuple[bytes, bytes, bytes, bytes, int, bytes]) -> Self:
        """
        Read a row of the table.

        Raises:
            DamagedHistoryError: If the row is not what was written.
        """
        domain, digest, number, view, status, checksum = row
        try:
            record = cls(domain, digest, int.from_bytes(number), int.from_bytes(view), status)
        except (ArgumentError, TypeError) as error:
            raise DamagedHistoryError(f"a row of the signing history is damaged: {error}") from None
        if record.compute_checksum() != checksum:
            raise DamagedHistoryError("a row of the signing history has a wrong checksum")
        return record

    def _get_turn(self) -> tuple[bytes, bytes]:
        return self.number.to_bytes(8), self.view.to_bytes(8)


class SigningHistory:
    """The signing history of one key. Safe to share between threads."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Take over a locked connection; see `open`."""
        self.path: Final = path
        self._connection: sqlite3.Connection | None = connection
        self._mutex = threading.Lock()
        self._process = os.getpid()

    @classmethod
    def open(cls, path: Path | str, *, create: bool = False) -> Self:
        """
        Open and lock a history, and check every row of it.

        Args:
            path: The file.
            create: Make a new history if there is none: for a key that has never signed.

        Raises:
            MissingHistoryError: If there is none and `create` is false.
            LockedHistoryError: If it is in use.
            DamagedHistoryError: If it is not whole.
        """
        path = Path(path).absolute()
        if not path.exists():
            if not create:
                raise MissingHistoryError(
                    f"no signing history at {path}; create one only for a key that never signed"
                )
            _create(path)
        history = cls(path, _connect(path))
        try:
            for _ in history.records():
                pass
        except BaseException:
            history.close()
            raise
        return history

    def record(self, domain: bytes, number: int, view: int, digest: bytes, status: int) -> None:
        """
        Record a signature that is about to be made; it may leave once this has returned.

        Recording again what is recorded is no offence and changes nothing.

        Raises:
            SlashableSignature: If the signature contradicts an earlier one.
            SigningHistoryError: If the record did not reach the disk.
        """
        wanted = SignedRecord(domain, digest, number, view, status)
        with self._mutex, self._transaction() as connection:
            if found := _fetch(connection, SELECT_DIGEST, (domain, digest)):
                _require_same(found, wanted)
                return
            turn = (domain, number.to_bytes(8), view.to_bytes(8))
            if status == 1 and (found := _fetch(connection, SELECT_TURN, turn)):
                raise SlashableSignature(
                    f"signed 0x{found.digest.hex()} for packet {number} in view {view}, "
                    f"refused to sign 0x{digest.hex()}"
                )
            connection.execute(INSERT, wanted.to_row())

    def record_vote(self, domain: bytes, case: int, digest: bytes, is_valid: bool) -> None:
        """
        Record a vote in an appeal that is about to be signed.

        Raises:
            SlashableSignature: If the other verdict was recorded before.
            SigningHistoryError: If the record did not reach the disk.
        """
        key = (domain, case.to_bytes(8), digest)
        with self._mutex, self._transaction() as connection:
            found = connection.execute(SELECT_VOTE, key).fetchone()
            if found is None:
                connection.execute(INSERT_VOTE, (*key, int(is_valid)))
            elif found[0] != int(is_valid):
                raise SlashableSignature(
                    f"voted {found[0]} on 0x{digest.hex()} in case {case}, "
                    f"refused to vote {int(is_valid)}"
                )

    def records(self) -> Iterator[SignedRecord]:
        """Iterate over all records, by domain and digest."""
        with self._mutex:
            try:
                rows = self._get_connection().execute("SELECT * FROM signed").fetchall()
            except sqlite3.Error as error:
                raise DamagedHistoryError(
                    f"signing history {self.path} is damaged: {error}"
                ) from None
        return map(SignedRecord.from_row, rows)

    def close(self) -> None:
        """Close and unlock the history; nothing can be recorded any more."""
        with self._mutex:
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what the body does, synced to disk, or nothing of it."""
        connection = self._get_connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            # After a failed sync nobody knows what the disk holds, so this object is done.
            self._close()
            raise SigningHistoryError(
                f"signing history {self.path} cannot be written: {error}"
            ) from error
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _get_connection(self) -> sqlite3.Connection:
        if self._process != os.getpid():
            raise SigningHistoryError("signing history belongs to the parent process")
        if self._connection is None:
            raise SigningHistoryError(f"signing history {self.path} is closed")
        return self._connection

    def _close(self) -> None:
        if self._connection is not None and self._process == os.getpid():
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _require_same(found: SignedRecord, wanted: SignedRecord) -> None:
    if found.status != wanted.status:
        raise SlashableSignature(
            f"signed status {found.status} of 0x{found.digest.hex()}, "
            f"refused to sign status {wanted.status}"
        )
    if found != wanted:
        raise ArgumentError(
            f"0x{found.digest.hex()} is packet {found.number} in view {found.view}, "
            f"not packet {wanted.number} in view {wanted.view}"
        )


def _fetch(
    connection: sqlite3.Connection, query: str, key: tuple[bytes, ...]
) -> SignedRecord | None:
    row = connection.execute(query, key).fetchone()
    return None if row is None else SignedRecord.from_row(row)


def _connect(path: Path) -> sqlite3.Connection:
    """Connect to an existing file, take its lock for good and check its structure."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=0,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.executescript(SETTINGS)
        # In exclusive locking mode the lock of the first transaction is never given back.
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
        marks = tuple(
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version", "integrity_check")
        )
        if marks == (APPLICATION_ID, 1, "ok"):
            connection.executescript(UPGRADE)
            marks = (APPLICATION_ID, FORMAT_VERSION, "ok")
    except sqlite3.Error as error:
        connection.close()
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise LockedHistoryError(
                f"signing history {path} is in use: two processes must never sign with one key"
            ) from None
        raise DamagedHistoryError(f"signing history {path} cannot be read: {error}") from None
    if marks != (APPLICATION_ID, FORMAT_VERSION, "ok"):
        connection.close()
        raise DamagedHistoryError(f"{path} is no whole signing history of version {FORMAT_VERSION}")
    return connection


def _create(path: Path) -> None:
    """Make an empty history, complete or not at all."""
    if path.with_name(f"{path.name}-journal").exists():
        raise DamagedHistoryError(f"signing history {path} is gone, but its journal is there")
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        connection = sqlite3.connect(draft, isolation_level=None)
        try:
            connection.executescript(f"PRAGMA synchronous = EXTRA; BEGIN; {SCHEMA} COMMIT;")
        finally:
            connection.close()
        # A link never replaces: of two processes that create, one history is used by both.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
        _sync_folder(path.parent)
    except (OSError, sqlite3.Error) as error:
        raise SigningHistoryError(f"signing history {path} cannot be created: {error}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
