"""A producer that signs two packets of one turn."""

from typing import Final

from corollup.demo.faults import open_scene
from corollup.demo.stage import Stage, require
from corollup.devnet.crimes import Crime
from corollup.node.headers import Head

SUMMARY: Final = "a producer signs two packets of one number and view; two signatures convict it"
LIMIT_SECONDS: Final = 180.0


async def run(stage: Stage) -> None:
    """Let a producer equivocate, and see it slashed while the chain goes on."""
    async with open_scene(stage) as scene:
        plot = await scene.commit_crime(Crime.EQUIVOCATE)
        await scene.wait_for_payment(guilty=1)
        require(scene.is_filed("contradiction"), "nobody reported the contradiction")
        number = plot.packets[0].number + 1
        await scene.net.wait_for(number, Head.FINALIZED)
        stage.report(f"the chain goes on: packet {number} is final")
