"""The fault contracts with the real Management and State Contract, on every L1."""

from dataclasses import replace

import pytest

from corollup.l1.account import L1Account
from corollup.l1.appeals import Appeals, Jury
from corollup.l1.client import ContractReverted
from corollup.l1.events import PayoutKept, StateRootCommitted, decode_event
from corollup.l1.fault_events import Verdict
from corollup.l1.management import ManagementContract, Slash
from corollup.l1.payouts import CommittedProof, PayoutPart, PayoutRecord
from corollup.l1.reveals import ListKind, Place, Reveals
from corollup.l1.state import CommitteeKey
from corollup.l1.verdicts import Accused, FaultContract, Members, Statement
from corollup.spec.containers import (
    Header,
    compute_appeal_message,
    compute_digest,
    compute_endorse_message,
)
from corollup.spec.evidence.reveals import compute_answer
from corollup.spec.merkle import compute_merkle_root
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


async def commit_one(network: TestNetwork, header: Header | None = None) -> CommittedProof:
    """Commit a packet and return what shows it."""
    [turn] = await network.make_turns(1)
    if header is not None:
        turn = network.seal(header)
    receipt = await network.commit([turn])
    events = [decode_event(list(entry.topics), entry.data) for entry in receipt.logs]
    [payout] = [event for event in events if isinstance(event, PayoutKept)]
    [committed] = [event for event in events if isinstance(event, StateRootCommitted)]
    part = PayoutPart(
        digest=committed.digest,
        withdrawals_root=committed.withdrawals_root,
        members=(turn.packets[0].quorum.committees[0].members,),
        signers=committed.signers,
        share=committed.share,
        submitter=committed.submitter,
    )
    record = PayoutRecord(payout.submitter, payout.refund, (part.compute_hash(),))
    return CommittedProof(payout.slot, record, 0, part)


def make_jury(network: TestNetwork, case: int, digest: bytes, absent: int) -> Jury:
    """The votes against a packet of all seats but the first ones."""
    seats = [member for members in network.committees for member in members]
    message = compute_appeal_message(case, digest, is_valid=False)
    votes = [BLS.sign(network.secret_of(member), message) for member in seats[absent:]]
    keys = [[network.key_of(member) for member in members] for members in network.committees]
    return Jury(
        tuple(
            CommitteeKey(tuple(members), BLS.to_eip2537_key(BLS.aggregate_keys(keys[i])))
            for i, members in enumerate(network.committees)
        ),
        tuple(range(absent)),
        tuple(BLS.to_eip2537_key(network.key_of(member)) for member in seats[:absent]),
        sum_up(votes),
    )


async def test_appealed_packet_is_judged_slashed_and_reset(network: TestNetwork) -> None:
    header = await make_header(network)
    proof = await commit_one(network, header)
    digest = compute_digest(network.network.domain, header)
    appeals = Appeals(network.l1.client, network.network.contracts.appeals)
    bond = await appeals.get_bond()
    assert bond == network.config.seat_price
    await send(network.payer, appeals.appeal(header, proof, bond))
    assert await appeals.get_first_open() == 1

    half = make_jury(network, 1, digest, absent=4)
    with pytest.raises(ContractReverted):
        await send(network.payer, appeals.decide(1, header, False, half, None, proof))
    jury = make_jury(network, 1, digest, absent=3)
    await send(network.payer, appeals.decide(1, header, False, jury, None, proof))
    assert await appeals.get_first_open() is None
    judgement = await get_faults(network).get_judgement(digest)
    assert (judgement.verdict, judgement.reporter) == (Verdict.INVALID, network.payer.address)
    assert (await network.contract.get_head()).number == 0

    # The seats that signed are slashed with the verdict, the producer by its signature.
    management = get_management(network)
    for member in proof.part.members[0]:
        assert (await management.get_member(member)).stake == 0
    signature = sum_up(sign(network, [PRODUCER_ID], header))
    accused = Accused(make_members(network, [PRODUCER_ID]), signature)
    await send(network.payer, get_faults(network).accuse(header, 1, accused))
    assert (await management.get_member(PRODUCER_ID)).stake == 0
    before = await network.l1.client.get_balance(network.payer.address)
    await send(network.payer, appeals.withdraw_bond())
    assert await network.l1.client.get_balance(network.payer.address) > before + bond - 10**16
    await commit_one(network)
    assert (await network.contract.get_head()).number == 1


async def test_case_without_a_verdict_is_closed(network: TestNetwork) -> None:
    header = await make_header(network)
    proof = await commit_one(network, header)
    appeals = Appeals(network.l1.client, network.network.contracts.appeals)
    await send(network.payer, appeals.appeal(header, proof, await appeals.get_bond()))
    with pytest.raises(ContractReverted):
        await send(network.payer, appeals.close(1))
    await network.l1.mine(3 * network.config.appeal_window + 1)
    await send(network.payer, appeals.close(1))
    assert await network.contract.get_finalized_number() == 1
    await send(network.payer, appeals.withdraw_bond())


LEAVES = tuple(bytes([i]) * 68 for i in range(5))


async def test_demanded_leaf_is_answered_or_convicts(network: TestNetwork) -> None:
    header = replace(await make_header(network), access_root=compute_merkle_root(LEAVES))
    proof = await commit_one(network, header)
    reveals = Reveals(network.l1.client, network.network.contracts.reveals)
    digest = compute_digest(network.network.domain, header)
    leaf, node = Place(ListKind.ACCESS, 0, 3), Place(ListKind.ACCESS, 1, 0)
    bond = await reveals.get_bond(digest)
    await send(network.payer, reveals.demand(header, leaf, proof, bond))
    assert await reveals.get_bond(digest) == 2 * bond
    await send(network.payer, reveals.demand(header, node, proof, 2 * bond))
    await send(network.operator, reveals.answer(header, leaf, compute_answer(LEAVES, 0, 3)))
    await send(network.operator, reveals.withdraw_bond())

    positions = tuple(range(len(network.committees[0])))
    accused = Accused(positions=positions, commit=proof)
    withheld = reveals.report_withheld(header, node, accused)
    with pytest.raises(ContractReverted):
        await send(network.payer, withheld)
    await network.l1.mine(network.config.evidence_window // 8 + 1)
    await send(network.payer, withheld)
    judgement = await get_faults(network).get_judgement(digest)
    assert judgement.verdict is Verdict.INVALID
    for member in proof.part.members[0]:
        assert (await get_management(network).get_member(member)).stake == 0
