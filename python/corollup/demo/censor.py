"""A transaction that the producers leave out, forced through the inbox."""

from typing import Final

from corollup.demo.exits import start_journey
from corollup.demo.stage import Stage, require
from corollup.devnet.options import ETHER
from corollup.node.producer import ProducerPolicy

SUMMARY: Final = "the only producer leaves a user out; its call goes through the inbox"
LIMIT_SECONDS: Final = 300.0

SENT_WEI: Final = ETHER
PACKETS_OF_SILENCE: Final = 4
"""Packets that leave the transaction out before the user gives up."""


async def run(stage: Stage) -> None:
    """Leave a transaction out, and force the same call."""
    policy = ProducerPolicy()
    async with start_journey(stage, policy) as journey:
        policy.left_out.add(journey.address)
        receiver = journey.make_address(0)
        # Funds of the L2, which the forced call is going to move without minting any.
        call = await journey.user.send_message(journey.address, mint=2 * SENT_WEI)
        await journey.send_l1("the user deposits 2 ETH", call)
        await journey.wait_for_l2_balance(journey.address, 2 * SENT_WEI)

        sent = await journey.l2.send(receiver, value=SENT_WEI)
        number = await journey.user.l2.get_block_number()
        stage.report("the user sends 1 ETH on the L2", l2_transaction=f"0x{sent.hex()}")
        while await journey.user.l2.get_block_number() < number + PACKETS_OF_SILENCE:
            await stage.clock.sleep(0.25)
        require(await journey.user.l2.get_receipt(sent) is None, "the producer leaves it out")
        stage.report(f"{PACKETS_OF_SILENCE} packets leave it out")

        before = await journey.user.l2.get_balance(receiver)
        user_before = await journey.user.l2.get_balance(journey.address)
        call = await journey.user.send_message(receiver, mint=0, value=SENT_WEI)
        await journey.send_l1("the user sends the same call through the inbox", call)
        after = await journey.wait_for_l2_balance(receiver, before + SENT_WEI)
        number = await journey.wait_for_commit()
        stage.report(f"packet {number} is committed with it: no packet without it ever would be")
        user_after = await journey.user.l2.get_balance(journey.address)
        require(user_after == user_before - SENT_WEI, "the call moved the user's own funds")
        stage.compare("the receiver on the L2", before, after)
        stage.compare("the user on the L2", user_before, user_after)
