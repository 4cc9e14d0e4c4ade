"""The soak goes on from its last seed, and only with the same code."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benches import soak
from corollup.engine import get_engine, make_random_packets
from corollup.spec.verdict import Context, Verdict


@pytest.fixture(autouse=True)
def without_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "check_by_specification", lambda *_: 2)


def run(result: soak.Result, file: Path, count: int) -> None:
    with ThreadPoolExecutor(1) as pool:
        soak.soak(result, file, count, pool, workers=1, seeds=2)


def test_a_run_is_kept_and_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "soak.json"
    run(soak.resume(file, "one"), file, 16)
    document = json.loads(file.read_text())
    assert document["packets_a_second"] > 0
    kept = soak.resume(file, "one")
    assert (kept.next_seed, kept.packets, kept.reference_packets) == (2, 16, 2)
    run(kept, file, 32)
    assert soak.resume(file, "one").next_seed == 4
    assert soak.resume(file, "two") == soak.Result("two")


def test_the_first_batch_that_fails_ends_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(seed: int, batch: int) -> int:
        if batch == 1:
            raise soak.DifferenceError(f"seed {seed}")
        return 2

    monkeypatch.setattr(soak, "check_by_specification", check)
    file = tmp_path / "soak.json"
    with pytest.raises(soak.DifferenceError, match="seed 2"):
        run(soak.resume(file, "one"), file, 48)
    assert soak.resume(file, "one").next_seed == 2


def test_nothing_is_left_to_do(tmp_path: Path) -> None:
    done = soak.Result("one", next_seed=2, packets=16, seconds=1)
    run(done, tmp_path / "soak.json", 16)
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
