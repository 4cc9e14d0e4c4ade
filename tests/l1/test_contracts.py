"""The contracts on every L1: the same answers, and the same gas to the unit."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from corollup.l1.client import ContractReverted
from corollup.l1.state import PayoutRecord
from corollup.spec.containers import compute_digest
from tests.artifacts import PACKAGE_ARTIFACTS, load_artifact
from tests.l1.conftest import TestL1
from tests.l1.network import TestNetwork

SNAPSHOT = Path(__file__).parent / "snapshots/gas.json"
STATE_CONTRACT = load_artifact(PACKAGE_ARTIFACTS / "StateContract.json")


@pytest.fixture
async def network(l1: TestL1) -> TestNetwork:
    return await TestNetwork.start(l1, committees=2, committee_size=4)


async def test_packets_are_committed_and_become_final(network: TestNetwork) -> None:
    packets = await network.make_packets(3)
    await network.commit(packets)
    head = await network.contract.get_head()
    assert head.number == 3
    assert head.digest == compute_digest(network.network.domain, packets[-1].header)
    assert head.state_root == packets[-1].header.post_state_root
    assert await network.contract.get_finalized_number() == 0
    await network.l1.mine(network.config.appeal_window)
    assert await network.contract.get_finalized_number() == 3


async def test_refusal_names_the_check(network: TestNetwork) -> None:
    [packet] = await network.make_packets(1)
    wrong = network.seal(replace(packet.header, number=2))
    with pytest.raises(ContractReverted) as refusal:
        await network.commit([wrong])
    assert refusal.value.data == STATE_CONTRACT.encode_error("WrongNumber", 1, 2)
    assert (await network.contract.get_head()).number == 0


async def test_signers_are_paid(network: TestNetwork) -> None:
    [packet] = await network.make_packets(1, absent=1)
    await network.commit([packet])
    pot = packet.header.fee_gas_price * packet.header.gas_used * 3 // 4
    record = PayoutRecord(
        digest=compute_digest(network.network.domain, packet.header),
        members=(packet.quorum.committees[0].members,),
        signers=(0b1110,),
        claimed=(0,),
        share=pot // 3,
    )
    call = network.contract.claim(1, record, [1, 2, 3])
    await network.payer.transact(call.to, call.data)
    for member in packet.quorum.committees[0].members[1:]:
        assert await network.contract.get_rewards(network.address_of(member)) == pot // 3


async def test_refund_covers_the_submitters_gas(network: TestNetwork) -> None:
    receipt = await network.commit(await network.make_packets(2))
    refund = await network.contract.get_rewards(network.payer.address)
    price = min(receipt.effective_gas_price, network.config.refund_gas_price_cap)
    assert refund % price == 0
    # A little less than all, so that a copied transaction earns nothing; less still on the first
    # lap of the ring, where a packet takes new slots.
    assert 0.8 < refund // price / receipt.gas_used < 1


@pytest.mark.parametrize("size", [4, 32])
async def test_gas_is_that_of_the_snapshot(l1: TestL1, size: int) -> None:
    """Without the calldata, whose zeros depend on hashes; forge keeps the whole for n = 128 too."""
    network = await TestNetwork.start(l1, committees=1, committee_size=size)
    measured = {}
    for count in (1, 5):
        call = network.contract.commit(await network.make_packets(count))
        receipt = await network.payer.transact(call.to, call.data)
        measured[f"n{size}_k{count}"] = receipt.gas_used - compute_intrinsic_gas(call.data)
    snapshot = json.loads(SNAPSHOT.read_text())
    assert measured == {name: snapshot[name] for name in measured}


def compute_intrinsic_gas(data: bytes) -> int:
    return 21_000 + sum(16 if byte else 4 for byte in data)
