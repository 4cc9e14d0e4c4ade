"""A ledger in a state file is the ledger in memory, across restarts and snapshots."""

import json
from pathlib import Path

import pytest

from corollup import cli
from corollup.engine import import_state
from corollup.errors import EncodingError, StateError, StoreError
from corollup.node.storage import StateLimits
from tests.rollup import Rollup, make_genesis_state, sign_transfer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "l2.state"


def make_history(path: Path) -> Rollup:
    """A ledger on disk, three packets on."""
    rollup = Rollup(path=path)
    for nonce in range(3):
        rollup.produce(sign_transfer(nonce), view=nonce)
    return rollup


def test_a_restarted_ledger_goes_on(path: Path) -> None:
    memory = Rollup()
    for nonce in range(3):
        memory.produce(sign_transfer(nonce), view=nonce)
    make_history(path).ledger.close()
    disk = Rollup(path=path)
    for ledger in (memory.ledger, disk.ledger):
        assert (ledger.number, ledger.oldest, ledger.transaction_count(3)) == (3, 0, 1)
    assert disk.ledger.state_root == memory.ledger.state_root
    assert disk.produce(sign_transfer(3), view=3) == memory.produce(sign_transfer(3), view=3)
    disk.ledger.revert_to(1)
    memory.ledger.revert_to(1)
    assert disk.ledger.parent == memory.ledger.parent
    assert disk.produce(sign_transfer(1), view=5) == memory.produce(sign_transfer(1), view=5)


def test_a_state_file_takes_back_as_many_packets_as_it_is_told(path: Path) -> None:
    limits = StateLimits(history=2, cache_mib=0)
    rollup = Rollup(path=path, limits=limits)
    for nonce in range(4):
        rollup.produce(sign_transfer(nonce), view=nonce)
    with pytest.raises(StoreError, match="packet 1"):
        rollup.ledger.revert_to(1)
    rollup.ledger.close()
    ledger = Rollup(path=path, limits=limits).ledger
    assert ledger.oldest == 2
    ledger.revert_to(2)
    assert ledger.number == 2


def test_memory_of_a_state_is_split() -> None:
    limits = StateLimits(cache_mib=384)
    assert (limits.node_bytes, limits.page_bytes) == (256 << 20, 128 << 20)


def test_a_state_file_is_open_once_and_closed_for_good(path: Path) -> None:
    rollup = make_history(path)
    with pytest.raises(StoreError, match="in use by another process"):
        Rollup(path=path)
    rollup.ledger.close()
    rollup.ledger.close()
    with pytest.raises(StateError, match="the ledger is closed"):
        _ = rollup.ledger.number
    assert Rollup(path=path).ledger.number == 3


def test_a_state_file_of_another_network_is_refused(path: Path) -> None:
    make_history(path).ledger.close()
    other = make_genesis_state(one=(b"\x01" * 20, 1, 0, b"", {}))
    with pytest.raises(StoreError, match="the store is of network"):
        Rollup(state=other, path=path)


def test_a_foreign_file_is_refused(path: Path) -> None:
    path.write_bytes(b"no state at all" * 1000)
    with pytest.raises(StoreError, match="corrupt"):
        Rollup(path=path)


def test_a_snapshot_by_the_command_line(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rollup = make_history(path)
    digest, root = rollup.ledger.head_hash, rollup.ledger.state_root
    rollup.ledger.close()
    snapshot, copy = tmp_path / "3.snapshot", tmp_path / "copy.state"
    assert cli.main(["state", "export", str(path), str(snapshot)]) == 0
    assert capsys.readouterr().out.startswith("exported: packet 3, ")
    assert cli.main(["state", "import", str(snapshot), str(copy), "--json"]) == 0
    *progress, done = map(json.loads, capsys.readouterr().out.splitlines())
    assert [line["event"] for line in progress] == ["progress"]
    assert progress[-1]["stems"] == done["stems"]
    assert (done["event"], done["number"]) == ("imported", 3)
    assert (done["digest"], done["state_root"]) == (f"0x{digest.hex()}", f"0x{root.hex()}")
    resumed = Rollup(path=copy)
    assert (resumed.ledger.number, resumed.ledger.head_hash) == (3, digest)
    assert resumed.ledger.oldest == 3
    resumed.produce(sign_transfer(3), view=3)


def test_a_snapshot_that_cannot_be_made_or_taken(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot, copy = tmp_path / "3.snapshot", tmp_path / "copy.state"
    assert cli.main(["state", "export", str(path), str(snapshot)]) == 2
    assert "E1101" in capsys.readouterr().err
    make_history(path).ledger.close()
    assert cli.main(["state", "export", str(path), str(snapshot)]) == 0
    assert cli.main(["state", "import", str(snapshot), str(path)]) == 1
    assert "is there already" in capsys.readouterr().err
    snapshot.write_bytes(snapshot.read_bytes()[:-1])
    assert cli.main(["state", "import", str(snapshot), str(copy)]) == 1
    assert "snapshot: it ends before its end" in capsys.readouterr().err
    assert not list(tmp_path.glob("copy*"))


def test_what_progress_raises_ends_the_work(path: Path, tmp_path: Path) -> None:
    make_history(path).ledger.close()
    snapshot, copy = tmp_path / "3.snapshot", tmp_path / "copy.state"
    assert cli.main(["state", "export", str(path), str(snapshot)]) == 0

    def stop(stems: int) -> None:
        raise KeyError(stems)

    with pytest.raises(KeyError):
        import_state(snapshot, copy, stop)
    assert not list(tmp_path.glob("copy*"))
    snapshot.write_bytes(b"corolls\x02" + snapshot.read_bytes()[8:])
    with pytest.raises(EncodingError, match="it is no snapshot of this version"):
        import_state(snapshot, copy, print)
