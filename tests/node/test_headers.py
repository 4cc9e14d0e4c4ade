"""The tree of headers: what is lost for good, and how little room a dishonest producer takes."""

import asyncio
from dataclasses import replace

import pytest

from corollup.engine import get_engine
from corollup.l1.client import L1Header
from corollup.node import headers
from corollup.node.gossip import Gossip
from corollup.node.headers import HeaderTree, Packet
from corollup.node.l1_view import L1View
from corollup.node.messages import Announce
from corollup.node.penalties import Penalties
from corollup.node.signing_rules import Decision, Signed, decide
from corollup.node.storage import ResultStore
from corollup.node.transport import MemoryNetwork, PeerId
from corollup.spec.containers import Header, compute_digest, compute_endorse_message
from tests.node.builders import (
    BLS,
    DOMAIN,
    SettableClock,
    add_packet,
    make_epoch,
    make_header,
    make_l1_view,
    make_seat,
    make_tree,
)

PEER = PeerId("peer")
GENESIS_TIME = 1_000_000
HONEST, FLOODER = b"\x01" * 20, b"\x02" * 20


def lose_view(tree: HeaderTree, view: int) -> None:
    tree.is_lost = lambda header: header.view == view


def test_lost_packet_with_a_quorum_gives_way_to_its_rival() -> None:
    """A producer that was suspended before its endorsed packet was committed stops nobody."""
    tree = make_tree()
    lost, rival = add_packet(tree, None), add_packet(tree, None, view=1)
    lost.quorum = True
    signed = [Signed(lost.digest, lost.header.view, at=0.0)]
    assert decide(rival, tree, signed, tree.config, 1000.0) is Decision.WAIT
    assert tree.endorsed() == [lost]
    lose_view(tree, 0)
    assert decide(rival, tree, signed, tree.config, 1.0) is Decision.SIGN
    assert decide(lost, tree, [], tree.config, 1.0) is Decision.DROP
    assert tree.endorsed() == []
    rival.quorum = True
    assert tree.endorsed() == [rival]


def test_descendant_of_a_lost_packet_is_dropped() -> None:
    tree = make_tree()
    lost = add_packet(tree, None)
    child = add_packet(tree, lost, view=1)
    lose_view(tree, 0)
    assert decide(child, tree, [], tree.config, 0.0) is Decision.DROP
    assert not tree.is_alive(child)


def test_committed_packet_is_never_lost() -> None:
    tree = make_tree()
    first = add_packet(tree, None)
    child = add_packet(tree, first, view=1)
    tree.commit(1, first.digest)
    lose_view(tree, 0)
    assert tree.is_alive(first)
    assert decide(child, tree, [], tree.config, 0.0) is Decision.SIGN


def make_view() -> L1View:
    view = make_l1_view(make_tree().config, make_epoch([make_seat(0)[1]]), SettableClock())
    view.head = L1Header(2000, bytes(32), bytes(32), GENESIS_TIME, bytes(32), 0, 0, 0)
    return view


@pytest.mark.parametrize(("l1_number", "is_lost"), [(200, True), (201, False), (2000, False)])
def test_packet_is_lost_when_the_next_block_is_1801_after_its_anchor(
    l1_number: int, is_lost: bool
) -> None:
    assert make_view().is_lost(make_header(1, l1_number=l1_number)) is is_lost


def test_packets_of_an_epoch_are_lost_when_the_contract_keeps_it_no_more() -> None:
    view = make_view()
    header = make_header(1, l1_number=1000)
    for number in (2, 3, 4):
        view.epochs[number] = replace(view.epochs[1], number=number, activation=1500)
        assert not view.is_lost(header)
    view.epochs[5] = replace(view.epochs[1], number=5, activation=1500)
    assert view.is_lost(header)
    assert not view.is_lost(make_header(1, l1_number=1500))


def add_header(tree: HeaderTree, number: int, producer: bytes, nonce: int = 0) -> Packet | None:
    header = make_header(number, view=nonce, producer=producer)
    return tree.add(Announce(DOMAIN, header, bytes(96)), 0.0)


def test_two_headers_of_one_turn_are_kept_and_a_third_when_it_is_asked_for() -> None:
    tree = make_tree()
    announces = [
        Announce(DOMAIN, make_header(1, gas_used=gas_used), bytes(96)) for gas_used in (1, 2, 3)
    ]
    assert tree.add(announces[0], 0.0) is not None
    assert tree.add(announces[1], 0.0) is not None
    assert tree.add(announces[2], 0.0) is None
    assert tree.add(announces[2], 0.0, is_asked=True) is not None


def test_flood_of_one_producer_displaces_its_own_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "MAX_HEADERS", 8)
    tree = make_tree()
    kept = [add_header(tree, number, HONEST) for number in (1, 2, 3)]
    for nonce in range(1, 50):
        assert add_header(tree, 3 + nonce, FLOODER, nonce) is not None
    honest = add_header(tree, 4, HONEST)
    assert honest is not None
    for packet in [*kept, honest]:
        assert packet is not None
        assert tree.get(packet.digest) is packet
    assert sum(len(list(tree.at(number))) for number in range(60)) <= 8


def make_gossip(clock: SettableClock) -> Gossip:
    tree = make_tree()
    view = make_view()
    return Gossip(
        transport=MemoryNetwork().join(PeerId("own")),
        engine=get_engine(),
        clock=clock,
        tree=tree,
        l1=view,
        results=ResultStore(),
        penalties=Penalties(clock),
        endorsements=asyncio.Queue(),
    )


def announce(header: Header) -> Announce:
    secret = BLS.derive_secret_key(b"\x08" * 32, "m/12381/3600/0/0")
    message = compute_endorse_message(compute_digest(DOMAIN, header), 1)
    return Announce(DOMAIN, header, BLS.sign(secret, message))


async def test_header_of_another_view_than_its_timestamps_is_refused() -> None:
    gossip = make_gossip(SettableClock(GENESIS_TIME + 100.0))
    right = make_header(1, l1_number=1, view=2, timestamp=GENESIS_TIME + 8)
    wrong = replace(right, view=3)
    assert await gossip.accept(PEER, announce(wrong)) is None
    assert await gossip.accept(PEER, announce(right)) is not None


async def test_header_ahead_of_the_clock_waits() -> None:
    clock = SettableClock(GENESIS_TIME + 5.0)
    gossip = make_gossip(clock)
    early = announce(make_header(1, l1_number=1, view=2, timestamp=GENESIS_TIME + 8))
    assert await gossip.accept(PEER, early) is None
    clock.time += 1.0
    assert await gossip.accept(PEER, early) is not None
