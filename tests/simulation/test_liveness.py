"""Silence: of producers, of committees, of single endorsers, of the L1."""

from typing import NoReturn

from structlog.testing import capture_logs

from corollup.l1.transport import L1UnreachableError
from corollup.node.headers import Head
from corollup.node.node import Node
from corollup.node.transport import PeerId
from tests.simulation.harness import Simulation, simulate


def seats_of(simulation: Simulation, committee: int) -> list[Node]:
    """The nodes of a committee's seats, in seed order."""
    net = simulation.net
    epoch = net.producers[0].l1.epochs[1]
    by_key = {node.endorsers[0].key.public: node for node in net.endorsers}
    return [by_key[seat.key] for seat in epoch.committees[committee]]


def rungs_of(simulation: Simulation) -> dict[int, int]:
    commits = simulation.net.producers[0].l1.commits
    return {number: commit.event.rung for number, commit in commits.items()}


def test_silent_producer_loses_its_views_and_nothing_else() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        await simulation.reach(2)
        await net.stop(net.producers[1])
        before = net.producers[0].tree.committed_number
        await simulation.reach(before + 8)
        l1 = net.producers[0].l1
        epoch = l1.epochs[max(l1.epochs)]
        operators = {producer.operator for producer in epoch.producers}
        assert len(operators) == 2
        later = [h for h in simulation.tap.announces.values() if h.number > before + 4]
        assert net.producers[0].producer is not None
        assert {header.producer for header in later} == {net.producers[0].producer.operator}

    simulate(scenario, producers=2)


def test_next_committee_steps_in_after_t1_and_at_once_while_the_first_lags() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        await simulation.reach(1)
        silenced = seats_of(simulation, 0)[:2]
        for node in silenced:
            await net.stop(node)
            net.endorsers.remove(node)
        before = net.producers[0].tree.committed_number
        await simulation.reach(before + 8)
        rungs = rungs_of(simulation)
        epoch = net.producers[0].l1.epochs[1]
        stepped = [n for n, rung in rungs.items() if rung == 1]
        assert stepped
        assert {epoch.committee_index(number, 0) for number in stepped} == {0}

    simulate(scenario, endorsers=8, committees=2)


def test_all_seats_decide_after_t2() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        await simulation.reach(1)
        for committee in (0, 1):
            for node in seats_of(simulation, committee)[:2]:
                await net.stop(node)
                net.endorsers.remove(node)
        before = net.producers[0].tree.committed_number
        await simulation.reach(before + 6)
        assert 2 in rungs_of(simulation).values()

    simulate(scenario, endorsers=12, committees=3)


def test_empty_seat_stops_the_next_epoch_and_no_commit() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        await simulation.reach(1)
        leaver = net.endorsers[0]
        committer = leaver.committers[0]
        (seat,) = [
            member.id
            for member in leaver.l1.members.values()
            if member.operator == committer.submitter.address
        ]
        await committer.submitter.submit(leaver.l1.management.leave_table(seat))
        # The first epoch's boundary, and time in which every operator tries to freeze.
        await simulation.sleep(80)
        assert max(leaver.l1.epochs) == 1
        await simulation.reach(leaver.tree.committed_number + 4, Head.COMMITTED)

    simulate(scenario)


def test_l1_reorganization_is_followed_and_commits_are_made_again() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        assert net.l1 is not None
        await simulation.reach(3)
        node = net.producers[0]
        finalized = node.finality.finalized_number
        digests = [node.tree.committed_at(number) for number in range(finalized + 1)]
        net.l1.reorg(2)
        await simulation.reach(finalized + 6)
        assert [node.tree.committed_at(number) for number in range(finalized + 1)] == digests

    simulate(scenario)


class AwayTransport:
    """The way to an L1 that does not answer."""

    async def request(self, *_: object) -> NoReturn:
        raise L1UnreachableError("away")

    async def close(self) -> None:
        pass


def test_l1_outage_is_said_once_and_survived() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        await simulation.reach(2)
        there = net.client.transport
        with capture_logs() as logs:
            net.client.transport = AwayTransport()
            await simulation.sleep(20)
            net.client.transport = there
            await simulation.reach(6)
        failures = [
            (entry["duty"], entry["error"])
            for entry in logs
            if entry["event"] == "committer.failed"
        ]
        assert failures
        assert all(failures.count(failure) <= len(net.endorsers) for failure in failures)

    simulate(scenario)


def test_endorser_that_was_cut_off_catches_up_and_signs_again() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        await simulation.reach(1)
        late = net.endorsers[0]
        net.peers.partition([PeerId("endorser-0")])
        before = net.producers[0].tree.committed_number
        await simulation.reach(before + 5)
        net.peers.heal()
        await simulation.reach(before + 12)
        key = late.endorsers[0].key.public
        signed = {simulation.tap.announces[d].number for d, _ in simulation.tap.endorsements[key]}
        assert max(signed) > before + 5
        assert late.tree.committed_number > before + 5

    simulate(scenario)


def test_restarted_endorser_goes_on_from_its_signing_history() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        await simulation.reach(2)
        old = net.endorsers[0]
        node = await simulation.replace(old)
        node.add_seat(net.keys.endorser(0))
        net.endorsers[0] = node
        net.start(node)
        await simulation.reach(8)
        records = list(node.endorsers[0].key.history.records())
        assert len(records) >= 6
        assert node.endorsers[0].signed is not old.endorsers[0].signed

    simulate(scenario)
