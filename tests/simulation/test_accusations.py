"""Honest packets under appeal and demand: the nodes answer, and nobody loses a stake."""

from collections.abc import Callable

from corollup.l1.appeals import Appeals
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.l1.fault_events import Verdict
from corollup.l1.reveals import ListKind, Place, Reveals
from corollup.l1.submitter import Submitter
from corollup.node.commit_proofs import show_committed
from corollup.node.headers import Packet
from corollup.node.node import Node
from tests.simulation.harness import Simulation, simulate


def get_accuser(simulation: Simulation) -> Submitter:
    """An account that is no operator."""
    return Submitter(simulation.net.client, DEV_ACCOUNTS[3].private_key)


async def wait_until(simulation: Simulation, condition: Callable[[], bool]) -> None:
    for _ in range(240):
        if condition():
            return
        await simulation.sleep(0.25)
    raise AssertionError("it did not happen")


async def find_committed(simulation: Simulation, node: Node) -> Packet:
    """The packet that was committed last."""
    await wait_until(simulation, lambda: node.tree.committed_number > 2)
    await wait_until(simulation, lambda: node.tree.committed_number in node.l1.commits)
    packet = node.tree.get(node.tree.committed_digest)
    assert packet is not None
    return packet


def test_appealed_honest_packet_is_found_valid_and_final() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        node = net.producers[0]
        appeals = Appeals(net.client, net.network.contracts.appeals)
        packet = await find_committed(simulation, node)
        proof = show_committed(node.l1, packet.number)
        bond = await appeals.get_bond()
        await get_accuser(simulation).submit(appeals.appeal(packet.header, proof, bond))
        await wait_until(simulation, lambda: node.l1.faults.first_appealed == packet.number)
        assert node.finality.finalized_number < packet.number
        await wait_until(simulation, lambda: packet.digest in node.l1.faults.verdicts)
        assert node.l1.faults.verdicts[packet.digest].verdict is Verdict.VALID
        await simulation.reach(packet.number + 2)
        assert node.l1.commits[packet.number].digest == packet.digest
        # The bond stays with the contract for good.
        assert await net.client.get_balance(appeals.address) == bond
        assert await node.l1.management.get_slash_count() == 0

    simulate(scenario, endorsers=6, traffic=True)


def test_crashed_seats_leave_a_case_open_until_its_end() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        node = net.producers[0]
        appeals = Appeals(net.client, net.network.contracts.appeals)
        packet = await find_committed(simulation, node)
        proof = show_committed(node.l1, packet.number)
        for silent in net.endorsers[:3]:
            await net.stop(silent)
            net.endorsers.remove(silent)
        bond = await appeals.get_bond()
        await get_accuser(simulation).submit(appeals.appeal(packet.header, proof, bond))
        await wait_until(simulation, lambda: bool(node.l1.faults.cases))
        [case] = node.l1.faults.cases.values()
        await wait_until(simulation, lambda: not node.l1.faults.cases)
        assert node.l1.head_number > case.deadline
        assert packet.digest not in node.l1.faults.verdicts
        await wait_until(simulation, lambda: node.finality.finalized_number >= packet.number)

    simulate(scenario, endorsers=6)


def test_demanded_nodes_are_answered_in_time() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        node = net.producers[0]
        reveals = Reveals(net.client, net.network.contracts.reveals)
        accuser = get_accuser(simulation)
        packet = await find_committed(simulation, node)
        places = [
            Place(ListKind.ACCESS, 0, 0),
            Place(ListKind.UPDATE, 1, 0),
            Place(ListKind.UPDATE, 0, 10**6),
        ]

        async def ask(place: Place) -> None:
            bond = await reveals.get_bond(packet.digest)
            proof = show_committed(node.l1, packet.number)
            receipt = await accuser.submit(reveals.demand(packet.header, place, proof, bond))
            await wait_until(simulation, lambda: node.l1.head_number >= receipt.block_number)

        for place in places:
            await ask(place)
            # Open demands raise the bond of the next one, so each is answered first.
            await wait_until(simulation, lambda: not node.l1.faults.demands)
        assert packet.digest not in node.l1.faults.verdicts
        assert await node.l1.management.get_slash_count() == 0

    simulate(scenario, endorsers=6, traffic=True)
