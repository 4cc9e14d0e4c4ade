"""Which peers are not listened to for a while, because what they sent had to be ignored."""

from dataclasses import dataclass, field
from typing import Final

from corollup.node.clock import Clock
from corollup.node.transport import PeerId

TOLERATED_FAULTS: Final = 16
"""Faults that a peer may have at once."""
FORGIVEN_PER_SECOND: Final = 0.5
"""Faults that are forgotten a second."""
FALSE_HINT_WEIGHT: Final = 4.0
"""Fault of a peer whose hints were false, which cost the recoveries that they should spare."""


@dataclass(slots=True)
class Penalties:
    """Faults of each peer, forgotten at a constant rate."""

    clock: Clock
    """Time of the faults."""
    _faults: dict[PeerId, tuple[float, float]] = field(default_factory=dict)

    def blame(self, peer: PeerId, weight: float = 1.0) -> None:
        """Count a fault."""
        self._faults[peer] = (self._score(peer) + weight, self.clock.now())

    def is_muted(self, peer: PeerId) -> bool:
        """Whether the peer has too many faults to be listened to."""
        return self._score(peer) > TOLERATED_FAULTS

    def _score(self, peer: PeerId) -> float:
        score, then = self._faults.get(peer, (0.0, 0.0))
        return max(0.0, score - FORGIVEN_PER_SECOND * (self.clock.now() - then))
