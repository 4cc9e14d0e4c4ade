"""
Endorsements to quorums.

Shares are summed first and checked once; only if that fails the bad ones are searched and their
senders blamed. A quorum grows while late shares arrive: each raises everybody's pay.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import structlog

from corollup.engine import Engine
from corollup.node.clock import Clock
from corollup.node.epochs import Epoch, Seat
from corollup.node.headers import HeaderTree, Packet
from corollup.node.l1_view import L1View
from corollup.node.messages import Endorsement
from corollup.node.penalties import Penalties
from corollup.node.transport import PeerId
from corollup.spec.committee import compute_quorum
from corollup.spec.containers import compute_endorse_message

log = structlog.get_logger(__name__)

MAX_EARLY_ENDORSEMENTS: Final = 4096
"""Endorsements of headers that are not known yet."""
MAX_SHARES_A_SEAT: Final = 3
"""Different signatures under one key that are held unchecked; at most one is the seat's."""
KEPT_FINAL_PACKETS: Final = 32
"""Finalized packets whose shares are kept."""
RECOUNT_SECONDS: Final = 0.25
"""How often shares are counted again when none come."""


@dataclass(frozen=True, slots=True)
class Quorum:
    """Two thirds of the voters of a rung, under one signature."""

    packet: Packet
    """What they signed."""
    status: int
    """1: valid; 0: its header contradicts its body."""
    rung: int
    """Step of the ladder."""
    epoch: Epoch
    """The epoch whose seats they are."""
    positions: tuple[int, ...]
    """Signers, by position among the voters of the rung, ascending."""
    signature: bytes
    """Sum of their signatures, without the producer's, 96 bytes."""


@dataclass(slots=True)
class _Tally:
    """The shares of one packet and status."""

    checked: dict[bytes, bytes] = field(default_factory=dict)
    """Signatures that verify, by key."""
    unchecked: dict[bytes, dict[bytes, PeerId]] = field(default_factory=dict)
    """Signatures not looked at yet, by key, with their senders."""
    reported: dict[int, int] = field(default_factory=dict)
    """Signers of the last quorum that was reported, by rung."""


