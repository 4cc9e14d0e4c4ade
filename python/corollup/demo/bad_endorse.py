"""A wrong execution with consistent roots, appealed and judged by all seats."""

from typing import Final

from corollup.demo.faults import open_scene
from corollup.demo.stage import Stage, require
from corollup.devnet.crimes import LOOT_WEI, THIEF, Crime
from corollup.l1.fault_events import AppealDecided

SUMMARY: Final = "a corrupted committee endorses a theft; it is appealed, judged and undone"
LIMIT_SECONDS: Final = 240.0


async def run(stage: Stage) -> None:
    """Commit a theft, and see it appealed, judged by all seats, slashed and reset."""
    async with open_scene(stage) as scene:
        plot = await scene.commit_crime(Crime.BAD_ENDORSE)
        signers = await scene.wait_for_commit(plot)
        await scene.wait_for_reset(plot)
        require(scene.is_filed("appeal"), "nobody appealed")
        tx_hash = await scene.find_transaction(scene.net.network.contracts.appeals, AppealDecided)
        stage.report("more than half of all seats judged it invalid", tx_hash)
        await scene.wait_for_payment(signers)
        _, loot = scene.fisherman.chain.ledger.account(THIEF)
        stage.compare("loot of the thief on the L2", LOOT_WEI, loot)
        require(loot == 0, "the thief keeps its loot")
