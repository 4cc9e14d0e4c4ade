"""A deposit and a withdrawal, end to end."""

from typing import Final

from corollup.demo.exits import Journey, start_journey
from corollup.demo.stage import Stage, require
from corollup.devnet.options import ETHER
from corollup.l1.bridge_user import make_withdrawal
from corollup.node.headers import Head

SUMMARY: Final = "ETH goes from the L1 to the L2 and back, paid when its packet is committed"
LIMIT_SECONDS: Final = 300.0

DEPOSIT_WEI: Final = 2 * ETHER
WITHDRAWAL_WEI: Final = ETHER // 2
SECOND_WEI: Final = ETHER // 4


async def run(stage: Stage) -> None:
    """Deposit, withdraw through the fast door, and once more through the slow one."""
    async with start_journey(stage) as journey:
        owed = await journey.user.bridge.get_owed()
        await _deposit(journey)
        number = await _withdraw(journey, 0, WITHDRAWAL_WEI, Head.COMMITTED, "withdrawFast")
        stage.report(f"paid while packet {number} was committed and not final")
        number = await _withdraw(journey, 1, SECOND_WEI, Head.FINALIZED, "withdraw")
        stage.report(f"paid when packet {number} was final")
        owed_after = await journey.user.bridge.get_owed()
        require(
            owed_after == owed + DEPOSIT_WEI - WITHDRAWAL_WEI - SECOND_WEI,
            "the bridge owes what was deposited and not withdrawn",
        )
        stage.compare("what the bridge owes", owed, owed_after)


async def _deposit(journey: Journey) -> None:
    before = await journey.user.l2.get_balance(journey.address)
    call = await journey.user.send_message(journey.address, mint=DEPOSIT_WEI)
    await journey.send_l1("the user deposits 2 ETH in a message to the L2", call)
    after = await journey.wait_for_l2_balance(journey.address, before + DEPOSIT_WEI)
    number = await journey.wait_for_commit()
    journey.stage.report(f"packet {number} is committed with the deposit")
    journey.stage.compare("the user on the L2, deposit", before, after)


async def _withdraw(journey: Journey, index: int, amount: int, head: Head, door: str) -> int:
    receiver = journey.make_address(index)
    call = make_withdrawal(receiver, amount)
    sent = await journey.l2.transact(call.to, call.data, value=call.value)
    number = sent.block_number
    journey.stage.report(
        f"packet {number} holds a withdrawal of {amount / ETHER} ETH",
        l2_transaction=f"0x{sent.tx_hash.hex()}",
    )
    await journey.net.wait_for(number, head)
    before = await journey.user.l1.get_balance(receiver)
    payment = await journey.user.finalize(await journey.user.prove_message(sent.tx_hash))
    await journey.send_l1(f"the bridge pays it ({door})", payment)
    after = await journey.user.l1.get_balance(receiver)
    require(after == before + amount, "the receiver has what was withdrawn")
    journey.stage.compare(f"receiver {index} on the L1", before, after)
    return number
