"""
Contradictions (O1) in what this node hears: who signed what, and which two signatures collide.

A signature is only checked once another one contradicts it, and what is remembered is bounded.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from corollup.engine import BlsEngine
from corollup.node.headers import HeaderTree, Packet
from corollup.node.messages import Endorsement
from corollup.spec.containers import compute_endorse_message

MAX_HEARD: Final = 16_384
"""Statements that are remembered; the oldest leave first."""
MAX_CLAIMS: Final = 4
"""Statements under one key that are held for one place; more than an honest key can make."""


Place = tuple[bytes, bytes, bytes]
"""A key, and a turn or a digest."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A statement about a packet, with a signature that nobody checked."""

    digest: bytes
    """Digest of the packet."""
    status: int
    """What is said."""
    signature: bytes
    """The signature, 96 bytes."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two signed statements of which an honest key makes only one."""

    key: bytes
    """The key, 48 bytes."""
    packets: tuple[Packet, Packet]
    """The packets; the same twice if both statuses of it were signed."""
    statements: tuple[Heard, Heard]
    """What was said of them, status 0 first."""


@dataclass(slots=True)
class Contradictions:
    """What keys said of packets, and where they contradict themselves."""

    tree: HeaderTree
    """The headers."""
    bls: BlsEngine
    """Checks signatures."""
    _heard: OrderedDict[bytes, tuple[Heard, list[Place]]] = field(default_factory=OrderedDict)
    _places: dict[Place, list[Heard]] = field(default_factory=dict)
    _suspects: OrderedDict[Place, None] = field(default_factory=OrderedDict)

    def hear_packet(self, packet: Packet, key: bytes) -> None:
        """Note a producer's own statement."""
        self._note(key, Heard(packet.digest, 1, packet.announce.signature))

    def hear(self, endorsement: Endorsement) -> None:
        """Note an endorser's statement."""
        heard = Heard(endorsement.digest, endorsement.status, endorsement.signature)
        self._note(endorsement.key, heard)

    def find(self) -> list[Contradiction]:
        """Return the contradictions whose signatures verify, each once."""
        found = []
        while self._suspects:
            place, _ = self._suspects.popitem(last=False)
            contradiction = self._check(place[0], self._places.get(place, []))
            if contradiction is not None:
                found.append(contradiction)
        return found

    def _note(self, key: bytes, heard: Heard) -> None:
        identity = key + heard.digest + bytes([heard.status]) + heard.signature
        packet = self.tree.get(heard.digest)
        if identity in self._heard or packet is None:
            return
        places = list_places(key, packet, heard)
        self._heard[identity] = heard, places
        for place in places:
            claims = self._places.setdefault(place, [])
            if len(claims) < MAX_CLAIMS:
                claims.append(heard)
            if len(claims) > 1:
                self._suspects[place] = None
        if len(self._heard) > MAX_HEARD:
            self._forget(*self._heard.popitem(last=False)[1])

    def _forget(self, heard: Heard, places: list[Place]) -> None:
        for place in places:
            claims = self._places.get(place, [])
            if heard in claims:
                claims.remove(heard)
            if not claims:
                self._places.pop(place, None)
                self._suspects.pop(place, None)

    def _check(self, key: bytes, claims: list[Heard]) -> Contradiction | None:
        valid: dict[tuple[bytes, int], Heard] = {}
        for heard in sorted(claims, key=lambda claim: claim.status):
            message = compute_endorse_message(heard.digest, heard.status)
            if self.bls.verify(key, message, heard.signature):
                valid.setdefault((heard.digest, heard.status), heard)
            else:
                claims.remove(heard)
        if len(valid) < 2:
            return None
        first, second, *_ = valid.values()
        packets = self.tree.get(first.digest), self.tree.get(second.digest)
        if packets[0] is None or packets[1] is None:
            return None
        return Contradiction(key, (packets[0], packets[1]), (first, second))


def list_places(key: bytes, packet: Packet, heard: Heard) -> list[Place]:
    """List where a key may make only one statement: at a digest, with status 1 in a turn."""
    places = [(key, b"", heard.digest)]
    if heard.status == 1:
        turn = packet.number.to_bytes(8, "big") + packet.header.view.to_bytes(8, "big")
        places.append((key, turn, b""))
    return places
