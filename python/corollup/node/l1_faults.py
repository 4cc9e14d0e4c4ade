"""What the L1 says of faults: verdicts, open appeals, demanded nodes. A fold over events."""

from dataclasses import dataclass, field

from corollup.l1.fault_events import (
    AppealClosed,
    AppealDecided,
    AppealOpened,
    FaultEvent,
    NodeDemanded,
    NodeRevealed,
    NodeWithheld,
    PacketJudged,
    SlashPaid,
    SlashQueued,
    Verdict,
)


@dataclass(slots=True)
class FaultView:
    """Everything that is known of faults at one L1 block."""

    verdicts: dict[bytes, PacketJudged] = field(default_factory=dict)
    """The last judgement of each judged packet, by digest."""
    cases: dict[int, AppealOpened] = field(default_factory=dict)
    """Open appeals by case."""
    demands: dict[tuple[bytes, tuple[int, int, int]], NodeDemanded] = field(default_factory=dict)
    """Open demands by digest and place."""
    slashes: dict[int, SlashQueued] = field(default_factory=dict)
    """Slashed stake that waits, by number."""

    def clear(self) -> None:
        """Forget everything, before the events are folded again."""
        for folded in (self.verdicts, self.cases, self.demands, self.slashes):
            folded.clear()

    def apply(self, event: FaultEvent) -> None:
        """Follow an event."""
        match event:
            case PacketJudged():
                self.verdicts[event.digest] = event
            case AppealOpened():
                self.cases[event.case] = event
            case AppealDecided() | AppealClosed():
                self.cases.pop(event.case, None)
            case NodeDemanded():
                self.demands[event.digest, event.place] = event
            case NodeRevealed() | NodeWithheld():
                self.demands.pop((event.digest, event.place), None)
            case SlashQueued():
                self.slashes[event.number] = event
            case SlashPaid():
                self.slashes.pop(event.number, None)

    def is_invalid(self, digest: bytes) -> bool:
        """Whether a packet was judged invalid."""
        judged = self.verdicts.get(digest)
        return judged is not None and judged.verdict is Verdict.INVALID

    def is_appealed(self, digest: bytes) -> bool:
        """Whether a packet is under appeal."""
        return any(case.digest == digest for case in self.cases.values())

    @property
    def first_appealed(self) -> int | None:
        """Lowest number of a packet under appeal; none if there is no open case."""
        return min((case.number for case in self.cases.values()), default=None)
