"""Nodes send each other no codes that the other has; what a peer leaves out otherwise costs it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from corollup.engine import get_engine, make_random_packets
from corollup.node.gossip import Gossip
from corollup.node.messages import GetResult, Result, decode_message
from corollup.node.penalties import Penalties
from corollup.node.storage import CodeStore, ResultStore
from corollup.node.transport import MemoryNetwork, PeerId
from corollup.spec.containers import ExecutionResult
from corollup.spec.encoding import keccak256
from tests.node.builders import (
    DOMAIN,
    SettableClock,
    make_epoch,
    make_l1_view,
    make_seat,
    make_tree,
)

PACKETS: Final = [honest for honest, _ in make_random_packets(1, small=True)]
ENCODED: Final = max(PACKETS, key=lambda encoded: len(ExecutionResult.decode(encoded).body.codes))
CODES: Final = ExecutionResult.decode(ENCODED).body.codes
DIGEST: Final = b"\x0d" * 32
HINTS: Final = bytes(96)
ASKER, SENDER = PeerId("asker"), PeerId("sender")


def join(network: MemoryNetwork, peer: PeerId) -> Gossip:
    clock, tree = SettableClock(0.0), make_tree()
    gossip = Gossip(
        transport=network.join(peer),
        engine=get_engine(),
        clock=clock,
        tree=tree,
        l1=make_l1_view(tree.config, make_epoch([make_seat(0)[1]]), clock),
        results=ResultStore(),
        penalties=Penalties(clock),
        endorsements=asyncio.Queue(),
    )
    gossip.transport.serve(gossip.answer)
    return gossip


def make_pair() -> tuple[Gossip, Gossip, list[bytes]]:
    """An asker, a sender that holds a result, and the bytes of the sender's answers."""
    network = MemoryNetwork()
    asker, sender = join(network, ASKER), join(network, SENDER)
    sender.results.put(DIGEST, ENCODED, HINTS)
    answers: list[bytes] = []

    def record(_: PeerId, receiver: PeerId, message: bytes) -> bytes:
        if receiver == ASKER:
            answers.append(message)
        return message

    network.conditions.garble = record
    return asker, sender, answers


def know(*codes: bytes) -> dict[bytes, bytes]:
    store = CodeStore()
    store.put_all(by_hash(*codes))
    return store.snapshot()


def by_hash(*codes: bytes) -> dict[bytes, bytes]:
    return {keccak256(code): code for code in codes}


async def test_known_codes_do_not_travel() -> None:
    asker, _, answers = make_pair()
    whole = PeerId("sender"), Result(DOMAIN, HINTS, ENCODED)
    assert await asker.fetch_result(DIGEST, set()) == whole
    assert await asker.fetch_result(DIGEST, set(), know(b"\xfe", *CODES)) == whole
    assert await asker.fetch_result(DIGEST, set(), know(CODES[0])) == whole
    sizes = [len(answer) for answer in answers]
    total = sum(map(len, CODES))
    assert sizes[0] - sizes[1] == total + 2 * len(CODES)
    assert sizes[0] - sizes[2] == len(CODES[0]) + 2


async def test_nothing_is_left_out_of_what_is_not_held() -> None:
    asker, _, _ = make_pair()
    assert await asker.fetch_result(b"\x0e" * 32, set(), know(*CODES)) is None


@pytest.mark.parametrize(
    "lie",
    [
        lambda result: replace(result, omitted_codes=(len(CODES),)),
        lambda result: replace(result, omitted_codes=(1023,)),
        lambda result: replace(result, encoded=result.encoded[:-1]),
        lambda result: replace(result, domain=bytes(32)),
    ],
)
async def test_a_false_answer_costs_its_sender(lie: Callable[[Result], Result]) -> None:
    asker, sender, _ = make_pair()

    def answer(peer: PeerId, request: bytes) -> bytes:
        result = decode_message(sender.answer(peer, request))
        assert isinstance(result, Result)
        return lie(result).encode()

    sender.transport.serve(answer)
    for _ in range(40):
        assert await asker.fetch_result(DIGEST, set(), know(*CODES)) is None
    assert asker.penalties.is_muted(SENDER)


async def test_a_code_that_nobody_named_cannot_be_left_out() -> None:
    asker, sender, _ = make_pair()
    answer = Result(DOMAIN, b"", ENCODED, (0,)).encode()
    sender.transport.serve(lambda *_: answer)
    assert await asker.fetch_result_from(SENDER, DIGEST) is None
    assert await asker.fetch_result(DIGEST, set()) is None
    assert await asker.fetch_result(DIGEST, set(), know(b"\x01")) is not None


def test_names_of_no_code_change_nothing() -> None:
    store = ResultStore()
    store.put(DIGEST, ENCODED)
    names = [keccak256(bytes([number])) for number in range(200)]
    assert store.get_without(DIGEST, sorted(names)) == (ENCODED, ())
    assert store.get_without(bytes(32), ()) is None


def test_a_store_of_codes_is_bounded_and_keeps_what_is_needed() -> None:
    store = CodeStore(max_codes=3, max_bytes=100)
    store.put_all(by_hash(b"a", b"b", b"c"))
    store.put_all(by_hash(b"a", b"d"))
    assert set(store.snapshot().values()) == {b"a", b"c", b"d"}
    store.put_all(by_hash(bytes(100)))
    assert (len(store), store.total_bytes) == (1, 100)
    store.put_all(by_hash(bytes(101)))
    assert (len(store), store.total_bytes) == (0, 0)


def test_a_snapshot_can_be_named() -> None:
    names = tuple(know(*CODES))
    assert list(names) == sorted(map(keccak256, CODES))
    request = GetResult(DOMAIN, DIGEST, names)
    assert decode_message(request.encode()) == request