@dataclass(slots=True, eq=False, repr=False)
class Aggregator:
    """Collects endorsements by packet and status."""

    engine: Engine
    """Checks and sums."""
    clock: Clock
    """Time of the rungs."""
    tree: HeaderTree
    """The packets."""
    l1: L1View
    """The committees."""
    penalties: Penalties
    """Who sent bad shares."""
    inbox: asyncio.Queue[tuple[PeerId, Endorsement]]
    """Endorsements of peers and of this node."""
    listeners: list[Callable[[Quorum], None]] = field(default_factory=list)
    """Told of each new or larger quorum."""
    _tallies: dict[tuple[bytes, int], _Tally] = field(default_factory=dict)
    _early: OrderedDict[bytes, tuple[PeerId, Endorsement]] = field(default_factory=OrderedDict)
    _quorums: dict[tuple[bytes, int], Quorum] = field(default_factory=dict)

    async def run(self) -> None:
        """Collect until cancelled."""
        while True:
            batch = await self._next_batch()
            touched = {key for peer, share in batch if (key := self._take(peer, share))}
            touched |= self._take_early()
            if not batch:
                # Timing: a rung may have opened, for which the shares at hand are enough.
                touched |= {key for key in self._tallies if key not in self._quorums}
            for digest, status in sorted(touched):
                await self._count(digest, status)

    async def _next_batch(self) -> list[tuple[PeerId, Endorsement]]:
        try:
            async with asyncio.timeout(RECOUNT_SECONDS):
                batch = [await self.inbox.get()]
        except TimeoutError:
            return []
        while not self.inbox.empty():
            batch.append(self.inbox.get_nowait())
        return batch

    def quorum(self, digest: bytes, status: int) -> Quorum | None:
        """Return the largest quorum of a packet on its lowest rung."""
        return self._quorums.get((digest, status))

    def quorums(self) -> list[Quorum]:
        """Return the quorums of all packets that are not forgotten."""
        return list(self._quorums.values())

    def shares(self, digest: bytes, status: int) -> dict[bytes, bytes]:
        """Return the signatures of a packet and status that verify, by key."""
        tally = self._tallies.get((digest, status))
        return {} if tally is None else dict(tally.checked)

    def forget_below(self, number: int) -> None:
        """Drop the shares of packets that were final long ago; dead ones are charged before."""
        for key in list(self._tallies):
            packet = self.tree.get(key[0])
            if packet is None or packet.number < number - KEPT_FINAL_PACKETS:
                del self._tallies[key]
                self._quorums.pop(key, None)

    def _take_early(self) -> set[tuple[bytes, int]]:
        """Take the shares whose header has come since."""
        known = [held for held in self._early.items() if self.tree.get(held[1][1].digest)]
        for encoded, _ in known:
            del self._early[encoded]
        return {key for _, (peer, share) in known if (key := self._take(peer, share))}

    def _take(self, peer: PeerId, share: Endorsement) -> tuple[bytes, int] | None:
        packet = self.tree.get(share.digest)
        if packet is None:
            self._early[share.encode()] = (peer, share)
            if len(self._early) > MAX_EARLY_ENDORSEMENTS:
                self._early.popitem(last=False)
            return None
        epoch = self.l1.epoch_at(packet.header.l1_number)
        if epoch is None or share.key not in epoch.seats_by_key:
            return None
        tally = self._tallies.setdefault((share.digest, share.status), _Tally())
        if share.key in tally.checked:
            return None
        candidates = tally.unchecked.setdefault(share.key, {})
        if len(candidates) < MAX_SHARES_A_SEAT:
            candidates.setdefault(share.signature, peer)
        return share.digest, share.status

    async def _count(self, digest: bytes, status: int) -> None:
        packet = self.tree.get(digest)
        epoch = self.l1.epoch_at(packet.header.l1_number) if packet else None
        if packet is None or epoch is None:
            return
        tally = self._tallies[digest, status]
        age = self.clock.now() - packet.header.timestamp
        for rung in self.l1.open_rungs(epoch, packet.number, age):
            voters = epoch.voters(packet.number, rung)
            present = [s for s in voters if s.key in tally.checked or s.key in tally.unchecked]
            if len(present) < compute_quorum(len(voters)):
                continue
            for index in epoch.group(packet.number, rung):
                await self._check(packet, status, tally, epoch.committees[index])
            signers = [i for i, seat in enumerate(voters) if seat.key in tally.checked]
            if len(signers) < compute_quorum(len(voters)):
                continue
            if len(signers) > tally.reported.get(rung, 0):
                tally.reported[rung] = len(signers)
                await self._report(packet, status, rung, epoch, voters, signers, tally)
            return

    async def _report(
        self,
        packet: Packet,
        status: int,
        rung: int,
        epoch: Epoch,
        voters: tuple[Seat, ...],
        signers: list[int],
        tally: _Tally,
    ) -> None:
        shares = [tally.checked[voters[i].key] for i in signers]
        signature = await asyncio.to_thread(self.engine.bls.aggregate, shares)
        quorum = Quorum(packet, status, rung, epoch, tuple(signers), signature)
        self._quorums[packet.digest, status] = quorum
        if status == 1:
            packet.quorum = True
        else:
            packet.rejected = True
        log.debug("quorum", packet=packet.number, status=status, rung=rung, signers=len(signers))
        for listener in self.listeners:
            listener(quorum)

    async def _check(
        self, packet: Packet, status: int, tally: _Tally, seats: Iterable[Seat]
    ) -> None:
        """
        Check the unchecked shares of a committee: their sum once, or each if it is wrong.

        Errors can cancel out in a sum. So a sum takes one share a key, and only shares that every
        quorum takes together.
        """
        message = compute_endorse_message(packet.digest, status)
        waiting = {seat.key: tally.unchecked.pop(seat.key, {}) for seat in seats}
        while waiting := {key: held for key, held in waiting.items() if held}:
            shares = [(key, *held.popitem()) for key, held in waiting.items()]
            keys = [key for key, _, _ in shares]
            signatures = [signature for _, signature, _ in shares]
            _, invalid = await asyncio.to_thread(
                self.engine.bls.aggregate_valid, keys, message, signatures
            )
            bad = set(invalid)
            for i, (key, signature, peer) in enumerate(shares):
                if i in bad:
                    self.penalties.blame(peer)
                    log.info(
                        "endorsement.invalid", packet=packet.number, peer=peer, key=key.hex()[:8]
                    )
                else:
                    tally.checked[key] = signature
                    del waiting[key]
