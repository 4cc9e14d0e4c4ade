"""Verdicts, appeals and demands as a fold over events, and what follows for headers."""

import pytest

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
from corollup.node.l1_faults import FaultView
from corollup.node.signing_rules import Decision, decide
from tests.node.builders import add_packet, make_tree

DIGEST, OTHER, SOMEBODY = b"\x01" * 32, b"\x02" * 32, b"\x03" * 20
PLACE = (0, 1, 2)


def fold(*events: FaultEvent) -> FaultView:
    view = FaultView()
    for event in events:
        view.apply(event)
    return view


def open_case(case: int, number: int, digest: bytes = DIGEST) -> AppealOpened:
    return AppealOpened(case, number, digest, SOMEBODY, 1, 99)


def test_last_verdict_counts() -> None:
    view = fold(
        PacketJudged(DIGEST, Verdict.VALID, SOMEBODY),
        PacketJudged(OTHER, Verdict.VALID, SOMEBODY),
        PacketJudged(DIGEST, Verdict.INVALID, SOMEBODY),
    )
    assert view.is_invalid(DIGEST)
    assert not view.is_invalid(OTHER)
    assert not view.is_invalid(bytes(32))


@pytest.mark.parametrize("end", [AppealDecided(1, True, 5), AppealClosed(1)])
def test_ended_case_is_no_longer_open(end: FaultEvent) -> None:
    view = fold(open_case(1, 7), open_case(2, 9, OTHER))
    assert view.first_appealed == 7
    assert view.is_appealed(DIGEST)
    view.apply(end)
    assert view.first_appealed == 9
    assert not view.is_appealed(DIGEST)
    assert fold(open_case(1, 7), end).first_appealed is None


@pytest.mark.parametrize(
    "end", [NodeRevealed(DIGEST, PLACE, SOMEBODY), NodeWithheld(DIGEST, PLACE)]
)
def test_ended_demand_is_no_longer_open(end: FaultEvent) -> None:
    demand = NodeDemanded(DIGEST, PLACE, SOMEBODY, 1, 99)
    other = NodeDemanded(DIGEST, (1, 1, 2), SOMEBODY, 1, 99)
    assert list(fold(demand, other, end).demands.values()) == [other]


def test_paid_slash_no_longer_waits() -> None:
    queued = [SlashQueued(i, DIGEST, SOMEBODY, 5, 9) for i in range(2)]
    assert list(fold(*queued, SlashPaid(0, 0, 1, 4)).slashes.values()) == [queued[1]]


def test_reorganization_forgets_everything() -> None:
    view = fold(PacketJudged(DIGEST, Verdict.INVALID, SOMEBODY), open_case(1, 7))
    view.clear()
    assert view == FaultView()


def test_nobody_signs_or_builds_on_what_was_judged_invalid() -> None:
    tree = make_tree()
    judged, rival = add_packet(tree, None), add_packet(tree, None, view=1)
    child = add_packet(tree, judged, view=1)
    judged.quorum = child.quorum = True
    assert tree.endorsed() == [judged, child]
    tree.is_judged = lambda digest: digest == judged.digest
    assert tree.endorsed() == []
    assert tree.ancestry(child.header).dead
    assert decide(judged, tree, [], tree.config, 1.0) is Decision.DROP
    assert decide(child, tree, [], tree.config, 1.0) is Decision.DROP
    assert decide(rival, tree, [], tree.config, 1.0) is Decision.SIGN
