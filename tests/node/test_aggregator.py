"""Shares become quorums; bad shares cost their senders and nobody else."""

import asyncio
from dataclasses import dataclass, field, replace

from corollup.engine import get_engine
from corollup.node.aggregator import Aggregator, Quorum
from corollup.node.clock import VirtualClock, run_virtual
from corollup.node.epochs import Epoch, Seat
from corollup.node.headers import HeaderTree, Packet
from corollup.node.l1_view import L1View
from corollup.node.messages import Endorsement
from corollup.node.penalties import Penalties
from corollup.node.transport import PeerId
from corollup.spec.containers import compute_endorse_message
from tests.node.builders import (
    BLS,
    DOMAIN,
    add_packet,
    make_epoch,
    make_l1_view,
    make_seat,
    make_tree,
)

START = 1_000_000.0
HONEST, LIAR = PeerId("honest"), PeerId("liar")
SECRETS, SEATS = zip(*(make_seat(i) for i in range(12)), strict=True)
SECRET_OF = dict(zip((seat.key for seat in SEATS), SECRETS, strict=True))


def sign(packet: Packet, seat: Seat, status: int = 1) -> Endorsement:
    message = compute_endorse_message(packet.digest, status)
    signature = BLS.sign(SECRET_OF[seat.key], message)
    return Endorsement(DOMAIN, packet.digest, status, seat.key, signature)


def forge(packet: Packet, seat: Seat) -> Endorsement:
    """A share under another's key: a signature, but of something else."""
    signature = BLS.sign(SECRET_OF[seat.key], b"\x01" * 32)
    return Endorsement(DOMAIN, packet.digest, 1, seat.key, signature)


def forge_pair(packet: Packet, one: Seat, other: Seat) -> tuple[Endorsement, Endorsement]:
    """Two bad shares whose errors cancel out in their sum."""
    error = BLS.sign(SECRET_OF[one.key], b"\x01" * 32)
    # The sign of a compressed point is bit 5 of its first byte.
    opposite = bytes([error[0] ^ 0x20]) + error[1:]
    shares = sign(packet, one), sign(packet, other)
    first, second = (
        replace(share, signature=BLS.aggregate([share.signature, by]))
        for share, by in zip(shares, (error, opposite), strict=True)
    )
    return first, second


@dataclass
class Bench:
    """An aggregator with a tree, an epoch of two committees of four, and what it reported."""

    tree: HeaderTree = field(default_factory=make_tree)
    epoch: Epoch = field(default_factory=lambda: make_epoch(list(SEATS[:8])))
    quorums: list[Quorum] = field(default_factory=list)
    penalties: Penalties = field(init=False)
    l1: L1View = field(init=False)
    aggregator: Aggregator = field(init=False)

    def __post_init__(self) -> None:
        clock = VirtualClock(START)
        self.penalties = Penalties(clock)
        self.l1 = make_l1_view(self.tree.config, self.epoch, clock)
        self.aggregator = Aggregator(
            engine=get_engine(),
            clock=clock,
            tree=self.tree,
            l1=self.l1,
            penalties=self.penalties,
            inbox=asyncio.Queue(),
            listeners=[self.quorums.append],
        )

    async def receive(self, *shares: Endorsement, peer: PeerId = HONEST, wait: float = 1.0) -> None:
        """Run the aggregator on some shares for a while."""
        for share in shares:
            self.aggregator.inbox.put_nowait((peer, share))
        try:
            async with asyncio.timeout(wait):
                await self.aggregator.run()
        except TimeoutError:
            return

    def verify(self, quorum: Quorum) -> bool:
        voters = self.epoch.voters(quorum.packet.number, quorum.rung)
        keys = [voters[i].key for i in quorum.positions]
        message = compute_endorse_message(quorum.packet.digest, quorum.status)
        return BLS.fast_aggregate_verify(keys, message, quorum.signature)


def test_two_thirds_of_the_assigned_committee_are_a_quorum() -> None:
    async def scenario() -> None:
        bench = Bench()
        packet = add_packet(bench.tree, None)
        voters = bench.epoch.voters(1, 0)
        await bench.receive(*(sign(packet, seat) for seat in voters[:2]))
        assert bench.quorums == []
        assert not packet.quorum
        await bench.receive(sign(packet, voters[3]))
        (quorum,) = bench.quorums
        assert (quorum.status, quorum.rung, quorum.positions) == (1, 0, (0, 1, 3))
        assert bench.verify(quorum)
        assert packet.quorum

    run_virtual(scenario())


