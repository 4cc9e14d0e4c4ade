"""The checks of a header that need the L1."""

from dataclasses import replace
from typing import Any

import pytest

from corollup.errors import Reason, Rejected
from corollup.l1.client import L1Header
from corollup.node.environment import (
    compute_fee_cover,
    compute_greatest_fee,
    compute_greatest_refund,
    is_known,
    make_context,
    verify_environment,
    verify_fee_cover,
)
from corollup.node.headers import HeaderTree
from corollup.node.l1_view import L1View
from corollup.spec.containers import GenesisParent, Header, HeaderParent
from tests.node.builders import (
    DOMAIN,
    SettableClock,
    add_packet,
    make_config,
    make_epoch,
    make_header,
    make_l1_view,
    make_seat,
    make_tree,
)

NOW = 1_000_060
PRODUCER = bytes(20)


def make_anchor(number: int) -> L1Header:
    return L1Header(
        number=number,
        hash=bytes([number]) * 32,
        parent_hash=bytes([number - 1]) * 32,
        timestamp=1_000_000 + number,
        prev_randao=b"\x0f" * 32,
        base_fee=1,
        gas_limit=1,
        gas_used=1,
    )


def make_view(**changes: int) -> L1View:
    config = make_config(**({"refund_gas_price_cap": 1} | changes))
    epoch = make_epoch([make_seat(i)[1] for i in range(4)], 1)
    view = make_l1_view(config, epoch, SettableClock())
    view._headers = {number: make_anchor(number) for number in range(10, 21)}
    view.head = view.header(20)
    return view


def make_valid_header(view: L1View, **changes: Any) -> Header:
    anchor = view.header(19)
    assert anchor is not None
    values: dict[str, Any] = {
        "l1_number": 19,
        "l1_hash": anchor.hash,
        "prev_randao": anchor.prev_randao,
        "timestamp": anchor.timestamp,
        "fee_gas_price": 2,
        "fee_gas_limit": 1000,
    }
    return make_header(1, **(values | changes))


def genesis_of(tree: HeaderTree) -> GenesisParent:
    return GenesisParent(tree.config, tree.genesis)


def reason_of(header: Header, view: L1View) -> Reason:
    with pytest.raises(Rejected) as rejected:
        verify_environment(header, genesis_of(make_tree()), view)
    return rejected.value.reason


def test_valid_header_passes() -> None:
    view = make_view()
    verify_environment(make_valid_header(view), genesis_of(make_tree()), view)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"l1_number": 9}, Reason.WRONG_ANCHOR),
        ({"l1_hash": b"\x01" * 32}, Reason.WRONG_ANCHOR),
        ({"timestamp": 1_000_018}, Reason.ANCHOR_TIME_MISMATCH),
        ({"timestamp": 1_000_019 + 65}, Reason.ANCHOR_TIME_MISMATCH),
        ({"prev_randao": b"\x01" * 32}, Reason.WRONG_PREV_RANDAO),
        ({"producer": b"\x01" * 20}, Reason.PRODUCER_NOT_SCHEDULED),
    ],
)
def test_each_false_field_has_its_reason(changes: dict[str, object], reason: Reason) -> None:
    view = make_view()
    assert reason_of(make_valid_header(view, **changes), view) is reason


def test_anchor_may_be_as_old_as_configured() -> None:
    view = make_view()
    header = make_valid_header(view, timestamp=1_000_019 + 64)
    verify_environment(header, genesis_of(make_tree()), view)


def test_anchor_may_not_be_older_than_the_parents() -> None:
    view = make_view()
    header = make_valid_header(view)
    verify_environment(header, HeaderParent(replace(header, l1_number=19)), view)
    with pytest.raises(Rejected) as rejected:
        verify_environment(header, HeaderParent(replace(header, l1_number=20)), view)
    assert rejected.value.reason is Reason.ANCHOR_BEFORE_PARENT


def test_header_waits_until_its_anchor_is_deep_and_its_time_has_come() -> None:
    view = make_view()
    header = make_valid_header(view, timestamp=NOW)
    assert is_known(header, view, NOW)
    assert is_known(header, view, NOW - 2)
    assert not is_known(header, view, NOW - 2.1)
    assert not is_known(replace(header, l1_number=20), view, NOW)


def test_account_must_cover_the_whole_uncommitted_chain() -> None:
    view = make_view()
    tree = make_tree()
    own = add_packet(tree, None)
    header = make_valid_header(view)
    refund = compute_greatest_refund(view.config)
    ancestor = compute_greatest_fee(own.header.fee_gas_price, own.header.fee_gas_limit, view.config)
    pots = 2 * 1000 * view.config.committees

    view.covers[PRODUCER] = ancestor + refund + pots
    verify_fee_cover(header, (own,), view)
    assert compute_fee_cover(header, (own,), view) == pots
    view.covers[PRODUCER] -= 1
    with pytest.raises(Rejected) as rejected:
        verify_fee_cover(header, (own,), view)
    assert rejected.value.reason is Reason.FEE_COVER_TOO_LOW


def test_price_below_the_minimum_is_refused() -> None:
    view = make_view(min_fee_gas_price=3)
    view.covers[PRODUCER] = 10**18
    with pytest.raises(Rejected) as rejected:
        verify_fee_cover(make_valid_header(view), (), view)
    assert rejected.value.reason is Reason.FEE_TOO_LOW


def test_fee_that_leaves_gas_out_is_refused() -> None:
    view = make_view()
    view.covers[PRODUCER] = 10**18
    verify_fee_cover(make_valid_header(view, gas_used=1000), (), view)
    with pytest.raises(Rejected) as rejected:
        verify_fee_cover(make_valid_header(view, gas_used=1001), (), view)
    assert rejected.value.reason is Reason.FEE_TOO_LOW


def test_refund_is_bounded_by_the_gas_of_a_transaction() -> None:
    config = make_config(refund_gas_price_cap=2, max_payload_bytes=10**9)
    assert compute_greatest_refund(config) == 2 * (1 << 24)


def test_context_holds_what_this_node_knows() -> None:
    view = make_view()
    view.covers[PRODUCER] = 0
    context = make_context(make_valid_header(view), genesis_of(make_tree()), (), view, DOMAIN)
    assert context.network is not None
    assert context.network.domain == DOMAIN
    assert context.anchor is not None
    assert (context.anchor.hash, context.anchor.depth) == (bytes([19]) * 32, 1)
    assert context.schedule is not None
    assert context.schedule.producer == PRODUCER
    assert context.fee_cover == 0
