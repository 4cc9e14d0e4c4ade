"""A node asks several peers for one body, and takes the first that comes."""

import asyncio
from collections.abc import Callable

from corollup.engine import get_engine
from corollup.node.clock import VirtualClock, run_virtual
from corollup.node.gossip import NEXT_PEER_SECONDS, Gossip
from corollup.node.messages import Result
from corollup.node.penalties import Penalties
from corollup.node.storage import ResultStore
from corollup.node.transport import MemoryNetwork, PeerId
from tests.node.builders import DOMAIN, make_epoch, make_l1_view, make_seat, make_tree

START = 1_000_000.0
DIGEST = b"\x07" * 32
ANSWER = Result(DOMAIN, b"", b"a body").encode()


def answer_nothing(_: PeerId, __: bytes) -> bytes:
    return b""


def answer_noise(_: PeerId, __: bytes) -> bytes:
    return b"\xff"


def answer_body(_: PeerId, __: bytes) -> bytes:
    return ANSWER


def fetch(
    *handlers: Callable[[PeerId, bytes], bytes] | None, times: int = 1
) -> tuple[list[PeerId | None], float, set[PeerId]]:
    """Ask peers with these handlers; a peer without one is silent."""

    async def run() -> tuple[list[PeerId | None], float, set[PeerId]]:
        clock, network, tree = VirtualClock(START), MemoryNetwork(), make_tree()
        transport = network.join(PeerId("asker"))
        for i, handler in enumerate(handlers):
            peer = network.join(PeerId(f"peer-{i}"))
            if handler is not None:
                peer.serve(handler)
        gossip = Gossip(
            transport=transport,
            engine=get_engine(),
            clock=clock,
            tree=tree,
            l1=make_l1_view(tree.config, make_epoch([make_seat(i)[1] for i in range(8)]), clock),
            results=ResultStore(),
            penalties=Penalties(clock),
            endorsements=asyncio.Queue(),
        )
        tried: set[PeerId] = set()
        found = [await gossip.fetch_result(DIGEST, tried) for _ in range(times)]
        return [one and one[0] for one in found], clock.now() - START, tried

    return run_virtual(run())


def test_silent_peers_cost_a_moment_each() -> None:
    (peer,), seconds, tried = fetch(None, None, answer_body)
    assert peer == "peer-2"
    assert 2 * NEXT_PEER_SECONDS < seconds < 2 * NEXT_PEER_SECONDS + 0.05
    assert tried == {"peer-2"}


def test_peers_without_the_body_cost_no_wait() -> None:
    (peer,), seconds, tried = fetch(answer_nothing, answer_noise, answer_body)
    assert peer == "peer-2"
    assert seconds < NEXT_PEER_SECONDS
    assert tried == {"peer-0", "peer-1", "peer-2"}


def test_peer_that_was_tried_is_not_asked_again() -> None:
    peers, _, _ = fetch(answer_body, answer_body, times=3)
    assert peers == ["peer-0", "peer-1", None]


def test_nobody_has_the_body() -> None:
    (peer,), seconds, tried = fetch(None, answer_nothing)
    assert peer is None
    assert seconds < 1.5
    assert tried == {"peer-0", "peer-1"}
