"""Producers and seats that break the rules; their keys are not judged."""

from dataclasses import fields, replace
from enum import Enum
from typing import Any, Final

from corollup.engine import Candidate
from corollup.node.endorser import Endorser
from corollup.node.headers import Packet
from corollup.node.local_chain import LocalChain
from corollup.node.messages import Announce, Endorsement
from corollup.node.producer import Producer, Turn
from corollup.spec.containers import (
    ExecutionResult,
    Header,
    compute_digest,
    compute_endorse_message,
)
from corollup.spec.rules import compute_view
from tests.simulation.honest.parts import NotedResults, SimulatedNode
from tests.simulation.honest.world import Member, World

BAD_WORD: Final = b"\xba" * 32


class Lie(Enum):
    """What a lying producer does in a turn."""

    NONE = "honest packet of a liar"
    EQUIVOCATE = "equivocation"
    FALSE_TWIN = "false twin of an honest packet"
    FALSE_HEADER = "false header"
    FALSE_HASH = "anchor that was never mined"
    FALSE_RANDAO = "false randomness"
    EARLY = "packet older than its anchor"
    WITHHOLD = "withheld body"


class CredulousChain(LocalChain):
    """Builds on packets that no honest producer would build on."""

    def _is_usable(self, packet: Packet) -> bool:
        if self.executed.get(packet.number) != packet.digest:
            return super()._is_usable(packet)
        return self.clock.now() - packet.seen_at < self.tree.config.t1_seconds


class LyingProducer(Producer):
    """Lies in some of its turns."""

    world: World

    async def produce(self) -> Packet | None:
        path, turn = self.chain.path(), self._find_turn()
        if turn is None or not self._may_build(path, turn):
            return None
        lie = self.world.chance.choice(list(Lie))
        turn = self._falsify(turn, lie)
        candidate = await self._build(turn)
        twin = await self._build_twin(turn) if lie is Lie.EQUIVOCATE else None
        self.world.witness.coverage[lie.value] += 1
        encoded, announce = self._sign_all(candidate)
        if lie in {Lie.FALSE_TWIN, Lie.FALSE_HEADER}:
            await self._publish_false(encoded, candidate.hints)
            if lie is Lie.FALSE_HEADER:
                self._built_at = self.clock.now()
                return None
        return await self._append(candidate, encoded, announce, twin, lie)

    def _falsify(self, turn: Turn, lie: Lie) -> Turn:
        anchor = turn.anchor
        if lie is Lie.FALSE_HASH:
            return replace(turn, anchor=replace(anchor, hash=BAD_WORD))
        if lie is Lie.FALSE_RANDAO:
            return replace(turn, anchor=replace(anchor, prev_randao=BAD_WORD))
        if lie is Lie.EARLY:
            parent = self.chain.head_header
            timestamp = anchor.timestamp - 1
            view = compute_view(self.l1.config, timestamp)
            if view == turn.view and (parent is None or parent.timestamp <= timestamp):
                return replace(turn, timestamp=timestamp)
        return turn

    async def _build_twin(self, turn: Turn) -> Candidate:
        honest, self.policy = self.policy, replace(self.policy, fee_gas_limit=29_000_000)
        try:
            return await self._build(turn)
        finally:
            self.policy = honest

    def _sign_all(self, candidate: Candidate) -> tuple[bytes, Announce]:
        header = Header.decode(candidate.header)
        announce = self._announce(candidate.digest, header)
        return candidate.sign(announce.signature), announce

    def _announce(self, digest: bytes, header: Header) -> Announce:
        message = compute_endorse_message(digest, 1)
        signature = self.key.engine.bls.sign(self.key.secret, message)
        return Announce(self.gossip.tree.domain, header, signature)

    async def _publish_false(self, encoded: bytes, hints: bytes) -> None:
        honest = ExecutionResult.decode(encoded)
        header = replace(honest.header, receipts_root=BAD_WORD)
        digest = compute_digest(self.gossip.tree.domain, header)
        announce = self._announce(digest, header)
        result = replace(honest, header=header, producer_signature=announce.signature)
        self.results.put(digest, result.encode(), hints)
        await self.gossip.publish(announce)

    async def _append(
        self,
        candidate: Candidate,
        encoded: bytes,
        announce: Announce,
        twin: Candidate | None,
        lie: Lie,
    ) -> Packet | None:
        self.chain.ledger.append(candidate)
        self.results.put(candidate.digest, encoded, candidate.hints)
        if lie is Lie.WITHHOLD:
            assert isinstance(self.results, NotedResults)
            self.results.withheld.add(candidate.digest)
        self.chain.append(announce.header, candidate.digest, list(candidate.included))
        packet = self.gossip.keep(self.gossip.transport.peer, announce)
        if packet is not None:
            packet.valid = True
        self._built_at = self.clock.now()
        if twin is None:
            await self.gossip.publish(announce)
            return packet
        other_encoded, other = self._sign_all(twin)
        self.results.put(twin.digest, other_encoded, twin.hints)
        network, peer = self.world.peers, self.gossip.transport.peer
        for receiver in network.peers(peer):
            chosen = self.world.chance.choice([announce, other])
            network.deliver(peer, receiver, chosen.encode())
        return packet


class BlindEndorser(Endorser):
    """Signs status 1 of everything, unseen."""

    async def _advance(self, packet: Packet) -> None:
        message = compute_endorse_message(packet.digest, 1)
        signature = self.key.engine.bls.sign(self.key.secret, message)
        endorsement = Endorsement(self.tree.domain, packet.digest, 1, self.key.public, signature)
        self._forget(packet)
        await self.inbox.put((self.gossip.transport.peer, endorsement))
        await self.gossip.publish(endorsement)


def make_liar(world: World, member: Member, node: SimulatedNode) -> None:
    """Turn a node that was just built into a liar's."""
    if member.is_seat:
        node.endorsers = [BlindEndorser(**get_fields(endorser)) for endorser in node.endorsers]
        return
    honest = node.producer
    assert honest is not None
    chain = CredulousChain(**get_fields(honest.chain))
    liar = LyingProducer(**(get_fields(honest) | {"chain": chain}))
    liar.world = world
    node.producer, node.finality.chain = liar, chain


def get_fields(service: Any) -> dict[str, Any]:
    """Return what a service was built from."""
    return {f.name: getattr(service, f.name) for f in fields(service) if f.name[0] != "_"}
