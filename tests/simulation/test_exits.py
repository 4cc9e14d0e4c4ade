"""The bridge of a devnet with its real nodes, in virtual time: what the demos show."""

import pytest

from corollup.demo import load_demo
from corollup.demo.stage import Stage
from corollup.devnet.options import ETHER
from corollup.node.clock import VirtualClock, run_virtual
from tests.simulation.harness import START

WON = {
    "bridge": {
        "the user on the L2, deposit": 2 * ETHER,
        "receiver 0 on the L1": ETHER // 2,
        "receiver 1 on the L1": ETHER // 4,
        "what the bridge owes": 5 * ETHER // 4,
    },
    "censor": {"the receiver on the L2": ETHER, "the user on the L2": -ETHER},
    "escape": {},
}
"""What everybody has more at the end of a demo, wei; fees of the L1 are in none of these."""


@pytest.mark.parametrize("name", WON)
def test_the_promised_end_is_reached(name: str) -> None:
    async def play() -> Stage:
        stage = Stage(lambda _: None, VirtualClock(START))
        await load_demo(name).run(stage)
        return stage

    stage = run_virtual(play())
    assert len(stage.transactions) >= 2
    changes = {of.name: of.after - of.before for of in stage.balances}
    assert changes.items() >= WON[name].items()
    assert len(changes) >= 2
