"""A wrong new root, proven by one transaction."""

from typing import Final

from corollup.demo.faults import open_scene
from corollup.demo.stage import Stage, require
from corollup.devnet.crimes import Crime

SUMMARY: Final = "a corrupted committee commits a wrong new root; one transaction proves it"
LIMIT_SECONDS: Final = 240.0


async def run(stage: Stage) -> None:
    """Commit a packet with a wrong state root, and see it proven, slashed and reset."""
    async with open_scene(stage) as scene:
        plot = await scene.commit_crime(Crime.BAD_ROOT)
        signers = await scene.wait_for_commit(plot)
        await scene.wait_for_reset(plot)
        require(scene.is_filed("WrongNode"), "nobody proved the wrong root")
        await scene.wait_for_payment(signers)
