"""Receipts: the item of the receipts root, and RLP against the `rlp` package."""

from typing import Any

import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st

from corollup.spec.encoding import keccak256
from corollup.spec.receipts import Log, Receipt, encode_rlp

values: Any = st.recursive(
    st.binary(max_size=70) | st.binary(min_size=250, max_size=260),
    lambda items: st.lists(items, max_size=6),
    max_leaves=12,
)


@given(value=values)
def test_rlp_is_that_of_the_package(value: Any) -> None:
    assert encode_rlp(value) == rlp.encode(value)


@pytest.mark.parametrize("succeeded", [False, True])
def test_a_receipt_commits_to_its_logs(succeeded: bool) -> None:
    log = Log(b"\1" * 20, (b"\2" * 32,), b"data")
    receipt = Receipt(succeeded, 0x0102, (log,))
    logs_hash = keccak256(rlp.encode([[log.address, [log.topics[0]], log.data]]))
    assert receipt.encode() == bytes([succeeded]) + bytes(6) + b"\1\2" + logs_hash
