"""Every container has exactly one encoding."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corollup.errors import EncodingError, Reason, Rejected
from corollup.spec.constants import MAX_TRANSACTION_BYTES, Fork, get_fork, is_replay_version
from corollup.spec.containers import (
    Body,
    Config,
    ExecutionResult,
    Genesis,
    GenesisParent,
    Header,
    HeaderParent,
    Parent,
    compute_digest,
    compute_parent_hash,
    decode_payload,
    encode_payload,
)
from tests.spec.strategies import (
    byte_changes,
    decode_or_refuse,
    execution_results,
    parents,
    structs,
)
from tests.vectors.generate import make_struct

HEADER = make_struct(Header, "header")


def make_result(
    access_list: bytes = b"",
    payload: bytes = b"",
    codes: tuple[bytes, ...] = (),
    proof: bytes = b"",
) -> ExecutionResult:
    return ExecutionResult(
        domain=bytes(32),
        l2_chain_id=1,
        parent=HeaderParent(HEADER),
        producer_key=bytes(48),
        producer_signature=bytes(96),
        header=HEADER,
        body=Body(access_list, payload, codes, proof),
    )


@pytest.mark.parametrize("struct", [Config, Genesis, Header])
@given(data=st.data())
@settings(max_examples=30)
def test_a_struct_has_one_encoding(struct: Any, data: st.DataObject) -> None:
    value = data.draw(structs(struct))
    encoded = value.encode()
    assert struct.decode(encoded) == value
    changed = data.draw(byte_changes(encoded))
    other = decode_or_refuse(struct.decode, changed)
    assert other is None or (other != value and other.encode() == changed)


@given(data=st.data())
@settings(max_examples=60)
def test_an_execution_result_has_one_encoding(data: st.DataObject) -> None:
    result = data.draw(execution_results)
    encoded = result.encode()
    assert ExecutionResult.decode(encoded) == result
    changed = data.draw(byte_changes(encoded))
    other = decode_or_refuse(ExecutionResult.decode, changed)
    assert other is None or (other != result and other.encode() == changed)


@given(transactions=st.lists(st.binary(max_size=40), max_size=5), data=st.data())
@settings(max_examples=60)
def test_a_payload_has_one_encoding(transactions: list[bytes], data: st.DataObject) -> None:
    payload = encode_payload(transactions)
    assert decode_payload(payload) == tuple(transactions)
    changed = data.draw(byte_changes(payload))
    other = decode_or_refuse(decode_payload, changed)
    assert other is None or (other != tuple(transactions) and encode_payload(other) == changed)


@given(parent=parents)
@settings(max_examples=30)
def test_a_parent_gives_what_the_next_packet_stands_on(parent: Parent) -> None:
    domain = bytes(31) + b"\1"
    if isinstance(parent, GenesisParent):
        genesis = parent.genesis
        expected = (genesis.compute_hash(), parent.config.genesis_number, genesis.state_root)
    else:
        header = parent.header
        expected = (compute_digest(domain, header), header.number, header.post_state_root)
    assert (compute_parent_hash(domain, parent), parent.number, parent.state_root) == expected


def test_a_value_above_its_type_has_no_encoding() -> None:
    genesis = Genesis(bytes(32), bytes(32), 1 << 64, bytes(32))
    message = f"Genesis: l1_number is {1 << 64}, which does not fit in 64 bits"
    with pytest.raises(EncodingError, match=message):
        genesis.encode()


def test_bytes_of_another_size_have_no_encoding() -> None:
    genesis = Genesis(bytes(31), bytes(32), 1, bytes(32))
    with pytest.raises(EncodingError, match="Genesis: config_hash has 31 bytes, expected 32"):
        genesis.encode()


def test_the_payload_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corollup.spec.containers.result.MAX_PAYLOAD_BYTES", 100)
    check_bound(make_result(payload=bytes(100)), make_result(payload=bytes(101)), "payload", 100)


def test_the_sum_of_the_codes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corollup.spec.containers.result.MAX_CODE_BYTES", 100)
    at_bound = make_result(codes=(bytes(60), bytes(40)))
    check_bound(at_bound, make_result(codes=(bytes(60), bytes(41))), "codes", 100)


def test_the_whole_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    at_bound = make_result(proof=bytes(100))
    limit = len(at_bound.encode())
    monkeypatch.setattr("corollup.spec.containers.result.MAX_RESULT_BYTES", limit)
    check_bound(at_bound, make_result(proof=bytes(101)), "execution result", limit)


def check_bound(
    at_bound: ExecutionResult, past_bound: ExecutionResult, what: str, limit: int
) -> None:
    assert ExecutionResult.decode(at_bound.encode()) == at_bound
    with pytest.raises(Rejected) as caught:
        ExecutionResult.decode(past_bound.encode())
    assert caught.value.reason is Reason.LIMIT_EXCEEDED
    assert caught.value.message == f"{what} has {limit + 1} bytes, the limit is {limit}"


def test_transactions_are_bounded() -> None:
    at_bound = bytes(MAX_TRANSACTION_BYTES)
    assert decode_payload(encode_payload([at_bound])) == (at_bound,)
    with pytest.raises(EncodingError, match=f"transactions have {MAX_TRANSACTION_BYTES + 1} bytes"):
        encode_payload([at_bound, b"x"])


def test_versions_name_their_fork() -> None:
    assert get_fork(1) is Fork.OSAKA
    assert [get_fork(0x100 + number) for number in range(14)] == list(Fork)
    assert [get_fork(version) for version in (0, 2, 0xFF, 0x10E, 1 << 31)] == [None] * 5
    assert not is_replay_version(1)
    assert is_replay_version(0x100)
