"""Messages from L2 to L1: reading the outbox's logs."""

import pytest

from corollup.errors import EncodingError
from corollup.spec.outbox import (
    MESSAGE_SENT_TOPIC,
    OUTBOX,
    PlacedWithdrawal,
    Withdrawal,
    collect_withdrawals,
    decode_withdrawal,
)
from corollup.spec.receipts import Log, Receipt

SENDER = b"\x11" * 20
TARGET = b"\x22" * 20


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def make_log(nonce: int, data: bytes) -> Log:
    padded = data + bytes(-len(data) % 32)
    return Log(
        address=OUTBOX,
        topics=(MESSAGE_SENT_TOPIC, word(nonce), SENDER.rjust(32, b"\0"), TARGET.rjust(32, b"\0")),
        data=word(7) + word(30_000) + word(96) + word(len(data)) + padded,
    )


@pytest.mark.parametrize("data", [b"", b"\x01", bytes(32), bytes(33)])
def test_a_log_is_read(data: bytes) -> None:
    expected = Withdrawal(5, SENDER, TARGET, 7, 30_000, data)
    assert decode_withdrawal(make_log(5, data)) == expected


def test_messages_are_collected_in_order_of_appearance() -> None:
    other = Log(SENDER, (MESSAGE_SENT_TOPIC,), b"")
    receipts = [
        Receipt(True, 1, (other, make_log(0, b""))),
        Receipt(True, 2, ()),
        Receipt(True, 3, (make_log(1, b"x"), other, make_log(2, b""))),
    ]
    placed = collect_withdrawals(receipts)
    places = [(item.withdrawal.nonce, item.position, item.log) for item in placed]
    assert places == [(0, 0, 1), (1, 2, 0), (2, 2, 2)]
    assert isinstance(placed[0], PlacedWithdrawal)


def test_other_bytes_are_refused() -> None:
    log = make_log(5, b"abc")
    for topics, data in [
        (log.topics[:3], log.data),
        (log.topics, log.data[:-1]),
        (log.topics, log.data + b"\0"),
        ((*log.topics[:1], b"\xff" * 32, *log.topics[2:]), log.data),
        (log.topics, log.data[:96] + b"\xff" * 32 + log.data[128:]),
    ]:
        with pytest.raises(EncodingError):
            decode_withdrawal(Log(OUTBOX, topics, data))
