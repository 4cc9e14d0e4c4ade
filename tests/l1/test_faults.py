"""The fault contracts with the real Management and State Contract, on every L1."""

from dataclasses import replace

import pytest

from corollup.l1.account import L1Account
from corollup.l1.client import ContractReverted
from corollup.l1.management import ManagementContract, Slash
from corollup.l1.verdicts import FaultContract, Members, Statement
from corollup.spec.containers import Header, compute_digest, compute_endorse_message
from tests.artifacts import PACKAGE_ARTIFACTS, load_artifact
from tests.l1.conftest import TestL1
from tests.l1.network import BLS, TestNetwork, send

FAULT_CONTRACT = load_artifact(PACKAGE_ARTIFACTS / "FaultContract.json")
PRODUCER_ID = 1


@pytest.fixture
async def network(l1: TestL1) -> TestNetwork:
    return await TestNetwork.start(l1, committees=2, committee_size=4)


def get_management(network: TestNetwork) -> ManagementContract:
    return ManagementContract(network.l1.client, network.network.contracts.management)


def get_faults(network: TestNetwork) -> FaultContract:
    return FaultContract(network.l1.client, network.network.contracts)


def secret_of(network: TestNetwork, member: int) -> bytes:
    return network.producer.secret if member == PRODUCER_ID else network.secret_of(member)


def make_members(network: TestNetwork, ids: list[int]) -> Members:
    keys = [BLS.compute_public_key(secret_of(network, member)) for member in ids]
    return Members(tuple(ids), tuple(BLS.to_eip2537_key(key) for key in keys))


def sign(network: TestNetwork, ids: list[int], header: Header, status: int = 1) -> list[bytes]:
    message = compute_endorse_message(compute_digest(network.network.domain, header), status)
    return [BLS.sign(secret_of(network, member), message) for member in ids]


def sum_up(signatures: list[bytes]) -> bytes:
    return BLS.to_eip2537_signature(BLS.aggregate(signatures))


async def make_header(network: TestNetwork) -> Header:
    [turn] = await network.make_turns(1)
    return turn.packets[0].header


async def test_contradiction_costs_the_seat_price_and_pays_the_reporter(
    network: TestNetwork,
) -> None:
    header = await make_header(network)
    other = replace(header, gas_used=header.gas_used + 1)
    guilty = [PRODUCER_ID, 3]
    signatures = [*sign(network, guilty, header), *sign(network, guilty, other)]
    call = get_faults(network).report_contradiction(
        Statement(header, 1, make_members(network, guilty)),
        Statement(other, 1),
        sum_up(signatures),
    )
    reporter = L1Account(network.l1.client, (99).to_bytes(32, "big"))
    await network.payer.transact(reporter.address, value=10**18)
    receipt = await send(reporter, call)

    management = get_management(network)
    price = network.config.producer_stake + network.config.seat_price
    payable = receipt.block_number + network.config.appeal_window
    assert await management.get_slash_count() == 1
    assert await management.get_slash(0) == Slash(reporter.address, payable, price)
    for member in guilty:
        found = await management.get_member(member)
        assert (found.stake, found.ejected_block) == (0, receipt.block_number)

    with pytest.raises(ContractReverted):
        await send(network.payer, management.pay_slash(0))
    await network.l1.mine(network.config.appeal_window)
    before = await network.l1.client.get_balance(reporter.address)
    zero_address = await network.l1.client.get_balance(bytes(20))
    await send(network.payer, management.pay_slash(0))
    assert await network.l1.client.get_balance(reporter.address) == before + price // 4
    # The zero address is the miner of test L1s, too, so it gets tips beside what is burned.
    burned = await network.l1.client.get_balance(bytes(20)) - zero_address
    assert 0 <= burned - (price - price // 4) < 10**17
    assert (await management.get_slash(0)).amount == 0


async def test_both_statuses_of_one_packet_are_a_contradiction(network: TestNetwork) -> None:
    header = await make_header(network)
    signatures = [*sign(network, [4], header, 0), *sign(network, [4], header, 1)]
    first = Statement(header, 0, make_members(network, [4]))
    call = get_faults(network).report_contradiction(first, Statement(header, 1), sum_up(signatures))
    await send(network.payer, call)
    member = await get_management(network).get_member(4)
    assert (member.stake, member.ejected_block > 0) == (0, True)


async def test_honest_statements_and_false_signatures_prove_nothing(network: TestNetwork) -> None:
    header = await make_header(network)
    faults = get_faults(network)
    later = replace(header, view=header.view + 1)
    signatures = [*sign(network, [4], header), *sign(network, [4], later)]
    first = Statement(header, 1, make_members(network, [4]))
    refusals = {
        "NoContradiction": (Statement(later, 1), sum_up(signatures)),
        "InvalidSignature": (
            Statement(replace(header, gas_used=1), 1),
            sum_up(signatures),
        ),
    }
    for name, (second, signature) in refusals.items():
        with pytest.raises(ContractReverted) as refusal:
            await send(network.payer, faults.report_contradiction(first, second, signature))
        assert refusal.value.data == FAULT_CONTRACT.encode_error(name)
    assert await get_management(network).get_slash_count() == 0
