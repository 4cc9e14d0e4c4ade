"""The native endorser and the specification give the same verdict on every packet."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings

from corollup.engine import EngineName, get_engine
from corollup.errors import Reason
from corollup.spec.constants import MAX_CODES
from corollup.spec.containers import Config, ExecutionResult, compute_digest
from corollup.spec.verdict import Anchor, Context, Inbox, Network, Schedule, Verdict
from tests.spec.strategies import byte_changes
from tests.vectors.generate import FOLDER
from tests.vectors.generate_rejections import render

DOCUMENT = json.loads((FOLDER / "rejections.json").read_text())
VALID = bytes.fromhex(DOCUMENT["valid"][2:])
HINTS = bytes.fromhex(DOCUMENT["hints"][2:])
ENGINES: tuple[EngineName, ...] = ("native", "reference")


def read_context(shown: Any) -> Context:
    network, anchor, schedule = shown["network"], shown["anchor"], shown["schedule"]
    inbox = shown["inbox"]
    return Context(
        network=Network(read(network["domain"]), Config.decode(read(network["config"]))),
        parent_hash=read(shown["parent_hash"]),
        anchor=Anchor(
            read(anchor["hash"]),
            int(anchor["timestamp"], 16),
            read(anchor["prev_randao"]),
            int(anchor["depth"], 16),
        ),
        schedule=Schedule(read(schedule["producer"]), read(schedule["key"])),
        inbox=Inbox(int(inbox["due"], 16), int(inbox["sent"], 16), read(inbox["hash"])),
        payload_hashes=None
        if shown["payload_hashes"] is None
        else tuple(read(payload_hash) for payload_hash in shown["payload_hashes"]),
        fee_cover=int(shown["fee_cover"], 16),
        hints=None if shown["hints"] is None else read(shown["hints"]),
    )


def read(shown: str) -> bytes:
    return bytes.fromhex(shown[2:])


CONTEXT = read_context(DOCUMENT["context"])


def verify(name: EngineName, encoded: bytes, context: Context) -> Verdict:
    return get_engine(name).endorser.verify(encoded, context)


def test_generating_again_gives_the_same_file() -> None:
    assert (FOLDER / "rejections.json").read_text() == render()


def test_every_reason_has_a_packet() -> None:
    assert [case["reason"] for case in DOCUMENT["invalid"]] == [reason.value for reason in Reason]


@pytest.mark.parametrize("name", ENGINES)
def test_the_valid_packet_is_accepted(name: EngineName) -> None:
    result = ExecutionResult.decode(VALID)
    digest = compute_digest(result.domain, result.header)
    verdict = verify(name, VALID, CONTEXT)
    assert verdict == Verdict(None, "", result.header, digest, ())
    assert verdict.status == 1


@pytest.mark.parametrize("name", ENGINES)
def test_true_hints_change_nothing(name: EngineName) -> None:
    verdict = verify(name, VALID, replace(CONTEXT, hints=HINTS))
    assert verdict == verify(name, VALID, CONTEXT)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("case", DOCUMENT["invalid"], ids=lambda case: case["reason"])
def test_a_false_hint_never_makes_a_packet_invalid(name: EngineName, case: Any) -> None:
    context = read_context(case["context"]) if "context" in case else CONTEXT
    verdict = verify(name, read(case["encoded"]), replace(context, hints=HINTS[1:]))
    if case["class"] == "REJECT" or case["reason"] == "MissingCode":
        assert (verdict.reason, verdict.status) == (Reason.FALSE_HINT, None)
    else:
        assert verdict.reason is Reason(case["reason"])


@pytest.mark.parametrize("name", ENGINES)
def test_codes_are_not_more_than_a_list_has_accounts(name: EngineName) -> None:
    result = ExecutionResult.decode(VALID)

    def judge(count: int) -> Reason | None:
        body = replace(result.body, codes=(b"",) * count)
        return verify(name, replace(result, body=body).encode(), CONTEXT).reason

    assert judge(MAX_CODES) is Reason.UNLISTED_CODE
    assert judge(MAX_CODES + 1) is Reason.MALFORMED_ENCODING


@pytest.mark.parametrize("name", ENGINES)
def test_a_check_without_knowledge_is_named(name: EngineName) -> None:
    verdict = verify(name, VALID, Context())
    assert verdict.status == 1
    assert verdict.checks_not_done == (
        "domain",
        "parent",
        "anchor",
        "schedule",
        "inbox",
        "cover",
    )


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("case", DOCUMENT["invalid"], ids=lambda case: case["reason"])
def test_a_fault_has_its_reason(name: EngineName, case: Any) -> None:
    context = read_context(case["context"]) if "context" in case else CONTEXT
    verdict = verify(name, read(case["encoded"]), context)
    assert verdict.reason is Reason(case["reason"])
    assert verdict.reason.reason_class.value == case["class"]
    assert verdict.status == (0 if case["class"] == "REJECT" else None)
    assert verdict.checks_not_done == ()
    assert (verdict.header is None) == (verdict.reason is Reason.MALFORMED_ENCODING)


@given(changed=byte_changes(VALID))
@example(changed=b"")
@settings(max_examples=25, deadline=None)
def test_a_changed_byte_gives_the_same_verdict(changed: bytes) -> None:
    native, reference = (verify(name, changed, Context()) for name in ENGINES)
    assert native.reason is reference.reason is not None
    assert (native.header, native.digest) == (reference.header, reference.digest)
    assert native.checks_not_done == reference.checks_not_done
