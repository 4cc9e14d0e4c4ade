"""A producer that crashes goes on from the packet that its state file holds."""

from collections.abc import Callable
from pathlib import Path

from corollup.engine import Ledger
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.node.node import Node
from tests.simulation.harness import Simulation, simulate
from tests.simulation.test_happy_path import sign_transfer

SENDER = DEV_ACCOUNTS[0].address


async def wait_until(simulation: Simulation, is_reached: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_reached():
            return
        await simulation.sleep(0.1)
    raise AssertionError("not within a minute")


async def crash_producer(simulation: Simulation) -> tuple[Node, Ledger]:
    """Crash the producer, and build the node that takes over its files."""
    net = simulation.net
    old = net.producers[0]
    node = await simulation.replace(old, is_new=False)
    path = net.state_path(old.surroundings.transport.peer, old.surroundings.data_dir)
    ledger = net.make_ledger(path)
    node.add_producer(net.keys.producer(0), ledger, net.policy)
    net.producers[0] = node
    return node, ledger


def test_restarted_producer_goes_on_from_its_state_file(tmp_path: Path) -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        await simulation.reach(3)
        assert net.producers[0].producer is not None
        before = net.producers[0].producer.chain.executed.copy()
        node, ledger = await crash_producer(simulation)
        assert node.producer is not None
        chain = node.producer.chain
        assert (ledger.number, ledger.digest(ledger.number)) == max(before.items())
        assert chain.executed.items() >= before.items()
        # Before it has seen the L1 it neither builds nor drops anything.
        assert not await chain.sync()
        assert chain.number == max(before)

        net.start(node)
        await wait_until(simulation, lambda: node.tree.committed_number >= max(before) + 3)
        for number, digest in before.items():
            assert node.tree.committed_at(number) == digest

    simulate(scenario, data_dir=tmp_path)


def test_packets_that_die_after_a_restart_give_their_transactions_back(tmp_path: Path) -> None:
    async def scenario(simulation: Simulation) -> None:
        node = simulation.net.producers[0]
        assert node.mempool is not None
        assert node.producer is not None
        tx_hash = node.mempool.submit(sign_transfer(simulation, 0, 12345))
        ledger = node.producer.chain.ledger
        await wait_until(simulation, lambda: ledger.account(SENDER)[0] == 1)
        node, restarted = await crash_producer(simulation)
        assert node.mempool is not None
        assert node.producer is not None
        assert node.mempool.pending_transaction(tx_hash) is None
        await node.producer.chain._revert_to(restarted.oldest)
        assert node.mempool.pending_transaction(tx_hash) is not None
        simulation.net.start(node)
        await wait_until(simulation, lambda: restarted.account(SENDER)[0] == 1)

    simulate(scenario, data_dir=tmp_path)


def test_network_whose_nodes_all_crashed_at_once_goes_on(tmp_path: Path) -> None:
    """Nobody knows the header of the committed packet any more but the producer's state file."""

    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        await simulation.reach(3)
        node, _ = await crash_producer(simulation)
        for i, endorser in enumerate(list(net.endorsers)):
            net.endorsers[i] = await simulation.replace(endorser, is_new=False)
            net.endorsers[i].add_seat(net.keys.endorser(i))
        for crashed in [node, *net.endorsers]:
            net.start(crashed)
        before = max(node.tree.committed_number, 3)
        await wait_until(simulation, lambda: node.tree.committed_number >= before + 3)

    simulate(scenario, data_dir=tmp_path)


def test_restarted_endorser_waits_for_t1_before_it_signs_a_rival() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        await simulation.reach(2)
        node = await simulation.replace(net.endorsers[0], is_new=False)
        node.add_seat(net.keys.endorser(0))
        endorser = node.endorsers[0]
        records = [r for r in endorser.key.history.records() if r.status == 1]
        assert records
        assert {n: [s.digest for s in signed] for n, signed in endorser.signed.items()} == {
            record.number: [record.digest] for record in records
        }
        assert {s.at for signed in endorser.signed.values() for s in signed} == {net.clock.now()}
        net.endorsers[0] = node
        net.start(node)
        await simulation.reach(6)

    simulate(scenario)
