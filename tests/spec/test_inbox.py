"""Messages from L1 to L2: what a packet may consume, and what their gas costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corollup.spec.inbox import (
    QUIET_BLOCKS,
    InboxCountError,
    SentMessage,
    choose_inbox_count,
    compute_alias,
    compute_next_gas_price,
    verify_inbox_count,
)
from tests.vectors.generate import FOLDER
from tests.vectors.generate_bridge import LAYOUTS, render

GAS_LIMIT = 1_600_000
MESSAGE_GAS = GAS_LIMIT // 8
DELAY = 20

messages = st.lists(
    st.builds(SentMessage, st.integers(1, 60), st.integers(21_000, MESSAGE_GAS)), max_size=30
).map(lambda sent: sorted(sent, key=lambda message: message.l1_number))


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "escape"])
def test_vectors_are_what_the_reference_writes(layout: str) -> None:
    assert (FOLDER / f"{layout}.json").read_text() == render(layout)


@given(messages, st.data())
def test_no_messages_leave_a_packet_without_a_choice(
    sent: list[SentMessage], data: st.DataObject
) -> None:
    parent = data.draw(st.integers(0, len(sent)))
    parent_anchor = max((message.l1_number for message in sent[:parent]), default=0)
    anchor = data.draw(st.integers(parent_anchor, 100))
    count = choose_inbox_count(sent, parent, anchor, GAS_LIMIT)
    verify_inbox_count(sent, parent, count, anchor, GAS_LIMIT, DELAY)
    if parent < len(sent) and sent[parent].l1_number + DELAY <= anchor:
        assert count > parent


def refuse(sent: list[SentMessage], parent: int, count: int, anchor: int, message: str) -> None:
    with pytest.raises(InboxCountError) as caught:
        verify_inbox_count(sent, parent, count, anchor, GAS_LIMIT, DELAY)
    assert str(caught.value) == message


def test_each_rule_is_refused_one_past_its_bound() -> None:
    sent = [SentMessage(10, MESSAGE_GAS)] * 5
    refuse(sent, 0, 6, 10, "6 is not from 0 to 5")
    refuse(sent, 3, 2, 10, "2 is not from 3 to 5")
    refuse(sent, 0, 1, 9, "message 0 was sent after block 9")
    refuse(sent, 0, 5, 10, "messages have 1000000 gas, at most 800000")
    verify_inbox_count(sent, 0, 4, 29, GAS_LIMIT, DELAY)
    verify_inbox_count(sent, 0, 3, 29, GAS_LIMIT, DELAY)
    refuse(sent, 0, 3, 30, "message 3 is due and left out")
    verify_inbox_count(sent, 0, 4, 30, GAS_LIMIT, DELAY)


def test_an_alias_wraps_around() -> None:
    assert compute_alias(b"\xff" * 20).hex() == "1111000000000000000000000000000000001110"


def test_the_price_rises_and_falls_by_an_eighth_at_most() -> None:
    price, target = 8_000, GAS_LIMIT // 8
    assert compute_next_gas_price(price, 2 * target, 0, GAS_LIMIT, 100) == 9_000
    assert compute_next_gas_price(price, target, 0, GAS_LIMIT, 100) == 8_000
    assert compute_next_gas_price(price, 0, 0, GAS_LIMIT, 100) == 7_000
    assert compute_next_gas_price(price, target, 1, GAS_LIMIT, 100) == 7_000
    assert compute_next_gas_price(price, 0, 0, GAS_LIMIT, 7_500) == 7_500
    assert compute_next_gas_price(7, target + 1, 0, GAS_LIMIT, 1) == 8
    assert compute_next_gas_price(2**64 - 1, 2 * target, 0, GAS_LIMIT, 1) == 2**64 - 1
    assert compute_next_gas_price(2**64 - 1, 0, QUIET_BLOCKS, GAS_LIMIT, 1) == 1
