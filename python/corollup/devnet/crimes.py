"""
Crimes on a devnet, committed by nodes whose keys turned against the protocol.

A producer lies about a packet, as many seats of its committee as a quorum needs sign it, and none
of them tells anybody before it is committed. All other nodes, and the contracts, are as always.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

import structlog

from corollup.engine import Candidate, VerkleTree
from corollup.node.endorser import Endorser
from corollup.node.epochs import Epoch
from corollup.node.evidence import read_lists
from corollup.node.headers import Packet
from corollup.node.l1_view import L1View
from corollup.node.messages import Announce, Endorsement, Result, decode_message
from corollup.node.producer import Producer, Turn
from corollup.node.transport import MemoryTransport, PeerId, Received
from corollup.spec.access_list import (
    AccessList,
    AccountAccess,
    Entry,
    Write,
    compute_access_root,
)
from corollup.spec.committee import compute_quorum
from corollup.spec.containers import (
    ExecutionResult,
    Header,
    compute_digest,
    compute_endorse_message,
)
from corollup.spec.merkle import compute_merkle_root
from corollup.spec.verdict import Context, Verdict
from corollup.spec.verkle.keys import BasicData

log = structlog.get_logger(__name__)

LOOT_WEI: Final = 10**24
"""What the thief of a false execution gives itself."""
THIEF: Final = bytes.fromhex("7416f7416f7416f7416f7416f7416f7416f7416f")
"""The L2 account that gets it."""
FALSE_ROOT: Final = bytes([1]) * 32
"""A state root that no tree of these packets has."""
REPEAT_SECONDS: Final = 1.0
"""How often a false packet is announced again."""


class Crime(Enum):
    """What the attackers do."""

    BAD_ENDORSE = "bad-endorse"
    """A committee endorses an execution that never happened: only executing again shows it."""
    BAD_ROOT = "bad-root"
    """A committee endorses a state root that does not follow from the packet's own lists."""
    EQUIVOCATE = "equivocate"
    """A producer signs two packets of one number and view."""


@dataclass(slots=True)
class Plot:
    """What the attackers agreed on, and how far they are."""

    crime: Crime
    """What they do."""
    seats: set[bytes] = field(default_factory=set)
    """Keys of the seats that take part, 48 bytes each."""
    peers: set[PeerId] = field(default_factory=set)
    """Nodes that take part."""
    packets: list[Packet] = field(default_factory=list)
    """The packets that they signed."""
    wanted: Epoch | None = None
    """The epoch of the committee that is to be corrupted next."""
    number: int = 0
    """A number of which it is the committee."""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the packets are announced."""

    def has_quorum(self, epoch: Epoch, number: int) -> bool:
        """Whether the seats that take part are a quorum of a packet's committee."""
        if self.crime is Crime.EQUIVOCATE:
            return True
        voters = epoch.voters(number, 0)
        taking_part = sum(seat.key in self.seats for seat in voters)
        return taking_part >= compute_quorum(len(voters))

    def is_part(self, digest: bytes) -> bool:
        """Whether a packet is one of theirs."""
        return any(packet.digest == digest for packet in self.packets)


@dataclass(slots=True, eq=False)
class Whispers:
    """A way to the peers that tells of a false packet only those who are part of the plot."""

    inner: MemoryTransport
    """The way to all."""
    plot: Plot
    """The plot."""
    l1: L1View
    """Tells when the packet is committed, and silence is of no use any more."""

    @property
    def peer(self) -> PeerId:
        """This node."""
        return self.inner.peer

    async def broadcast(self, message: bytes) -> None:
        """Send a message to everybody whom it is for."""
        if not self._is_secret(message):
            await self.inner.broadcast(message)
            return
        for other in self.plot.peers - {self.peer}:
            self.inner.network.deliver(self.peer, other, message)

    def _is_secret(self, message: bytes) -> bool:
        heard = decode_message(message)
        if isinstance(heard, Announce):
            digest = compute_digest(heard.domain, heard.header)
        elif isinstance(heard, Endorsement):
            digest = heard.digest
        else:
            return False
        if self.plot.crime is Crime.EQUIVOCATE or not self.plot.is_part(digest):
            return False
        return all(commit.digest != digest for commit in self.l1.commits.values())

    async def receive(self) -> Received:
        """Wait for the next message."""
        return await self.inner.receive()

    async def request(self, peer: PeerId, message: bytes) -> bytes:
        """Ask a peer and wait for its answer."""
        return await self.inner.request(peer, message)

    def peers(self) -> list[PeerId]:
        """The other nodes."""
        return self.inner.peers()

    def serve(self, handler: Callable[[PeerId, bytes], bytes]) -> None:
        """Set what answers the requests of peers."""
        self.inner.serve(handler)


