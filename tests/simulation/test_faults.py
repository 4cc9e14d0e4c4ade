"""Lies: of producers, of peers; and that honest endorsers stay honest."""

from dataclasses import replace

import pytest

from corollup.node.messages import ENDORSEMENT_KIND, RESULT_KIND, Result, decode_message
from corollup.node.penalties import Penalties
from corollup.node.producer import Producer, ProducerPolicy
from corollup.node.transport import PeerId
from corollup.spec.containers import ExecutionResult, compute_digest
from tests.simulation.bad_producers import (
    BAD_ROOT,
    FalseAnchorProducer,
    FalseHeaderProducer,
    FirstOfViewStore,
    WithholdingStore,
    make_bad,
    pick_first_of_view,
)
from tests.simulation.harness import Simulation, simulate

VICTIM = PeerId("endorser-0")


def corrupt(message: bytes) -> bytes:
    return message[:-1] + bytes([message[-1] ^ 1])


def statuses_of(simulation: Simulation) -> dict[bytes, set[int]]:
    statuses: dict[bytes, set[int]] = {}
    for signed in simulation.tap.endorsements.values():
        for digest, status in signed:
            statuses.setdefault(digest, set()).add(status)
    return statuses


def test_false_header_is_signed_with_status_zero_charged_and_replaced() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        bad = await make_bad(simulation, 1, FalseHeaderProducer)
        await simulation.reach(6)
        lies = {d for d, h in simulation.tap.announces.items() if h.receipts_root == BAD_ROOT}
        statuses = statuses_of(simulation)
        assert lies
        assert all(statuses.get(digest, {0}) == {0} for digest in lies)
        assert any(digest in statuses for digest in lies)
        l1 = net.producers[0].l1
        assert bad.producer is not None
        (charge, *_) = l1.charges
        assert (charge.producer, charge.status) == (bad.producer.operator, 0)
        assert charge.share > 0
        committed = {commit.digest for commit in l1.commits.values()}
        assert not committed & lies

    simulate(scenario, producers=2)


def test_honest_pipeline_on_a_packet_that_dies() -> None:
    """Packet k dies, because its producer gives its body to nobody, under endorsed k+1 to k+3."""

    async def scenario(simulation: Simulation) -> None:
        bad = await make_bad(simulation, 0, Producer)
        picked = pick_first_of_view(bad, WithholdingStore)
        good = simulation.net.producers[1]
        while picked.chosen is None or good.tree.committed_number < picked.chosen.number + 6:
            await simulation.sleep(1)
        await simulation.sleep(12)

        dead = picked.chosen
        committed = {commit.digest for commit in good.l1.commits.values()}
        statuses = statuses_of(simulation)
        on_dead = {
            header.number: digest
            for digest, header in simulation.tap.announces.items()
            if header.view == dead.view and header.number > dead.number
        }
        assert compute_digest(good.tree.domain, dead) not in committed
        charged = {charge.digest: charge for charge in good.l1.charges}
        for number in range(dead.number + 1, dead.number + 4):
            digest = on_dead[number]
            assert digest not in committed
            assert statuses[digest] == {1}
            charge = charged[digest]
            assert (charge.producer, charge.status, charge.number) == (dead.producer, 1, number)

    hasty = ProducerPolicy(packet_seconds=0.5, idle_seconds=0.5)
    simulate(scenario, producers=2, endorsers=12, committees=4, policy=hasty)


def test_nobody_signs_what_stands_on_an_anchor_that_does_not_exist() -> None:
    async def scenario(simulation: Simulation) -> None:
        bad = await make_bad(simulation, 0, FalseAnchorProducer)
        picked = pick_first_of_view(bad, FirstOfViewStore)
        good = simulation.net.producers[1]
        while picked.chosen is None or good.tree.committed_number < picked.chosen.number + 6:
            await simulation.sleep(1)

        dead = picked.chosen
        statuses = statuses_of(simulation)
        on_dead = {
            header.number: digest
            for digest, header in simulation.tap.announces.items()
            if header.view == dead.view and header.number >= dead.number
        }
        assert len(on_dead) >= 2
        assert not statuses.keys() & set(on_dead.values())
        committed = {commit.digest for commit in good.l1.commits.values()}
        assert not committed & set(on_dead.values())

    hasty = ProducerPolicy(packet_seconds=0.5, idle_seconds=0.5)
    simulate(scenario, producers=2, endorsers=12, committees=4, policy=hasty)


