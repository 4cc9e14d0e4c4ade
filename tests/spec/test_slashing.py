from dataclasses import replace
from typing import Any

import pytest

from corollup.spec import bls
from corollup.spec.containers import Header, compute_digest, compute_endorse_message
from corollup.spec.encoding import Unsigned, get_codecs
from corollup.spec.slashing import (
    Evidence,
    Offence,
    Statement,
    find_offence,
    verify_evidence,
)

DOMAIN = b"\x0d" * 32
SECRET = bls.derive_secret_key(bytes(32), "m/0")
KEY = bls.compute_public_key(SECRET)
FIELDS: dict[str, Any] = {
    name: 7 if isinstance(codec, Unsigned) else bytes(codec.size)
    for name, codec in get_codecs(Header).items()
}
HEADER = Header(**FIELDS)
RIVAL = replace(HEADER, post_state_root=b"\x01" * 32)


def state(header: Header, status: int = 1, secret: bytes = SECRET) -> Statement:
    message = compute_endorse_message(compute_digest(DOMAIN, header), status)
    return Statement(header, status, bls.sign(secret, message))


def test_two_packets_of_one_turn_are_an_offence() -> None:
    evidence = Evidence(KEY, state(HEADER), state(RIVAL))
    assert verify_evidence(DOMAIN, evidence) == Offence.TWO_PACKETS


def test_both_statuses_of_one_packet_are_an_offence() -> None:
    evidence = Evidence(KEY, state(HEADER, 0), state(HEADER, 1))
    assert verify_evidence(DOMAIN, evidence) == Offence.TWO_STATUSES


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Statement(HEADER, 1, b""), Statement(HEADER, 1, b"")),
        (Statement(HEADER, 0, b""), Statement(HEADER, 0, b"")),
        (Statement(HEADER, 1, b""), Statement(replace(RIVAL, view=8), 1, b"")),
        (Statement(HEADER, 1, b""), Statement(replace(RIVAL, number=8), 1, b"")),
        (Statement(HEADER, 1, b""), Statement(RIVAL, 0, b"")),
        (Statement(HEADER, 0, b""), Statement(RIVAL, 0, b"")),
    ],
    ids=["repeated", "repeated 0", "next view", "next number", "1 and 0 of rivals", "0 of both"],
)
def test_what_an_honest_key_may_sign_is_none(first: Statement, second: Statement) -> None:
    assert find_offence(DOMAIN, first, second) is None
    assert find_offence(DOMAIN, second, first) is None


def test_another_keys_signature_proves_nothing() -> None:
    other = bls.derive_secret_key(bytes(32), "m/1")
    evidence = Evidence(KEY, state(HEADER), state(RIVAL, secret=other))
    assert verify_evidence(DOMAIN, evidence) is None


def test_signature_of_another_network_proves_nothing() -> None:
    evidence = Evidence(KEY, state(HEADER), state(RIVAL))
    assert verify_evidence(b"\x0e" * 32, evidence) is None


def test_signature_that_is_no_point_proves_nothing() -> None:
    evidence = Evidence(KEY, state(HEADER), Statement(RIVAL, 1, bytes(96)))
    assert verify_evidence(DOMAIN, evidence) is None