class Accomplice(Endorser):
    """A seat that signs the packets of its plot, whatever it finds."""

    plot: Plot

    async def _judge(self, peer: PeerId, result: Result, context: Context) -> tuple[Verdict, bytes]:
        verdict, hints = await super()._judge(peer, result, context)
        if verdict.digest is not None and self.plot.is_part(verdict.digest):
            verdict = replace(verdict, reason=None, message="")
        return verdict, hints


class Liar(Producer):
    """A producer that commits the crime of its plot once, and is honest before and after."""

    plot: Plot
    _lied_at: float = 0.0

    async def produce(self) -> Packet | None:
        """Commit the crime when everything is ready for it, else build honestly."""
        turn = self._find_turn()
        if self.plot.done.is_set() or turn is None:
            return await super().produce()
        if not self._may_build(self.chain.path(), turn):
            return None
        number, epoch = self.chain.number + 1, self.l1.epoch_at(turn.anchor.number)
        if epoch is None or not self.plot.has_quorum(epoch, number):
            self.plot.wanted, self.plot.number = epoch, number
            return await super().produce()
        return await self._lie(turn)

    async def _lie(self, turn: Turn) -> Packet | None:
        candidate = await self._build(turn)
        honest = ExecutionResult.decode(candidate.sign(bytes(96)))
        results = await asyncio.to_thread(self._falsify, honest)
        for result in results:
            self._publish_false(result, candidate)
        self._refused_view = turn.view
        self.plot.done.set()
        log.warning("crime.committed", crime=self.plot.crime.value, packet=honest.header.number)
        await self._announce_false()
        return None

    def _falsify(self, honest: ExecutionResult) -> list[ExecutionResult]:
        header = honest.header
        match self.plot.crime:
            case Crime.BAD_ROOT:
                return [replace(honest, header=replace(header, post_state_root=FALSE_ROOT))]
            case Crime.EQUIVOCATE:
                dearer = replace(header, fee_gas_price=header.fee_gas_price + 1)
                return [honest, replace(honest, header=dearer)]
            case Crime.BAD_ENDORSE:
                state = self.chain.ledger.tree(header.number - 1)
                assert state is not None
                return [steal(honest, state)]

    def _publish_false(self, result: ExecutionResult, candidate: Candidate) -> None:
        domain, header = self.gossip.tree.domain, result.header
        announce = self._sign_false(header)
        signed = replace(result, producer_signature=announce.signature)
        digest = compute_digest(domain, header)
        self.results.put(digest, signed.encode(), candidate.hints)
        packet = self.gossip.tree.add(announce, self.clock.now())
        if packet is not None:
            self.plot.packets.append(packet)

    def _sign_false(self, header: Header) -> Announce:
        """Sign past the history, which would refuse a second packet of a turn."""
        domain = self.gossip.tree.domain
        message = compute_endorse_message(compute_digest(domain, header), 1)
        return Announce(domain, header, self.key.engine.bls.sign(self.key.secret, message))

    async def _repeat(self) -> None:
        await super()._repeat()
        if self.plot.done.is_set() and self.clock.now() >= self._lied_at + REPEAT_SECONDS:
            await self._announce_false()

    async def _announce_false(self) -> None:
        self._lied_at = self.clock.now()
        for packet in self.plot.packets:
            if packet.number > self.gossip.tree.committed_number:
                await self.gossip.publish(packet.announce)


def steal(honest: ExecutionResult, state: VerkleTree) -> ExecutionResult:
    """
    Give the thief what nobody gave it: lists, proof and roots agree with each other.

    Args:
        honest: The execution result as it should be.
        state: The state before it.
    """
    listed = AccessList.decode(honest.body.access_list)
    zero = bytes(32)
    loot = BasicData(balance=LOOT_WEI).pack()
    thief = AccountAccess(THIEF, Entry(zero, (Write(1, loot),)), Entry(zero))
    accounts = sorted([*listed.accounts, thief], key=lambda account: account.address)
    access_list = AccessList(tuple(accounts))
    body = replace(honest.body, access_list=access_list.encode())
    header = replace(honest.header, access_root=compute_access_root(access_list))
    lists = read_lists(replace(honest, header=header, body=body))
    assert lists is not None
    proof = state.prove(honest.l2_chain_id, [key for key, _ in lists.before])
    root, updates = state.copy().apply(lists.writes)
    header = replace(header, post_state_root=root, update_root=compute_merkle_root(updates))
    return replace(honest, header=header, body=replace(body, proof=proof))
