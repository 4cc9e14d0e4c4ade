"""Messages have exactly one encoding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corollup.errors import EncodingError
from corollup.node.messages import (
    MAX_HINTS,
    MAX_NAMED_CODES,
    MAX_TRANSACTION_BYTES,
    Announce,
    Endorsement,
    GetHeader,
    GetResult,
    Message,
    Result,
    TransactionGossip,
    Vote,
    decode_message,
)
from corollup.spec.constants import MAX_RESULT_BYTES
from tests.node.builders import make_header

DOMAIN = b"\x01" * 32
MESSAGES: list[Message] = [
    Announce(DOMAIN, make_header(7), b"\x02" * 96),
    Endorsement(DOMAIN, b"\x03" * 32, 1, b"\x04" * 48, b"\x05" * 96),
    Endorsement(DOMAIN, b"\x03" * 32, 0, b"\x04" * 48, b"\x05" * 96),
    TransactionGossip(DOMAIN, b"\x06"),
    TransactionGossip(DOMAIN, b"\x06" * MAX_TRANSACTION_BYTES),
    GetHeader(DOMAIN, b"\x07" * 32),
    GetResult(DOMAIN, b"\x07" * 32),
    GetResult(DOMAIN, b"\x07" * 32, (b"\x01" * 32, b"\x02" * 32)),
    Result(DOMAIN, b"", b"\x08"),
    Result(DOMAIN, b"\x09" * 192, b"\x08" * 100),
    Result(DOMAIN, b"\x09" * 96, b"\x08", (0, 5, 1023)),
    Vote(DOMAIN, 7, b"\x03" * 32, True, b"\x04" * 48, b"\x05" * 96),
    Vote(DOMAIN, 2**64 - 1, b"\x03" * 32, False, b"\x04" * 48, b"\x05" * 96),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_message_survives_the_wire(message: Announce) -> None:
    assert decode_message(message.encode()) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_another_length_is_refused(message: Announce) -> None:
    encoded = message.encode()
    if isinstance(message, TransactionGossip):
        cases = [encoded[:33], encoded[:33] + b"\0" * (MAX_TRANSACTION_BYTES + 1)]
    elif isinstance(message, Result):
        # What follows the hints and the omitted codes is not decoded here.
        end = 39 + len(message.hints) + 2 * len(message.omitted_codes)
        cases = [encoded[:33], encoded[:36], encoded[: end - 2], encoded[:end]]
    else:
        cases = [encoded[:-1], encoded + b"\0", encoded[:33]]
    for case in cases:
        with pytest.raises(EncodingError):
            decode_message(case)


def test_unknown_kind_and_status_are_refused() -> None:
    with pytest.raises(EncodingError, match=r"^message: has the unknown kind 9$"):
        decode_message(b"\x09" + DOMAIN)
    vote = bytearray(MESSAGES[-1].encode())
    vote[33 + 40] = 2
    with pytest.raises(EncodingError, match=r"^vote: has verdict 2, expected 0 or 1$"):
        decode_message(bytes(vote))
    with pytest.raises(EncodingError, match=r"^endorsement: has status 2, expected 0 or 1$"):
        decode_message(Endorsement(DOMAIN, b"\0" * 32, 2, b"\0" * 48, b"\0" * 96).encode())


def test_named_codes_have_their_limit() -> None:
    names = tuple(number.to_bytes(32, "big") for number in range(MAX_NAMED_CODES + 1))
    message = GetResult(DOMAIN, bytes(32), names[:-1])
    assert decode_message(message.encode()) == message
    with pytest.raises(EncodingError, match=r"^get result: has 32832 bytes after the domain$"):
        decode_message(GetResult(DOMAIN, bytes(32), names).encode())


@pytest.mark.parametrize("last", [b"\x01" * 32, b"\x02" * 32])
def test_names_that_do_not_ascend_are_refused(last: bytes) -> None:
    encoded = GetResult(DOMAIN, bytes(32), (b"\x02" * 32, last)).encode()
    with pytest.raises(EncodingError, match=r"^get result: has codes that do not ascend$"):
        decode_message(encoded)


def test_omitted_codes_have_their_limit_and_their_order() -> None:
    message = Result(DOMAIN, b"", b"\x08", tuple(range(MAX_NAMED_CODES)))
    assert decode_message(message.encode()) == message
    over = Result(DOMAIN, b"", b"\x08", tuple(range(MAX_NAMED_CODES + 1)))
    with pytest.raises(EncodingError, match=r"leaves out 1025 codes, the limit is 1024$"):
        decode_message(over.encode())
    for omitted in [(3, 3), (4, 3)]:
        with pytest.raises(EncodingError, match=r"^result: has codes that do not ascend$"):
            decode_message(Result(DOMAIN, b"", b"\x08", omitted).encode())


def test_hints_are_counted_before_they_are_read() -> None:
    def encode(count: int, size: int) -> bytes:
        return b"\x06" + DOMAIN + count.to_bytes(4, "big") + bytes(size)

    size = 96 * MAX_HINTS
    assert len(decode_message(encode(MAX_HINTS, size + 3)).hints) == size  # type: ignore[union-attr]
    with pytest.raises(EncodingError, match=r"^result: has 65537 hints, the limit is 65536$"):
        decode_message(encode(MAX_HINTS + 1, 100))
    with pytest.raises(EncodingError, match=r"^result: has 103 bytes after the domain, 2 hints,"):
        decode_message(encode(2, 99))


def test_result_has_its_limit_beside_its_hints() -> None:
    message = Result(DOMAIN, bytes(96), bytes(MAX_RESULT_BYTES))
    assert decode_message(message.encode()) == message
    with pytest.raises(EncodingError, match=r"^result: has \d+ bytes after the domain, 1 hints,"):
        decode_message(message.encode() + b"\0")


def test_header_that_is_not_canonical_is_refused() -> None:
    encoded = bytearray(MESSAGES[0].encode())
    encoded[33] = 1
    with pytest.raises(EncodingError, match="version is not a canonical word"):
        decode_message(bytes(encoded))


@given(st.binary(max_size=1200))
def test_any_bytes_decode_canonically_or_not_at_all(data: bytes) -> None:
    try:
        message = decode_message(data)
    except EncodingError:
        return
    assert message.encode() == data
