"""No key of an honest node ever gives evidence of a fault."""

import pytest

from benches.honest import run_batches
from tests.simulation.honest.planted import JUDGES, plant
from tests.simulation.honest.scenario import run_seed, silence_logs

SEEDS = 100
PLANTED_SEEDS = 40
EVENTS = {
    "L1 reorg, up to 4 blocks",
    "L1 reorg, up to 16 blocks",
    "L1 reorg, up to 64 blocks",
    "L1 reorg of a commit",
    "L1 reorg of a freeze",
    "L1 reorg of a seed",
    "L1 reorg of an epoch's opening",
    "L1 reorg of a signed anchor",
    "L1 away",
    "commit on rung 1",
    "appeal",
    "vote in an appeal",
    "message from the L1",
    "committed message from the L1",
    "fisherman",
    "liar slashed",
    "equivocation",
    "false twin of an honest packet",
    "false header",
    "false randomness",
    "packet older than its anchor",
    "anchor that was never mined",
    "withheld body",
    "blind seat",
    "false clock",
    "killed before the record",
    "killed between record and signature",
    "killed between signature and sending",
    "restart of a seat",
    "restart of a producer",
    "history refused",
    "late, reordered and repeated messages",
    "lost messages",
    "partition",
    "rival signed",
    "signed packet on a dead one",
    "status 0 signed",
    "verdict flipped",
}
"""What comes to pass in the seeds below."""


@pytest.fixture(autouse=True)
def without_logs() -> None:
    silence_logs()


def test_no_honest_key_gives_evidence_in_a_hundred_seeds() -> None:
    seen: set[str] = set()
    for outcomes in run_batches(0, SEEDS):
        for outcome in outcomes:
            assert not outcome.violations, f"seed {outcome.seed}"
            seen.update(kind for kind, times in outcome.coverage.items() if times)
    assert seen >= EVENTS


@pytest.mark.parametrize("bug", JUDGES)
def test_planted_bug_is_found(bug: str) -> None:
    with plant(bug):
        for seed in range(PLANTED_SEEDS):
            if JUDGES[bug] in {violation.judge for violation in run_seed(seed).violations}:
                return
    pytest.fail(f"not within {PLANTED_SEEDS} seeds")


def test_a_seed_is_one_run() -> None:
    assert run_seed(3) == run_seed(3)
