"""
Random faults from a seed, and what must hold after them.

Partitions, losses, crashes with a restart from the signing history, L1 reorganizations; then peace.
"""

import random

import pytest

from corollup.node.transport import PeerId
from tests.simulation.harness import Simulation, simulate

ROUNDS = 5
PEACE_SECONDS = 45


async def crash_and_restart(simulation: Simulation, chance: random.Random) -> None:
    net = simulation.net
    index = chance.randrange(len(net.endorsers))
    node = await simulation.replace(net.endorsers[index])
    await simulation.sleep(chance.uniform(0, 3))
    node.add_seat(net.keys.endorser(index))
    net.endorsers[index] = node
    net.start(node)


async def cut_and_heal(simulation: Simulation, chance: random.Random) -> None:
    net = simulation.net
    peers = [PeerId(f"endorser-{i}") for i in range(len(net.endorsers))]
    peers += [PeerId(f"producer-{i}") for i in range(len(net.producers))]
    net.peers.partition(chance.sample(peers, chance.randrange(1, len(peers))))
    await simulation.sleep(chance.uniform(1, 10))
    net.peers.heal()


async def lose_messages(simulation: Simulation, chance: random.Random) -> None:
    simulation.net.peers.conditions.loss = chance.uniform(0.1, 0.6)
    await simulation.sleep(chance.uniform(1, 6))
    simulation.net.peers.conditions.loss = 0.0


async def reorganize(simulation: Simulation, chance: random.Random) -> None:
    assert simulation.net.l1 is not None
    simulation.net.l1.reorg(chance.randrange(1, 3), keep_transactions=chance.random() < 0.5)
    await simulation.sleep(chance.uniform(0, 2))


FAULTS = [crash_and_restart, cut_and_heal, lose_messages, reorganize]


@pytest.mark.parametrize("seed", range(2))
def test_network_survives_random_faults(seed: int) -> None:
    async def scenario(simulation: Simulation) -> None:
        chance = random.Random(seed)
        net = simulation.net
        node = net.producers[0]
        await simulation.reach(1)
        finalized: dict[int, bytes] = {}
        for _ in range(ROUNDS):
            await chance.choice(FAULTS)(simulation, chance)
            await simulation.sleep(chance.uniform(0, 4))
            for number in range(1, node.finality.finalized_number + 1):
                digest = node.tree.committed_at(number)
                assert finalized.setdefault(number, digest) == digest, "finality reverted"
        before = node.finality.finalized_number
        await simulation.sleep(PEACE_SECONDS)
        assert node.finality.finalized_number >= before + 10
        for endorser in net.endorsers:
            assert endorser.tree.committed_number >= before + 10
            records = list(endorser.endorsers[0].key.history.records())
            turns = [(r.number, r.view) for r in records if r.status == 1]
            assert len(turns) == len(set(turns))

    simulate(scenario, seed=seed, producers=2, endorsers=6, committees=2)
