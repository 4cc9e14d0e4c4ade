"""The signing history: its two rules, what the disk keeps, who may hold it."""

import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corollup.errors import ArgumentError
from corollup.node import signing_history
from corollup.node.signing_history import (
    DamagedHistoryError,
    LockedHistoryError,
    MissingHistoryError,
    SignedRecord,
    SigningHistory,
    SigningHistoryError,
    SlashableSignature,
)

DOMAIN, OTHER_DOMAIN = bytes([1]) * 32, bytes([2]) * 32
MAX_UINT64 = 2**64 - 1


def digest(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "key.history"


def record_all(path: Path, records: list[SignedRecord]) -> None:
    with SigningHistory.open(path, create=True) as history:
        for r in records:
            history.record(r.domain, r.number, r.view, r.digest, r.status)


def read_all(path: Path) -> set[SignedRecord]:
    with SigningHistory.open(path) as history:
        return set(history.records())


def test_second_digest_of_a_turn_is_refused(path: Path) -> None:
    with SigningHistory.open(path, create=True) as history:
        history.record(DOMAIN, 7, 3, digest(1), 1)
        with pytest.raises(SlashableSignature) as refusal:
            history.record(DOMAIN, 7, 3, digest(2), 1)
    assert str(refusal.value) == (
        f"signed 0x{digest(1).hex()} for packet 7 in view 3, refused to sign 0x{digest(2).hex()}"
    )
    assert read_all(path) == {SignedRecord(DOMAIN, digest(1), 7, 3, 1)}


@pytest.mark.parametrize("first", [0, 1])
def test_second_status_of_a_digest_is_refused(path: Path, first: int) -> None:
    with SigningHistory.open(path, create=True) as history:
        history.record(DOMAIN, 7, 3, digest(1), first)
        with pytest.raises(SlashableSignature) as refusal:
            history.record(DOMAIN, 7, 3, digest(1), 1 - first)
    assert str(refusal.value) == (
        f"signed status {first} of 0x{digest(1).hex()}, refused to sign status {1 - first}"
    )


def test_nothing_else_is_refused(path: Path) -> None:
    records = [
        SignedRecord(DOMAIN, digest(1), 7, 3, 1),
        SignedRecord(DOMAIN, digest(2), 7, 4, 1),
        SignedRecord(DOMAIN, digest(3), 6, 3, 1),
        SignedRecord(OTHER_DOMAIN, digest(1), 7, 3, 0),
        SignedRecord(OTHER_DOMAIN, digest(2), 7, 3, 1),
        SignedRecord(DOMAIN, digest(4), 7, 3, 0),
        SignedRecord(DOMAIN, digest(5), 7, 3, 0),
        SignedRecord(DOMAIN, digest(6), MAX_UINT64, MAX_UINT64, 1),
        SignedRecord(DOMAIN, digest(7), 0, 0, 1),
    ]
    record_all(path, records)
    record_all(path, records)
    assert read_all(path) == set(records)


@pytest.mark.parametrize(
    "arguments",
    [
        (DOMAIN[1:], 0, 0, digest(0), 1),
        (DOMAIN, 0, 0, b"", 1),
        (DOMAIN, -1, 0, digest(0), 1),
        (DOMAIN, 0, MAX_UINT64 + 1, digest(0), 1),
        (DOMAIN, 0, 0, digest(0), 2),
    ],
)
def test_arguments_outside_their_types_are_refused(path: Path, arguments: Any) -> None:
    with SigningHistory.open(path, create=True) as history, pytest.raises(ArgumentError):
        history.record(*arguments)
    assert read_all(path) == set()


def test_digest_names_one_header(path: Path) -> None:
    record_all(path, [SignedRecord(DOMAIN, digest(1), 7, 3, 1)])
    with SigningHistory.open(path) as history:
        message = "is packet 7 in view 3, not packet 8 in view 3"
        with pytest.raises(ArgumentError, match=message):
            history.record(DOMAIN, 8, 3, digest(1), 1)


def test_missing_history_is_not_made_by_accident(path: Path) -> None:
    with pytest.raises(MissingHistoryError, match="create one only for a key that never signed"):
        SigningHistory.open(path)
    assert not path.exists()


def test_creating_keeps_what_is_there(path: Path) -> None:
    record_all(path, [SignedRecord(DOMAIN, digest(1), 7, 3, 1)])
    with SigningHistory.open(path, create=True) as history:
        assert len(list(history.records())) == 1
        with pytest.raises(SlashableSignature):
            history.record(DOMAIN, 7, 3, digest(2), 1)


def test_journal_without_its_history_is_refused(path: Path) -> None:
    path.with_name("key.history-journal").write_bytes(b"left over")
    with pytest.raises(DamagedHistoryError, match="is gone, but its journal is there"):
        SigningHistory.open(path, create=True)


def test_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SigningHistoryError, match="cannot be created"):
        SigningHistory.open(tmp_path / "file" / "key.history", create=True)


