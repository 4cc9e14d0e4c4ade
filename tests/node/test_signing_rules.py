"""Section 5: what an endorser may sign, and when."""

from dataclasses import replace

from corollup.node.headers import HeaderTree, Packet
from corollup.node.signing_rules import Decision, Signed, decide
from tests.node.builders import add_packet, make_tree


def grow(tree: HeaderTree, count: int, quorum: bool = False) -> list[Packet]:
    packets: list[Packet] = []
    for _ in range(count):
        packets.append(add_packet(tree, packets[-1] if packets else None))
        packets[-1].quorum = quorum
    return packets


def judge(
    tree: HeaderTree, packet: Packet, signed: list[Signed] | None = None, now: float = 0.0
) -> Decision:
    return decide(packet, tree, signed or [], tree.config, now)


def test_packet_on_a_committed_digest_is_signed() -> None:
    tree = make_tree()
    assert judge(tree, add_packet(tree, None)) is Decision.SIGN


def test_four_ancestors_may_lack_a_quorum_and_five_may_not() -> None:
    tree = make_tree()
    packets = grow(tree, 6)
    assert judge(tree, packets[4]) is Decision.SIGN
    assert judge(tree, packets[5]) is Decision.WAIT
    packets[0].quorum = True
    assert judge(tree, packets[5]) is Decision.SIGN


def test_sixty_four_ancestors_may_be_uncommitted_and_one_more_may_not() -> None:
    tree = make_tree()
    packets = grow(tree, 66, quorum=True)
    assert judge(tree, packets[64]) is Decision.SIGN
    assert judge(tree, packets[65]) is Decision.WAIT
    tree.commit(1, packets[0].digest)
    assert judge(tree, packets[65]) is Decision.SIGN


def test_unknown_ancestor_is_waited_for() -> None:
    tree, other = make_tree(), make_tree()
    first = add_packet(other, None)
    orphan = tree.add(add_packet(other, first).announce, 0.0)
    assert orphan is not None
    assert tree.ancestry(orphan.header).missing == first.digest
    assert judge(tree, orphan) is Decision.WAIT
    tree.add(first.announce, 0.0)
    assert judge(tree, orphan) is Decision.SIGN


def test_descendant_of_an_invalid_packet_is_dropped() -> None:
    tree = make_tree()
    packets = grow(tree, 3)
    packets[0].valid = False
    assert judge(tree, packets[2]) is Decision.DROP


def test_descendant_of_a_rejected_packet_is_dropped() -> None:
    tree = make_tree()
    packets = grow(tree, 3)
    packets[1].rejected = True
    assert judge(tree, packets[2]) is Decision.DROP


def test_branch_beside_the_committed_one_is_dropped() -> None:
    tree = make_tree()
    first = add_packet(tree, None)
    rival = add_packet(tree, None, view=1)
    on_rival = add_packet(tree, rival, view=1)
    tree.commit(1, first.digest)
    assert judge(tree, rival) is Decision.DROP
    assert judge(tree, on_rival) is Decision.DROP


def test_rival_of_a_later_view_waits_for_t1_after_the_signature() -> None:
    tree = make_tree()
    first, rival = add_packet(tree, None), add_packet(tree, None, view=1)
    signed = [Signed(first.digest, first.header.view, at=100.0)]
    assert judge(tree, rival, signed, now=105.9) is Decision.WAIT
    assert judge(tree, rival, signed, now=106.0) is Decision.SIGN


def test_rival_of_a_packet_with_a_quorum_is_not_signed() -> None:
    tree = make_tree()
    first, rival = add_packet(tree, None), add_packet(tree, None, view=1)
    first.quorum = True
    assert (
        judge(tree, rival, [Signed(first.digest, first.header.view, at=0.0)], now=1000.0)
        is Decision.WAIT
    )


def test_rival_of_the_same_or_an_earlier_view_is_never_signed() -> None:
    tree = make_tree()
    early, late = add_packet(tree, None, view=1), add_packet(tree, None, view=2)
    assert (
        judge(tree, early, [Signed(late.digest, late.header.view, at=0.0)], now=1000.0)
        is Decision.DROP
    )
    twin = replace(late.announce, header=replace(late.header, timestamp=late.header.timestamp + 1))
    same = tree.add(twin, 0.0)
    assert same is not None
    assert (
        judge(tree, same, [Signed(late.digest, late.header.view, at=0.0)], now=1000.0)
        is Decision.DROP
    )


def test_rival_of_a_packet_on_a_dead_branch_is_signed_at_once() -> None:
    """Packet 1 dies while packet 2 on it had its quorum: packet 2 of the other branch goes on."""
    tree = make_tree()
    dead = add_packet(tree, None)
    on_dead = add_packet(tree, dead)
    on_dead.quorum = True
    replacement = add_packet(tree, None, view=1)
    following = add_packet(tree, replacement, view=1)
    signed = [Signed(on_dead.digest, on_dead.header.view, at=0.0)]
    assert judge(tree, following, signed, now=1.0) is Decision.WAIT
    tree.commit(1, replacement.digest)
    assert judge(tree, following, signed, now=1.0) is Decision.SIGN


def test_rewound_commit_opens_its_number_again() -> None:
    tree = make_tree()
    first = add_packet(tree, None)
    rival = add_packet(tree, None, view=1)
    tree.commit(1, first.digest)
    assert judge(tree, rival) is Decision.DROP
    tree.rewind(0)
    assert judge(tree, rival) is Decision.SIGN


def test_rival_of_a_packet_that_only_the_history_knows_waits_for_t1() -> None:
    """After a restart nothing but the digest is known of what was signed before."""
    tree = make_tree()
    rival = add_packet(tree, None, view=1)
    signed = [Signed(b"\x01" * 32, 1, at=100.0)]
    assert judge(tree, rival, signed, now=105.9) is Decision.WAIT
    assert judge(tree, rival, signed, now=106.0) is Decision.SIGN
