"""The network in memory: seeded, lossy, cut and garbled on demand."""

import asyncio

import pytest

from corollup.node.clock import VirtualClock, run_virtual
from corollup.node.transport import (
    INBOX_MESSAGES,
    Conditions,
    MemoryNetwork,
    MemoryTransport,
    PeerId,
    Received,
    TransportError,
)

A, B, C = (PeerId(name) for name in "abc")


def drain(node: MemoryTransport) -> list[Received]:
    return [node.inbox.get_nowait() for _ in range(node.inbox.qsize())]


async def exchange(network: MemoryNetwork, count: int = 1) -> dict[PeerId, list[Received]]:
    nodes = {peer: network.join(peer) for peer in (A, B, C)}
    for i in range(count):
        await nodes[A].broadcast(bytes([i % 256]))
    await asyncio.sleep(1)
    return {peer: drain(node) for peer, node in nodes.items()}


def test_broadcast_reaches_every_other_node() -> None:
    arrived = run_virtual(exchange(MemoryNetwork()))
    assert arrived == {A: [], B: [Received(A, b"\0")], C: [Received(A, b"\0")]}


def test_one_seed_gives_one_run_and_another_seed_another() -> None:
    def run(seed: int) -> dict[PeerId, list[Received]]:
        return run_virtual(exchange(MemoryNetwork(seed, Conditions(loss=0.3)), 50))

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_partition_cuts_and_heals() -> None:
    async def scenario() -> tuple[int, int]:
        network = MemoryNetwork()
        nodes = [network.join(peer) for peer in (A, B, C)]
        network.partition([A, B], [C])
        await nodes[0].broadcast(b"x")
        await asyncio.sleep(1)
        cut = nodes[2].inbox.qsize()
        network.heal()
        await nodes[0].broadcast(b"x")
        await asyncio.sleep(1)
        return cut, nodes[2].inbox.qsize()

    assert run_virtual(scenario()) == (0, 1)


def test_garbled_copy_reaches_only_its_victim() -> None:
    def garble(_: PeerId, receiver: PeerId, message: bytes) -> bytes:
        return b"?" if receiver == B else message

    arrived = run_virtual(exchange(MemoryNetwork(conditions=Conditions(garble=garble))))
    assert arrived[B] == [Received(A, b"?")]
    assert arrived[C] == [Received(A, b"\0")]


def test_full_inbox_loses_messages_and_nothing_else() -> None:
    network = MemoryNetwork()
    arrived = run_virtual(exchange(network, INBOX_MESSAGES + 3))
    assert len(arrived[B]) == INBOX_MESSAGES
    assert network.lost == 6


def test_request_is_answered_by_the_handler() -> None:
    async def scenario() -> bytes:
        network = MemoryNetwork()
        asking, answering = network.join(A), network.join(B)
        answering.serve(lambda peer, request: peer.encode() + request)
        return await asking.request(B, b"?")

    assert run_virtual(scenario()) == b"a?"


def test_request_to_an_absent_or_cut_peer_times_out() -> None:
    async def scenario() -> None:
        network = MemoryNetwork()
        asking, answering = network.join(A), network.join(B)
        answering.serve(lambda _, request: request)
        with pytest.raises(TransportError, match=r"^c does not answer a$"):
            await asking.request(C, b"?")
        network.partition([A], [B])
        with pytest.raises(TransportError):
            await asking.request(B, b"?")

    run_virtual(scenario())


def test_virtual_time_passes_only_by_waiting() -> None:
    async def scenario() -> tuple[float, float, int]:
        clock = VirtualClock(1000.0, skew_seconds=5.0)
        before = clock.now()
        await clock.sleep(3600)
        computed = await asyncio.to_thread(sum, range(10))
        return before, clock.now(), computed

    assert run_virtual(scenario()) == (1005.0, 4605.0, 45)


def test_simulation_in_which_nothing_can_happen_is_an_error() -> None:
    async def scenario() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="every task waits and no timer is set"):
        run_virtual(scenario())