def test_endorser_with_a_corrupted_copy_alone_does_not_sign() -> None:
    async def scenario(simulation: Simulation) -> None:
        def garble(_: PeerId, receiver: PeerId, message: bytes) -> bytes:
            is_body = receiver == VICTIM and message[:1] == bytes([RESULT_KIND])
            return corrupt(message) if is_body else message

        simulation.tap.garble = garble
        await simulation.reach(4)
        victim = simulation.net.endorsers[0].endorsers[0].key
        others = simulation.net.endorsers[1].endorsers[0].key
        assert victim.public not in simulation.tap.endorsements
        assert list(victim.history.records()) == []
        assert others.public in simulation.tap.endorsements

    simulate(scenario)


def test_endorser_with_false_hints_signs_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    blamed: list[tuple[Penalties, PeerId]] = []
    blame = Penalties.blame

    def spy(penalties: Penalties, peer: PeerId, weight: float = 1.0) -> None:
        blamed.append((penalties, peer))
        blame(penalties, peer, weight)

    monkeypatch.setattr(Penalties, "blame", spy)

    async def scenario(simulation: Simulation) -> None:
        hinted: set[PeerId] = set()

        def garble(_: PeerId, receiver: PeerId, message: bytes) -> bytes:
            if message[:1] != bytes([RESULT_KIND]):
                return message
            result = decode_message(message)
            assert isinstance(result, Result)
            if not result.hints:
                return message
            hinted.add(receiver)
            if receiver != VICTIM:
                return message
            return replace(result, hints=corrupt(result.hints)).encode()

        simulation.tap.garble = garble
        await simulation.reach(4)
        victim = simulation.net.endorsers[0]
        assert VICTIM in hinted
        assert len(hinted) > 1
        assert victim.endorsers[0].key.public in simulation.tap.endorsements
        # Only by the one that was lied to, and nobody for what it passed on itself.
        assert blamed
        assert all(penalties is victim.penalties for penalties, _ in blamed)

    simulate(scenario, traffic=True)


def test_endorser_that_lacks_a_code_asks_for_the_whole_packet() -> None:
    async def scenario(simulation: Simulation) -> None:
        robbed: set[bytes] = set()

        def garble(_: PeerId, receiver: PeerId, message: bytes) -> bytes:
            if receiver != VICTIM or message[:1] != bytes([RESULT_KIND]):
                return message
            result = decode_message(message)
            assert isinstance(result, Result)
            if not result.omitted_codes:
                return message
            header = ExecutionResult.decode(result.encoded).header
            robbed.add(compute_digest(result.domain, header))
            return replace(result, omitted_codes=()).encode()

        simulation.tap.garble = garble
        net = simulation.net
        await simulation.reach(8)
        victim = net.endorsers[0]
        signed = simulation.tap.endorsements[victim.endorsers[0].key.public]
        assert robbed
        assert robbed & {digest for digest, status in signed if status == 1}
        assert not any(victim.penalties.is_muted(peer) for peer in net.peers.peers(VICTIM))

    simulate(scenario, traffic=True)


def test_garbled_and_repeated_endorsements_change_nothing() -> None:
    async def scenario(simulation: Simulation) -> None:
        flip = {"next": False}

        def garble(sender: PeerId, _: PeerId, message: bytes) -> bytes:
            if sender != VICTIM or message[:1] != bytes([ENDORSEMENT_KIND]):
                return message
            flip["next"] = not flip["next"]
            return corrupt(message) if flip["next"] else message

        simulation.tap.garble = garble
        await simulation.reach(5)

    simulate(scenario)


def test_lossy_network_is_slower_and_no_less_right() -> None:
    async def scenario(simulation: Simulation) -> None:
        simulation.net.peers.conditions.loss = 0.2
        await simulation.reach(6)

    simulate(scenario, endorsers=6, traffic=True)
