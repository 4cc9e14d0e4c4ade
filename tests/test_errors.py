"""The reasons are the same in Python and in Rust: name, class, order and explanation."""

import re

from corollup.errors import Reason
from tests.support import PROJECT_ROOT

RUST_REASON = re.compile(r"/// (?P<doc>.+)\n +(?P<reason_class>Ignore|Reject) (?P<name>\w+),")


def test_reasons_are_those_of_the_native_core() -> None:
    source = (PROJECT_ROOT / "rust/core/src/error.rs").read_text()
    native = [(m["name"], m["reason_class"].upper()) for m in RUST_REASON.finditer(source)]
    assert native == [(reason.value, reason.reason_class.value) for reason in Reason]


def test_member_names_are_the_values_in_capitals() -> None:
    for reason in Reason:
        assert reason.name == re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", reason.value).upper()
