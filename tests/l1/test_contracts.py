"""The contracts on every L1: the same answers, and the same gas to the unit."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from corollup.l1.abi import pack_positions
from corollup.l1.account import L1Account
from corollup.l1.client import ContractReverted, L1Receipt
from corollup.l1.events import PayoutKept, decode_event
from corollup.l1.management import ManagementContract
from corollup.l1.payouts import CommittedProof, PayoutPart, PayoutRecord
from corollup.l1.state import Turn
from corollup.spec.containers import compute_digest, encode_payload
from tests.artifacts import PACKAGE_ARTIFACTS, load_artifact
from tests.l1.conftest import TestL1
from tests.l1.network import TestNetwork, deploy, make_identity, send

SNAPSHOT = Path(__file__).parent / "snapshots/gas.json"
STATE_CONTRACT = load_artifact(PACKAGE_ARTIFACTS / "StateContract.json")


@pytest.fixture
async def network(l1: TestL1) -> TestNetwork:
    return await TestNetwork.start(l1, committees=2, committee_size=4)


async def test_packets_are_committed_and_become_final(network: TestNetwork) -> None:
    turns = await network.make_turns(3)
    await network.commit(turns)
    head = await network.contract.get_head()
    assert head.number == 3
    header = turns[-1].packets[0].header
    assert network.tips[head.tip_hash].digest == compute_digest(network.network.domain, header)
    assert network.tips[head.tip_hash].state_root == header.post_state_root
    assert await network.contract.get_finalized_number() == 0
    await network.l1.mine(network.config.appeal_window)
    assert await network.contract.get_finalized_number() == 3


async def test_refusal_names_the_check(network: TestNetwork) -> None:
    [turn] = await network.make_turns(1)
    wrong = network.seal(replace(turn.packets[0].header, number=2))
    with pytest.raises(ContractReverted) as refusal:
        await network.commit([wrong])
    assert refusal.value.data == STATE_CONTRACT.encode_error("WrongNumber", 1, 2)
    assert (await network.contract.get_head()).number == 0


async def test_signers_and_submitter_are_paid(network: TestNetwork) -> None:
    [turn] = await network.make_turns(1, absent=1)
    receipt = await network.commit([turn])
    [packet] = turn.packets
    kept = find_payout(receipt)
    part = make_part(network, turn)
    record = PayoutRecord(network.payer.address, kept.refund, (part.compute_hash(),))
    payout = await network.contract.get_payout(kept.slot)
    assert payout.record_hash == record.compute_hash()
    assert payout.unclaimed == kept.refund + 3 * part.share

    await send(network.payer, network.contract.claim(kept.slot, record, 0, part, [1, 2, 3]))
    for member in packet.quorum.committees[0].members[1:]:
        assert await network.contract.get_rewards(network.address_of(member)) == part.share
    assert await network.contract.get_rewards(network.payer.address) == kept.refund > 0
    assert (await network.contract.get_payout(kept.slot)).unclaimed == 0

    await send(network.payer, network.contract.withdraw_rewards())
    assert await network.contract.get_rewards(network.payer.address) == 0


async def test_unchanged_signers_need_no_keys(network: TestNetwork) -> None:
    await network.commit(await network.make_turns(2, absent=1))
    [turn] = await network.make_turns(1, absent=1)
    receipt = await network.commit([turn])
    [turn] = await network.make_turns(1, absent=1)
    known = network.start_from_known(turn)
    assert known.packets[0].quorum.to_abi()[-1] == b""
    assert (await network.commit([known])).gas_used < receipt.gas_used
    assert (await network.contract.get_head()).number == 4


async def test_invalid_packet_is_charged(network: TestNetwork) -> None:
    [turn] = await network.make_turns(1)
    header = turn.packets[0].header
    wrong = network.seal(header, status=0)
    before = await network.contract.get_fee_cover(header.producer)
    receipt = await send(network.payer, network.contract.charge(wrong, 0, None))
    paid = before - await network.contract.get_fee_cover(header.producer)
    refund = find_payout(receipt).refund
    assert paid == refund + header.fee_gas_price * header.fee_gas_limit


async def test_dead_packet_is_charged(network: TestNetwork) -> None:
    [turn] = await network.make_turns(1)
    dead = network.seal(replace(turn.packets[0].header, post_state_root=b"\x01" * 32))
    kept = find_payout(await network.commit([turn]))
    part = make_part(network, turn)
    record = PayoutRecord(network.payer.address, kept.refund, (part.compute_hash(),))
    shown = CommittedProof(kept.slot, record, 0, part)
    receipt = await send(network.payer, network.contract.charge(dead, 1, shown))
    assert find_payout(receipt).slot == 8192


async def test_fee_account_pays_out_after_its_delay(network: TestNetwork) -> None:
    contract, operator = network.contract, network.operator
    cover = await contract.get_fee_cover(operator.address)
    await send(operator, contract.request_withdrawal(cover // 4))
    assert await contract.get_fee_cover(operator.address) == cover - cover // 4
    with pytest.raises(ContractReverted):
        await send(operator, contract.withdraw_fees())
    await network.l1.mine(network.config.fee_withdrawal_delay)
    before = await network.l1.client.get_balance(operator.address)
    await send(operator, contract.withdraw_fees())
    assert await network.l1.client.get_balance(operator.address) > before + cover // 4 - 10**16


async def test_member_leaves_with_its_stake(l1: TestL1) -> None:
    _, deployment, network = await deploy(l1, committees=1, committee_size=4)
    identity = make_identity(1)
    await deployment.register(network, [identity], [])
    operator = L1Account(l1.client, identity.l1_secret)
    management = ManagementContract(l1.client, network.contracts.management)
    await send(operator, management.top_up(1, 10**18))
    await send(operator, management.leave_table(1))
    await send(operator, management.start_exit(1))
    await l1.mine(network.config.exit_delay)
    before = await l1.client.get_balance(operator.address)
    await send(operator, management.withdraw_stake(1))
    stake = network.config.seat_price + 10**18
    assert await l1.client.get_balance(operator.address) > before + stake - 10**16
    assert await management.get_last_epoch() == 0


async def test_epoch_follows_from_its_seed_block(network: TestNetwork) -> None:
    management = ManagementContract(network.l1.client, network.network.contracts.management)
    epoch = await management.get_epoch(await management.get_last_epoch())
    seed_block = epoch.freeze_block + network.config.seed_delay
    header = await network.l1.client.get_header(seed_block)
    assert (epoch.seed, epoch.total_stake) == (header.prev_randao, network.config.producer_stake)
    assert await management.get_boundary() > epoch.freeze_block


async def test_refund_covers_the_submitters_gas(network: TestNetwork) -> None:
    receipt = await network.commit(await network.make_turns(2))
    price = min(receipt.effective_gas_price, network.config.refund_gas_price_cap)
    refund = sum(payout.refund for payout in find_payouts(receipt))
    # A little less than all, so that a copied transaction earns nothing; less still on the first
    # lap of the ring, where a turn takes new slots.
    assert 0.7 < refund / price / receipt.gas_used < 1


async def test_refund_counts_the_base_gas_once_at_the_floor_of_calldata(
    network: TestNetwork,
) -> None:
    payload = encode_payload([b"\x02" + b"\x11" * 60_000])
    receipt = await network.commit(await network.make_turns(2, payload=payload))
    price = min(receipt.effective_gas_price, network.config.refund_gas_price_cap)
    refund = sum(payout.refund for payout in find_payouts(receipt))
    assert refund == (21_000 // 2 * 2 + 2 * 40 * len(payload)) * price < receipt.gas_used * price


@pytest.mark.parametrize("size", [4, 32])
async def test_gas_is_that_of_the_snapshot(l1: TestL1, size: int) -> None:
    """Without the calldata, whose zeros depend on hashes; forge keeps the whole for n = 128 too."""
    network = await TestNetwork.start(l1, committees=1, committee_size=size)
    measured = {}
    for count in (1, 5):
        call = network.contract.commit(await network.make_turns(count))
        receipt = await send(network.payer, call)
        measured[f"n{size}_k{count}"] = receipt.gas_used - compute_intrinsic_gas(call.data)
    snapshot = json.loads(SNAPSHOT.read_text())
    assert measured == {name: snapshot[name] for name in measured}


def find_payouts(receipt: L1Receipt) -> list[PayoutKept]:
    events = [decode_event(list(entry.topics), entry.data) for entry in receipt.logs]
    return [event for event in events if isinstance(event, PayoutKept)]


def find_payout(receipt: L1Receipt) -> PayoutKept:
    [payout] = find_payouts(receipt)
    return payout


def make_part(network: TestNetwork, turn: Turn) -> PayoutPart:
    [packet] = turn.packets
    pot = packet.header.fee_gas_price * packet.header.gas_used
    quorum = packet.quorum
    return PayoutPart(
        digest=compute_digest(network.network.domain, packet.header),
        withdrawals_root=packet.header.withdrawals_root,
        members=(quorum.committees[0].members,),
        signers=tuple(pack_positions(quorum.signers, quorum.size)),
        share=pot * len(quorum.signers) // quorum.size // len(quorum.signers),
    )


def compute_intrinsic_gas(data: bytes) -> int:
    return 21_000 + sum(16 if byte else 4 for byte in data)