def test_history_is_held_once_in_a_process(path: Path) -> None:
    message = "two processes must never sign with one key"
    with SigningHistory.open(path, create=True), pytest.raises(LockedHistoryError, match=message):
        SigningHistory.open(path)
    with SigningHistory.open(path):
        pass


SIGNER = """
import sys
from corollup.node.signing_history import SigningHistory
history = SigningHistory.open(sys.argv[1], create=True)
number = max((record.number for record in history.records()), default=0)
print("ready", flush=True)
while True:
    number += 1
    history.record(bytes([1]) * 32, number, 0, number.to_bytes(32, "big"), 1)
    print(number, flush=True)  # the signature leaves
"""


def start_signer(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SIGNER, str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> list[int]:
    """Kill the signer and return what it signed since the last line that was read."""
    process.send_signal(signal.SIGKILL)
    output, _ = process.communicate()
    # The kill may have cut the last line off in the middle of its number.
    return [int(line) for line in output.splitlines()[:-1]]


def test_history_is_held_by_one_process(path: Path) -> None:
    signer = start_signer(path)
    try:
        with pytest.raises(LockedHistoryError, match="is in use"):
            SigningHistory.open(path)
        with pytest.raises(LockedHistoryError, match="is in use"):
            SigningHistory.open(path, create=True)
    finally:
        kill(signer)
    with SigningHistory.open(path):
        pass


def test_killed_process_loses_no_record_of_a_signature_that_left(path: Path) -> None:
    rng = random.Random(20)
    signed: set[int] = set()
    for _ in range(20):
        signer = start_signer(path)
        assert signer.stdout is not None
        signed |= {int(signer.stdout.readline()) for _ in range(rng.randrange(1, 10))}
        time.sleep(rng.uniform(0.0, 0.01))
        signed |= set(kill(signer))
        with SigningHistory.open(path) as history:
            kept = {record.number for record in history.records()}
            assert signed <= kept
            for number in list(signed)[:3]:
                with pytest.raises(SlashableSignature):
                    history.record(DOMAIN, number, 0, digest(number + 1_000_000), 1)
    assert len(signed) >= 20


def test_threads_agree_on_one_digest_of_a_turn(path: Path) -> None:
    outcomes: list[int] = []
    barrier = threading.Barrier(16)

    def sign(history: SigningHistory, number: int) -> None:
        barrier.wait()
        for turn in range(10):
            try:
                history.record(DOMAIN, turn, 0, digest(100 * number + turn), 1)
                outcomes.append(turn)
            except SlashableSignature:
                pass

    with SigningHistory.open(path, create=True) as history:
        threads = [threading.Thread(target=sign, args=(history, number)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(outcomes) == list(range(10))
    assert len(read_all(path)) == 10


ATTEMPTS = st.lists(
    st.tuples(
        st.sampled_from([DOMAIN, OTHER_DOMAIN]),
        st.integers(0, 2),
        st.integers(0, 1),
        st.integers(0, 3),
        st.integers(0, 1),
    ),
    max_size=25,
)


@given(ATTEMPTS, st.integers(1, 10))
@settings(max_examples=40)
def test_history_refuses_exactly_the_offences(attempts: Any, reopen_every: int) -> None:
    turns: dict[Any, bytes] = {}
    statuses: dict[Any, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key.history"
        history = SigningHistory.open(path, create=True)
        for step, (domain, number, view, salt, status) in enumerate(attempts):
            if step % reopen_every == 0:
                history.close()
                history = SigningHistory.open(path)
            # A digest commits to its header, so it differs for each number and view.
            name = bytes([number, view, salt]).rjust(32, b"\0")
            turn, key = (domain, number, view), (domain, name)
            offence = statuses.get(key, status) != status or (
                status == 1 and turns.get(turn, name) != name
            )
            try:
                history.record(domain, number, view, name, status)
                refused = False
            except SlashableSignature:
                refused = True
            assert refused == offence
            if not offence:
                statuses[key] = status
                if status == 1:
                    turns[turn] = name
        assert {(r.domain, r.digest): r.status for r in history.records()} == statuses
        history.close()


def test_closed_history_records_nothing(path: Path) -> None:
    history = SigningHistory.open(path, create=True)
    history.close()
    history.close()
    with pytest.raises(SigningHistoryError, match="is closed"):
        history.record(DOMAIN, 0, 0, digest(0), 1)


def test_forked_process_records_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SigningHistory.open(path, create=True) as history:
        with monkeypatch.context() as patch:
            patch.setattr("os.getpid", lambda: -1)
            with pytest.raises(SigningHistoryError, match="belongs to the parent process"):
                history.record(DOMAIN, 0, 0, digest(0), 1)
        history.record(DOMAIN, 0, 0, digest(0), 1)


def test_full_disk_stops_signing(path: Path) -> None:
    history = SigningHistory.open(path, create=True)
    connection = history._connection
    assert connection is not None
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    durable: set[int] = set()

    def fill_disk() -> None:
        for number in range(1000):
            history.record(DOMAIN, number, 0, digest(number), 1)
            durable.add(number)

    with pytest.raises(SigningHistoryError, match="cannot be written: database or disk is full"):
        fill_disk()
    with pytest.raises(SigningHistoryError, match="is closed"):
        history.record(DOMAIN, 0, 0, digest(0), 1)
    assert {record.number for record in read_all(path)} == durable


def test_damaged_file_is_refused_or_whole(path: Path) -> None:
    records = [SignedRecord(DOMAIN, digest(n), n, n % 3, n % 2) for n in range(60)]
    record_all(path, records)
    whole = path.read_bytes()
    rng = random.Random(1)
    refused = 0
    for _ in range(150):
        position = rng.randrange(len(whole))
        flipped = bytearray(whole)
        flipped[position] ^= 1 << rng.randrange(8)
        for damaged in (bytes(flipped), whole[:position]):
            path.write_bytes(damaged)
            try:
                assert read_all(path) == set(records)
            except DamagedHistoryError:
                refused += 1
    assert refused > 150


@pytest.mark.parametrize("contents", [b"", b"no database", bytes(4096)])
def test_other_file_is_refused(path: Path, contents: bytes) -> None:
    path.write_bytes(contents)
    for _ in range(2):
        with pytest.raises(DamagedHistoryError):
            SigningHistory.open(path, create=True)


def test_other_database_is_refused(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE signed (domain, digest)")
    connection.close()
    with pytest.raises(DamagedHistoryError, match="is no whole signing history of version 2"):
        SigningHistory.open(path)


@pytest.mark.parametrize(
    ("query", "count", "index"),
    [
        (signing_history.SELECT_DIGEST, 2, "PRIMARY KEY"),
        (signing_history.SELECT_TURN, 3, "INDEX turn"),
    ],
)
def test_decision_reads_an_index(path: Path, query: str, count: int, index: str) -> None:
    with SigningHistory.open(path, create=True) as history:
        connection = history._connection
        assert connection is not None
        plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", (b"",) * count).fetchall()
    assert len(plan) == 1
    assert plan[0][-1].startswith("SEARCH")
    assert index in plan[0][-1]


def test_commits_are_synced(path: Path) -> None:
    with SigningHistory.open(path, create=True) as history:
        connection = history._connection
        assert connection is not None
        names = ("synchronous", "journal_mode", "locking_mode")
        marks = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
    assert marks == [3, "delete", "exclusive"]


def test_second_verdict_on_a_case_is_refused(path: Path) -> None:
    with SigningHistory.open(path, create=True) as history:
        history.record_vote(DOMAIN, 1, digest(1), is_valid=False)
        history.record_vote(DOMAIN, 1, digest(1), is_valid=False)
        history.record_vote(DOMAIN, 2, digest(1), is_valid=True)
        history.record_vote(DOMAIN, 1, digest(2), is_valid=True)
    with SigningHistory.open(path) as history, pytest.raises(SlashableSignature):
        history.record_vote(DOMAIN, 1, digest(1), is_valid=True)


def test_history_without_votes_is_taken_over_with_its_records(path: Path) -> None:
    with SigningHistory.open(path, create=True) as history:
        history.record(DOMAIN, 1, 1, digest(1), 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DROP TABLE voted; PRAGMA user_version = 1;")
    with SigningHistory.open(path) as history:
        assert [record.digest for record in history.records()] == [digest(1)]
        history.record_vote(DOMAIN, 1, digest(1), is_valid=True)
