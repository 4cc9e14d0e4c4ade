"""The crimes of a devnet, from the lie to the payment, in virtual time: what the demos show."""

import pytest

from corollup.demo import DEMOS, load_demo
from corollup.demo.stage import Stage
from corollup.node.clock import VirtualClock, run_virtual
from tests.simulation.harness import START


@pytest.mark.parametrize("name", ["bad-endorse", "bad-root", "equivocate"])
def test_crime_is_punished_and_the_chain_goes_on(name: str) -> None:
    demo = load_demo(name)
    told: list[str] = []

    async def play() -> Stage:
        stage = Stage(lambda step: told.append(step.what), VirtualClock(START))
        await demo.run(stage)
        return stage

    stage = run_virtual(play())
    assert told == [step.what for step in stage.steps]
    assert len(stage.transactions) >= 2
    lost = [of for of in stage.balances if of.name.startswith("stake")]
    assert lost
    assert all(of.before > 0 == of.after for of in lost)
    [won] = [of for of in stage.balances if of.name == "account of the fisherman"]
    assert won.after > won.before


def test_every_demo_has_a_summary_and_a_limit() -> None:
    for name in DEMOS:
        demo = load_demo(name)
        assert demo.summary
        assert demo.limit_seconds <= 600