def test_late_share_makes_the_quorum_larger() -> None:
    async def scenario() -> None:
        bench = Bench()
        packet = add_packet(bench.tree, None)
        voters = bench.epoch.voters(1, 0)
        await bench.receive(*(sign(packet, seat) for seat in voters[:3]))
        await bench.receive(sign(packet, voters[3]))
        assert [len(quorum.positions) for quorum in bench.quorums] == [3, 4]
        assert bench.aggregator.quorum(packet.digest, 1) == bench.quorums[-1]
        assert bench.verify(bench.quorums[-1])

    run_virtual(scenario())


def test_status_zero_is_counted_apart() -> None:
    async def scenario() -> None:
        bench = Bench()
        packet = add_packet(bench.tree, None)
        voters = bench.epoch.voters(1, 0)
        await bench.receive(*(sign(packet, seat, 0) for seat in voters[:2]))
        await bench.receive(*(sign(packet, seat, 1) for seat in voters[2:]))
        assert bench.quorums == []
        await bench.receive(sign(packet, voters[2], 0))
        (quorum,) = bench.quorums
        assert (quorum.status, packet.rejected, packet.quorum) == (0, True, False)
        assert bench.verify(quorum)

    run_virtual(scenario())


def test_duplicate_shares_count_once() -> None:
    async def scenario() -> None:
        bench = Bench()
        packet = add_packet(bench.tree, None)
        seat = bench.epoch.voters(1, 0)[0]
        await bench.receive(*[sign(packet, seat)] * 5)
        assert bench.quorums == []

    run_virtual(scenario())


def test_share_of_another_committee_does_not_count_on_rung_zero() -> None:
    async def scenario() -> None:
        bench = Bench()
        packet = add_packet(bench.tree, None)
        others = bench.epoch.voters(1, 1)
        await bench.receive(*(sign(packet, seat) for seat in others))
        assert bench.quorums == []

    run_virtual(scenario())


def test_forged_share_is_found_blamed_and_does_not_block_the_true_one() -> None:
    async def scenario() -> None:
        bench = Bench()
        packet = add_packet(bench.tree, None)
        voters = bench.epoch.voters(1, 0)
        await bench.receive(forge(packet, voters[0]), peer=LIAR)
        await bench.receive(*(sign(packet, seat) for seat in voters[1:3]))
        assert bench.quorums == []
        await bench.receive(sign(packet, voters[0]))
        (quorum,) = bench.quorums
        assert quorum.positions == (0, 1, 2)
        assert bench.verify(quorum)

    run_virtual(scenario())


def test_many_forged_shares_mute_their_sender() -> None:
    async def scenario() -> None:
        bench = Bench()
        packet: Packet | None = None
        for _ in range(9):
            packet = add_packet(bench.tree, packet)
            voters = bench.epoch.voters(packet.number, 0)
            await bench.receive(*(forge(packet, seat) for seat in voters), peer=LIAR, wait=0.1)
        assert bench.quorums == []
        assert bench.penalties.is_muted(LIAR)
        assert not bench.penalties.is_muted(HONEST)
        await asyncio.sleep(60)
        assert not bench.penalties.is_muted(LIAR)

    run_virtual(scenario())


def test_undecodable_share_is_a_bad_share() -> None:
    async def scenario() -> None:
        bench = Bench()
        packet = add_packet(bench.tree, None)
        voters = bench.epoch.voters(1, 0)
        garbled = Endorsement(DOMAIN, packet.digest, 1, voters[0].key, b"\xff" * 96)
        await bench.receive(garbled, *(sign(packet, seat) for seat in voters[1:]))
        assert [quorum.positions for quorum in bench.quorums] == [(1, 2, 3)]

    run_virtual(scenario())


