"""The inbox as a node sees it: what packets consume, and what is due."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corollup.errors import Reason, Rejected
from corollup.l1.events import decode_event
from corollup.l1.inbox_events import INBOX_FORMS, MessageQueued
from corollup.node.environment import verify_inbox
from corollup.node.l1_inbox import InboxView
from corollup.spec.containers import GenesisParent, Header, HeaderParent, InboxSection
from corollup.spec.inbox import (
    InboxCountError,
    InboxMessage,
    SentMessage,
    compute_due_count,
    verify_inbox_count,
)
from tests.node.builders import (
    SettableClock,
    make_config,
    make_epoch,
    make_header,
    make_l1_view,
    make_seat,
    make_tree,
)

SENDER = b"\x11" * 20
TARGET = b"\x22" * 20
HALF_GAS = 15_000_000
DELAY = 20


def make_message(gas: int = 100_000, data: bytes = b"") -> InboxMessage:
    return InboxMessage(SENDER, TARGET, 5, 3, gas, data)


def make_view(*sent: tuple[int, int]) -> InboxView:
    """A view of messages of these L1 blocks and gas."""
    view = InboxView(make_config(forced_inclusion_delay=DELAY), l1_chain_id=31337)
    for index, (l1_number, gas) in enumerate(sent):
        view.apply(MessageQueued(index, make_message(gas)), l1_number)
    return view


def test_packet_takes_all_that_was_sent_up_to_its_anchor() -> None:
    view = make_view((10, 100_000), (11, 200_000), (12, 300_000))
    section = view.select(0, 11)
    assert section == InboxSection(31337, tuple(view.messages[:2]))
    assert section.extend_hash(0, bytes(32)) == view.hashes[2]
    assert view.select(2, 11) == InboxSection()


def test_packet_takes_no_more_than_half_of_its_gas() -> None:
    view = make_view((10, HALF_GAS - 100_000), (10, 100_000), (10, 21_000))
    assert len(view.select(0, 10).messages) == 2
    assert len(view.select(2, 10).messages) == 1


def test_message_is_due_after_the_delay() -> None:
    view = make_view((10, 100_000), (11, 100_000))
    due = [view.describe(0, 0, 10 + DELAY + later).due for later in (-1, 0, 1)]
    assert due == [0, 1, 2]
    assert view.describe(0, 1, 10).sent == 1
    assert view.describe(0, 9, 10).hash == bytes(32)


def test_lost_blocks_take_their_messages_along() -> None:
    view = make_view((10, 100_000))
    view.clear()
    assert (view.messages, view.sent, view.hashes) == ([], [], [bytes(32)])


gas = st.integers(21_000, HALF_GAS)
blocks = st.lists(st.tuples(st.integers(0, 60), gas), max_size=8)


@given(blocks, st.integers(0, 8), st.integers(0, 60))
def test_counts_from_the_due_one_to_the_chosen_one_are_right(
    sent: list[tuple[int, int]], parent_count: int, l1_number: int
) -> None:
    messages = [SentMessage(*message) for message in sorted(sent, key=lambda message: message[0])]
    parent_count = min(parent_count, len(messages))

    def is_right(count: int) -> bool:
        try:
            verify_inbox_count(messages, parent_count, count, l1_number, 2 * HALF_GAS, DELAY)
        except InboxCountError:
            return False
        return True

    right = [count for count in range(len(messages) + 1) if is_right(count)]
    due = compute_due_count(messages, parent_count, l1_number, 2 * HALF_GAS, DELAY)
    assert right
    assert min(right) == due
    assert right == list(range(due, max(right) + 1))


def check(header: Header, parent: HeaderParent | GenesisParent, *sent: tuple[int, int]) -> None:
    epoch = make_epoch([make_seat(index)[1] for index in range(4)], 1)
    config = make_config(forced_inclusion_delay=DELAY)
    l1 = make_l1_view(config, epoch, SettableClock())
    l1.inbox = make_view(*sent)
    verify_inbox(header, parent, l1)


def test_header_consumes_the_messages_of_the_l1() -> None:
    tree = make_tree()
    genesis = GenesisParent(tree.config, tree.genesis)
    sent = ((10, 100_000), (11, 100_000))
    hashes = make_view(*sent).hashes
    check(make_header(1, l1_number=11, inbox_count=2, inbox_hash=hashes[2]), genesis, *sent)
    check(make_header(1, l1_number=11), genesis, *sent)
    parent = HeaderParent(make_header(1, l1_number=11, inbox_count=1, inbox_hash=hashes[1]))
    check(make_header(2, l1_number=40, inbox_count=2, inbox_hash=hashes[2]), parent, *sent)
    for number, count, inbox_hash in (
        (10, 2, hashes[2]),  # not sent yet
        (11 + DELAY, 1, hashes[1]),  # one more is due
        (11, 1, hashes[2]),  # not the hash of this count
        (11, 3, bytes(32)),  # there are not so many
    ):
        header = make_header(1, l1_number=number, inbox_count=count, inbox_hash=inbox_hash)
        with pytest.raises(Rejected) as rejected:
            check(header, genesis, *sent)
        assert rejected.value.reason is Reason.WRONG_INBOX


def test_network_without_a_bridge_consumes_nothing() -> None:
    tree = make_tree()
    genesis = GenesisParent(tree.config, tree.genesis)
    check(make_header(1, l1_number=10_000), genesis)
    with pytest.raises(Rejected):
        check(make_header(1, l1_number=10_000, inbox_count=1), genesis)


def test_event_is_read() -> None:
    from eth_abi import abi

    (form,) = INBOX_FORMS
    message = make_message(data=b"\x01\x02")
    topics = [form.topic, (7).to_bytes(32, "big"), bytes(12) + SENDER, bytes(12) + TARGET]
    values = (message.mint, message.value, message.gas, message.data)
    data = abi.encode(["uint256", "uint256", "uint64", "bytes"], values)
    assert decode_event(topics, data) == MessageQueued(7, message)
