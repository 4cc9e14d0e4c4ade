"""The parts of a simulated node that are not the shipped ones: each wraps one of them."""

from dataclasses import dataclass, field, replace
from typing import Any

from corollup.engine import Candidate, Engine, Ledger, get_engine
from corollup.errors import Reason
from corollup.node.keys import SigningKey
from corollup.node.node import Identity, Node
from corollup.node.storage import ResultStore
from corollup.node.transport import MemoryNetwork, MemoryTransport, PeerId
from corollup.spec.containers import Header
from corollup.spec.verdict import Context, Verdict
from tests.simulation.honest.witness import Gate, Point, Watch, WatchedHistory, Witness

Answers = dict[Any, Any]
"""What pure functions answered in a run, by name and arguments: all nodes share them."""


@dataclass
class SharedBls:
    """The native signatures; what one node computed, no other computes again."""

    answers: Answers
    watch: Watch | None = None
    """Who signs, if it is honest."""

    def sign(self, secret: bytes, message: bytes) -> bytes:
        """Sign, before a witness."""
        bls = get_engine().bls
        signature = bls.sign(secret, message)
        if self.watch is not None:
            self.watch.note_signature(self.compute_public_key(secret), message)
            self.watch.reach(Point.AFTER_SIGNATURE)
        return signature

    def __getattr__(self, name: str) -> Any:
        function = getattr(get_engine().bls, name)

        def answer(*arguments: Any) -> Any:
            key = name, repr(arguments)
            if key not in self.answers:
                self.answers[key] = function(*arguments)
            return self.answers[key]

        return answer


@dataclass
class SharedEndorser:
    """The native verification; a verdict is a function of the bytes and of the context."""

    answers: Answers
    watch: Watch
    flips: int = 0
    """How many of the next verdicts this machine turns from valid to invalid."""

    def verify(self, encoded: bytes, context: Context) -> Verdict:
        key = "verify", encoded, context
        if key not in self.answers:
            self.answers[key] = get_engine().endorser.verify(encoded, context)
        verdict: Verdict = self.answers[key]
        if self.flips and verdict.status == 1:
            assert verdict.digest is not None
            self.flips -= 1
            self.watch.witness.coverage["verdict flipped"] += 1
            self.watch.witness.flipped.add((self.watch.name, verdict.digest))
            return replace(verdict, reason=Reason.GAS_USED_MISMATCH)
        return verdict


def make_engine(answers: Answers, watch: Watch, *, is_honest: bool) -> Engine:
    """Make the engine of a node."""
    bls: Any = SharedBls(answers, watch if is_honest else None)
    return Engine("native", bls, get_engine().verkle, SharedEndorser(answers, watch))


@dataclass(slots=True, eq=False, repr=False)
class NotedResults(ResultStore):
    """Results that a witness sees; a liar's may withhold bodies."""

    witness: Witness = field(default_factory=Witness)
    withheld: set[bytes] = field(default_factory=set)

    def put(self, digest: bytes, encoded: bytes, hints: bytes = b"") -> None:
        self.witness.note_body(digest, encoded)
        super(NotedResults, self).put(digest, encoded, hints)

    def get(self, digest: bytes) -> bytes | None:
        return None if digest in self.withheld else super(NotedResults, self).get(digest)


@dataclass
class NotedLedger:
    """A ledger whose built packets a witness sees before they are signed."""

    inner: Ledger
    witness: Witness

    def build(self, **environment: Any) -> Candidate:
        candidate = self.inner.build(**environment)
        self.witness.note_header(candidate.digest, Header.decode(candidate.header))
        return candidate

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class SimulatedNode(Node):
    """A node whose key signs before a witness."""

    watch: Watch

    def _open_key(self, identity: Identity) -> SigningKey:
        key = super()._open_key(identity)
        history: Any = WatchedHistory(key.history, self.watch, key.public)
        return replace(key, history=history)


class GatedTransport(MemoryTransport):
    """One node's end of the network, dead with its process."""

    gate: Gate

    async def broadcast(self, message: bytes) -> None:
        if self.gate.is_alive:
            await super().broadcast(message)


@dataclass(slots=True, eq=False, repr=False)
class RoughNetwork(MemoryNetwork):
    """A network that also repeats messages; where delays are long, they overtake each other."""

    duplicates: float = 0.0
    """Part of the gossip that arrives twice."""

    def deliver(self, sender: PeerId, receiver: PeerId, message: bytes) -> None:
        super(RoughNetwork, self).deliver(sender, receiver, message)
        if self._random.random() < self.duplicates:
            super(RoughNetwork, self).deliver(sender, receiver, message)

    def enter(self, peer: PeerId, gate: Gate) -> GatedTransport:
        """Add a node, or replace the one of that name."""
        node = GatedTransport(peer, self)
        node.gate = gate
        self._nodes[peer] = node
        return node
