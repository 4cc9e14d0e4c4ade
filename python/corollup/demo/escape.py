"""The exit by the last state, when the network has stopped."""

from typing import Final

from corollup.demo.exits import Journey, start_journey
from corollup.demo.stage import Stage, require
from corollup.devnet.options import ETHER
from corollup.l1.client import ContractReverted
from corollup.l1.state import StateContract, Tip
from corollup.spec.containers import HeaderParent
from corollup.spec.rules import compute_base_fee

SUMMARY: Final = "the endorsers are silent for seven days; everybody leaves by the last state"
LIMIT_SECONDS: Final = 300.0

DEPOSIT_WEI: Final = 3 * ETHER
LATE_WEI: Final = ETHER
DAY_SECONDS: Final = 86_400


async def run(stage: Stage) -> None:
    """Stop the endorsers, move the time of the L1, and pay by Verkle proofs."""
    async with start_journey(stage) as journey:
        call = await journey.user.send_message(journey.address, mint=DEPOSIT_WEI)
        await journey.send_l1("the user deposits 3 ETH", call)
        await journey.wait_for_l2_balance(journey.address, DEPOSIT_WEI)
        await journey.wait_for_commit()
        for node in list(journey.net.endorsers):
            await journey.net.stop(node)
        stage.report("every endorser stops")
        late = await journey.user.inbox.get_message_count()
        call = await journey.user.send_message(journey.address, mint=LATE_WEI)
        await journey.send_l1("the user deposits 1 ETH more, which no packet will consume", call)
        await _open(journey)
        await _leave(journey)
        await _take_back(journey, late)


async def _open(journey: Journey) -> None:
    """Open the escape: not a day too early."""
    l1 = journey.net.l1
    assert l1 is not None
    state = StateContract(journey.user.l1, journey.user.contracts.state)
    call = state.open_escape(_find_tip(journey))
    try:
        await journey.user.l1.call(call.to, call.data, sender=journey.address)
        require(False, "the escape cannot be opened before its time")
    except ContractReverted:
        journey.stage.report("the escape cannot be opened yet")
    l1.increase_time(journey.user.config.escape_seconds + DAY_SECONDS)
    l1.mine()
    journey.stage.report("seven days and one go by")
    await journey.send_l1("the user opens the escape: nothing is committed any more", call)


def _find_tip(journey: Journey) -> Tip:
    """Find what the State Contract has of the last committed packet."""
    node = journey.net.producers[0]
    commit = node.l1.commits[max(node.l1.commits)]
    packet = node.tree.get(commit.digest)
    assert packet is not None
    header = packet.header
    next_base_fee = compute_base_fee(HeaderParent(header))
    return Tip(commit.digest, header.post_state_root, next_base_fee)


async def _leave(journey: Journey) -> None:
    before = await journey.user.l1.get_balance(journey.address)
    call = await journey.user.escape_account(journey.address)
    receipt = await journey.send_l1("the user is paid its balance by a Verkle proof", call)
    after = await journey.user.l1.get_balance(journey.address)
    fee = receipt.gas_used * receipt.effective_gas_price
    require(after == before + DEPOSIT_WEI - fee, "the user has its balance of the L2")
    journey.stage.compare("the user on the L1, balance", before, after)
    try:
        await journey.user.l1.call(call.to, call.data, sender=journey.address)
        require(False, "a balance is paid once")
    except ContractReverted:
        journey.stage.report("a second payment is refused")


async def _take_back(journey: Journey, index: int) -> None:
    message = await journey.user.inbox.find_message(index)
    before = await journey.user.l1.get_balance(journey.address)
    call = journey.user.bridge.escape_message(index, message)
    receipt = await journey.send_l1("the deposit that no packet consumed is paid back", call)
    after = await journey.user.l1.get_balance(journey.address)
    fee = receipt.gas_used * receipt.effective_gas_price
    require(after == before + LATE_WEI - fee, "the user has its late deposit back")
    journey.stage.compare("the user on the L1, late deposit", before, after)
