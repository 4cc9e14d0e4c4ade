"""Who contradicts itself, in what a node hears."""

from dataclasses import replace

import pytest

from corollup.engine import get_engine
from corollup.node import contradictions as module
from corollup.node.contradictions import MAX_CLAIMS, Contradictions
from corollup.node.headers import HeaderTree, Packet
from corollup.node.messages import Announce, Endorsement
from corollup.spec.containers import compute_digest, compute_endorse_message
from tests.node.builders import DOMAIN, make_header, make_tree

BLS = get_engine("native").bls
SECRET = BLS.derive_secret_key(b"\x07" * 32, "m/1")
KEY = BLS.compute_public_key(SECRET)


def add(tree: HeaderTree, gas_used: int, view: int = 3) -> Packet:
    header = replace(make_header(1), view=view, gas_used=gas_used)
    packet = tree.add(Announce(DOMAIN, header, bytes(96)), 0.0, is_asked=True)
    assert packet is not None
    return packet


def endorse(packet: Packet, status: int = 1) -> Endorsement:
    signature = BLS.sign(SECRET, compute_endorse_message(packet.digest, status))
    return Endorsement(DOMAIN, packet.digest, status, KEY, signature)


@pytest.fixture
def tree() -> HeaderTree:
    return make_tree()


def test_two_packets_of_one_turn_are_found_once(tree: HeaderTree) -> None:
    heard = Contradictions(tree, BLS)
    first, second = add(tree, 1), add(tree, 2)
    for _ in range(2):
        heard.hear(endorse(first))
        heard.hear(endorse(second))
    [found] = heard.find()
    assert (found.key, set(found.packets)) == (KEY, {first, second})
    assert heard.find() == []


def test_both_statuses_of_one_packet_are_found(tree: HeaderTree) -> None:
    heard = Contradictions(tree, BLS)
    packet = add(tree, 1)
    heard.hear(endorse(packet, 1))
    heard.hear(endorse(packet, 0))
    [found] = heard.find()
    assert [statement.status for statement in found.statements] == [0, 1]


def test_what_honest_keys_say_is_no_contradiction(tree: HeaderTree) -> None:
    heard = Contradictions(tree, BLS)
    heard.hear(endorse(add(tree, 1)))
    heard.hear(endorse(add(tree, 2, view=4)))
    heard.hear(endorse(add(tree, 3), 0))
    assert heard.find() == []


def test_false_signatures_prove_nothing_and_take_nobodys_place(tree: HeaderTree) -> None:
    heard = Contradictions(tree, BLS)
    first, second = add(tree, 1), add(tree, 2)
    for i in range(2 * MAX_CLAIMS):
        heard.hear(replace(endorse(second), signature=bytes([0xC0, *[0] * 94, i])))
        assert heard.find() == []
    heard.hear(endorse(first))
    heard.hear(endorse(second))
    assert len(heard.find()) == 1


def test_what_is_remembered_is_bounded(tree: HeaderTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HEARD", 4)
    heard = Contradictions(tree, BLS)
    first = add(tree, 1)
    heard.hear(endorse(first))
    for view in range(4, 8):
        heard.hear(endorse(add(tree, 1, view=view)))
    assert len(heard._heard) == 4
    assert (KEY, b"", first.digest) not in heard._places
    heard.hear(endorse(add(tree, 2)))
    assert heard.find() == []


def test_unknown_packet_is_ignored(tree: HeaderTree) -> None:
    heard = Contradictions(tree, BLS)
    header = make_header(1)
    heard.hear(Endorsement(DOMAIN, compute_digest(DOMAIN, header), 1, KEY, bytes(96)))
    assert heard._heard == {}