def test_share_of_an_unknown_key_is_dropped() -> None:
    async def scenario() -> None:
        bench = Bench()
        packet = add_packet(bench.tree, None)
        secret, stranger = make_seat(99)
        signature = BLS.sign(secret, compute_endorse_message(packet.digest, 1))
        share = Endorsement(DOMAIN, packet.digest, 1, stranger.key, signature)
        await bench.receive(share, *(sign(packet, seat) for seat in bench.epoch.voters(1, 0)[:2]))
        assert bench.quorums == []

    run_virtual(scenario())


def test_shares_that_come_before_the_header_count_when_it_comes() -> None:
    async def scenario() -> None:
        other = make_tree()
        early = add_packet(other, None)
        bench = Bench()
        await bench.receive(*(sign(early, seat) for seat in bench.epoch.voters(1, 0)))
        assert bench.quorums == []
        packet = bench.tree.add(early.announce, START)
        await bench.receive()
        assert packet is not None
        assert packet.quorum

    run_virtual(scenario())


def test_rung_one_counts_only_after_t1() -> None:
    async def scenario() -> None:
        bench = Bench()
        packet = add_packet(bench.tree, None)
        await bench.receive(*(sign(packet, s) for s in bench.epoch.voters(1, 1)), wait=5.5)
        assert bench.quorums == []
        await bench.receive(wait=1.0)
        (quorum,) = bench.quorums
        assert (quorum.rung, quorum.positions) == (1, (0, 1, 2, 3))
        assert bench.verify(quorum)

    run_virtual(scenario())


def test_rung_two_takes_two_thirds_of_all_seats_after_t2() -> None:
    """Two of four, two of four and four of four are no quorum of a committee, but eight of 12."""

    async def scenario() -> None:
        secrets_and_seats = [make_seat(i) for i in range(12)]
        SECRET_OF.update({seat.key: secret for secret, seat in secrets_and_seats})
        tree = make_tree(committees=3)
        bench = Bench(tree, make_epoch([seat for _, seat in secrets_and_seats], 3))
        packet = add_packet(tree, None)
        index = bench.epoch.committee_index(1, 0)
        assigned, following, third = (bench.epoch.committees[(index + i) % 3] for i in range(3))
        signers = [*assigned[:2], *following[:2], *third]
        await bench.receive(*(sign(packet, seat) for seat in signers), wait=29.5)
        assert bench.quorums == []
        await bench.receive(wait=1)
        (quorum,) = bench.quorums
        assert (quorum.rung, len(quorum.positions)) == (2, 8)
        assert bench.verify(quorum)

    run_virtual(scenario())


def test_lagging_committee_lets_rung_one_count_at_once() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.l1.mark_lagging(bench.epoch, number=1, rung=1)
        packet = add_packet(bench.tree, None)
        await bench.receive(*(sign(packet, seat) for seat in bench.epoch.voters(1, 1)))
        assert [quorum.rung for quorum in bench.quorums] == [1]

    run_virtual(scenario())


def test_two_bad_shares_of_one_seat_do_not_cancel_out() -> None:
    async def scenario() -> None:
        bench = Bench()
        packet = add_packet(bench.tree, None)
        voters = bench.epoch.voters(1, 0)
        pair = forge_pair(packet, voters[0], voters[0])
        await bench.receive(*pair, *(sign(packet, seat) for seat in voters[1:]))
        (quorum,) = bench.quorums
        assert quorum.positions == (1, 2, 3)
        assert bench.verify(quorum)

    run_virtual(scenario())


def test_bad_shares_of_two_committees_do_not_cancel_out() -> None:
    async def scenario() -> None:
        bench = Bench(epoch=make_epoch(list(SEATS), committees=3))
        packet = add_packet(bench.tree, None)
        own, following = bench.epoch.voters(1, 0), bench.epoch.voters(1, 1)
        last = [seat for seat in bench.epoch.voters(1, 2) if seat not in (*own, *following)]
        pair = forge_pair(packet, own[0], last[0])
        honest = [sign(packet, seat) for seat in (own[1], *following[:2], *last[1:])]
        await bench.receive(*pair, *honest, wait=bench.tree.config.t2_seconds + 1.0)
        await bench.receive(*(sign(packet, seat) for seat in own[2:]))
        assert [quorum.positions for quorum in bench.quorums] == [(1, 2, 3)]
        assert bench.verify(bench.quorums[0])

    run_virtual(scenario())
