"""Producers that break the rules, each in one way."""

from dataclasses import fields, replace
from typing import Any

from corollup.node.headers import Packet
from corollup.node.local_chain import LocalChain
from corollup.node.messages import Announce
from corollup.node.node import Node
from corollup.node.producer import Producer, Turn
from corollup.node.storage import ResultStore
from corollup.spec.containers import (
    Config,
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
        self.results.put(digest, result.encode(), candidate.hints)
        self._refused_view = turn.view
        await self.gossip.publish(announce)
        return None

    def _announce(self, header: Header) -> Announce:
        domain = self.gossip.tree.domain
        message = compute_endorse_message(compute_digest(domain, header), 1)
        return Announce(domain, header, self.key.engine.bls.sign(self.key.secret, message))


class FalseAnchorProducer(Producer):
    """Anchors one packet, the first of a view, to an L1 block that does not exist."""

    def _find_turn(self) -> Turn | None:
        turn = super()._find_turn()
        store = self.results
        assert isinstance(store, FirstOfViewStore)
        if turn is None or store.chosen is not None or not store.is_first(turn.timestamp):
            return turn
        return replace(turn, anchor=replace(turn.anchor, hash=BAD_ROOT))


class CredulousChain(LocalChain):
    """Builds on packets that no honest producer would build on."""

    def _is_usable(self, packet: Packet) -> bool:
        if self.executed.get(packet.number) != packet.digest:
            return super()._is_usable(packet)
        return self.clock.now() - packet.seen_at < self.tree.config.t1_seconds


class FirstOfViewStore(ResultStore):
    """Picks the producer's own first packet of a view, so that some more of the view follow it."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.chosen: Header | None = None

    def is_first(self, timestamp: int) -> bool:
        return (timestamp - self.config.genesis_time) % self.config.view_seconds == 0

    def put(self, digest: bytes, encoded: bytes, hints: bytes = b"") -> None:
        super().put(digest, encoded, hints)
        header = ExecutionResult.decode(encoded).header
        if self.chosen is None and self.is_first(header.timestamp):
            self.chosen = header


class WithholdingStore(FirstOfViewStore):
    """Gives the body of the packet that it picked to nobody."""

    def get(self, digest: bytes) -> bytes | None:
        encoded = super().get(digest)
        if encoded is None or ExecutionResult.decode(encoded).header == self.chosen:
            return None
        return encoded


async def make_bad(simulation: Simulation, index: int, kind: type[Producer]) -> Node:
    """Replace a producer by one of another kind, before it built anything."""
    net = simulation.net
    node = await simulation.replace(net.producers[index])
    node.add_producer(net.keys.producer(index), net.make_ledger(), net.policy)
    honest = node.producer
    assert honest is not None
    chain = CredulousChain(**_get_fields(honest.chain))
    node.producer = kind(**(_get_fields(honest) | {"chain": chain}))
    node.finality.chain = chain
    net.producers[index] = node
    net.start(node)
    return node


def _get_fields(service: Producer | LocalChain) -> dict[str, Any]:
    return {f.name: getattr(service, f.name) for f in fields(service) if f.name[0] != "_"}


def pick_first_of_view(node: Node, kind: type[FirstOfViewStore]) -> FirstOfViewStore:
    """Let a bad producer keep its own packets in a store that picks one of them."""
    store = kind(node.network.config)
    assert node.producer is not None
    node.gossip.results = node.producer.results = store
    return store
