"""The soak goes on from its last seed, and only with the same code."""

import json
from pathlib import Path

import pytest

from benches import soak
from corollup.engine import get_engine, make_random_packets
from corollup.spec.verdict import Context, Verdict


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "BATCH_SEEDS", 2)
    monkeypatch.setattr(soak, "check_by_specification", lambda _: 16)


def test_a_run_is_kept_and_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "soak.json"
    soak.soak(soak.resume(file, "one"), file, 16)
    document = json.loads(file.read_text())
    assert document["packets_a_second"] > 0
    kept = soak.resume(file, "one")
    assert (kept.next_seed, kept.packets, kept.reference_packets) == (2, 16, 16)
    soak.soak(kept, file, 32)
    assert soak.resume(file, "one").next_seed == 4
    assert soak.resume(file, "two") == soak.Result("two")


def test_nothing_is_left_to_do(tmp_path: Path) -> None:
    done = soak.Result("one", next_seed=2, packets=16, seconds=1)
    soak.soak(done, tmp_path / "soak.json", 16)
    assert not (tmp_path / "soak.json").exists()


def test_a_difference_between_engines_is_described() -> None:
    class Deaf:
        @staticmethod
        def verify(encoded: bytes, context: Context) -> Verdict:
            return native.verify(encoded[:9], context)

    native = get_engine("native").endorser
    packets = [honest for honest, _ in make_random_packets(3, small=True)]
    assert soak.find_difference(packets, native, native) is None
    difference = soak.find_difference(packets, native, Deaf())
    assert difference is not None
    assert difference.startswith("packet 0: native (1, None, ")
