"""Producers that break the rules, each in one way."""

from dataclasses import replace

from corollup.node.headers import Packet
from corollup.node.messages import Announce
from corollup.node.node import Node
from corollup.node.producer import Producer, Turn
from corollup.node.storage import ResultStore
from corollup.spec.containers import (
    ExecutionResult,
    Header,
    compute_digest,
    compute_endorse_message,
)
from tests.simulation.harness import Simulation

BAD_ROOT = b"\xba" * 32


class FalseHeaderProducer(Producer):
    """Signs a header whose receipts are not those of its own body."""

    async def produce(self) -> Packet | None:
        turn = self._find_turn()
        if turn is None or not self._may_build(self.chain.path(), turn):
            return None
        candidate = await self._build(turn)
        honest = ExecutionResult.decode(candidate.sign(bytes(96)))
        header = replace(honest.header, receipts_root=BAD_ROOT)
        announce = self._announce(header)
        digest = compute_digest(self.gossip.tree.domain, header)
        result = replace(honest, header=header, producer_signature=announce.signature)
        self.results.put(digest, result.encode())
        self._refused_view = turn.view
        await self.gossip.publish(announce)
        return None

    def _announce(self, header: Header) -> Announce:
        domain = self.gossip.tree.domain
        message = compute_endorse_message(compute_digest(domain, header), 1)
        return Announce(domain, header, self.key.engine.bls.sign(self.key.secret, message))


class FalseAnchorProducer(Producer):
    """Anchors its second packet to an L1 block that does not exist."""

    def _find_turn(self) -> Turn | None:
        turn = super()._find_turn()
        if turn is None or self.chain.number != 1:
            return turn
        return replace(turn, anchor=replace(turn.anchor, hash=BAD_ROOT))


class WithholdingStore(ResultStore):
    """Gives the body of the second packet to nobody."""

    def get(self, digest: bytes) -> bytes | None:
        encoded = super().get(digest)
        if encoded is not None and ExecutionResult.decode(encoded).header.number == 2:
            return None
        return encoded


def make_bad(simulation: Simulation, index: int, kind: type[Producer]) -> Node:
    """Replace a producer by one of another kind, before it built anything."""
    net = simulation.net
    node = simulation.replace(net.producers[index])
    node.add_producer(net.keys.producer(index), net.make_ledger(), net.policy)
    honest = node.producer
    assert honest is not None
    fields = {name: getattr(honest, name) for name in Producer.__slots__ if name[0] != "_"}
    node.producer = kind(**fields)
    net.producers[index] = node
    net.start(node)
    return node


def withhold(node: Node) -> None:
    """Keep the body of the second packet from every peer."""
    node.gossip.results = WithholdingStore()
    assert node.producer is not None
    node.producer.results = node.gossip.results
