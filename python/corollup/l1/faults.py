"""Evidence as the fault contracts take it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from corollup.l1.abi import encode_arguments
from corollup.spec.evidence.access_list import AccessForm, ValueBefore
from corollup.spec.evidence.packets import Evidence
from corollup.spec.evidence.ranges import Range
from corollup.spec.evidence.stem_proofs import StemProof
from corollup.spec.evidence.update_list import (
    MissingParent,
    MissingStem,
    NeedlessNode,
    Preimage,
    StemOverOther,
    StemReason,
    StemWithKids,
    UpdateForm,
)
from corollup.spec.evidence.update_nodes import ScalarBefore, WrongNode, WrongStem
from corollup.spec.verkle.partial import Values

STEM_CLAIM: Final = "(bytes31,bytes,bytes32[])"
"""ABI type of the values that keys of one stem are said to have."""

STEM_PROOF: Final = "(uint8,uint256,bytes,bytes31,bytes32,bytes,bytes,uint256[])"
"""ABI type of their proof."""

RANGE: Final = "(bytes[],uint64,uint64,bytes32[])"
"""ABI type of consecutive items of a list."""

PREIMAGE: Final = "(bytes,bytes31,bytes32)"
"""ABI type of what was in a slot."""

STEM_REASON: Final = f"(bytes31,{RANGE},{RANGE},{RANGE},bytes32)"
"""ABI type of why a stem must have an entry."""


@dataclass(frozen=True, slots=True)
class Report:
    """How an evidence is reported, between the header before and the accused behind it."""

    contract: str
    """Name of the contract."""

    function: str
    """Name of its function."""

    types: Sequence[str]
    """ABI types of the evidence's fields."""


REPORTS: Final[dict[type[Evidence], Report]] = {
    ValueBefore: Report("AccessFaults", "reportValueBefore", [RANGE, "bytes32", STEM_PROOF]),
    AccessForm: Report("AccessFaults", "reportForm", [RANGE]),
    UpdateForm: Report("UpdateListFaults", "reportForm", [RANGE]),
    MissingParent: Report("UpdateListFaults", "reportMissingParent", [RANGE, RANGE]),
    StemWithKids: Report("UpdateListFaults", "reportStemWithKids", [RANGE, RANGE]),
    StemOverOther: Report("UpdateListFaults", "reportStemOverOther", [RANGE, PREIMAGE]),
    NeedlessNode: Report("UpdateListFaults", "reportNeedlessNode", [RANGE, PREIMAGE, RANGE]),
    MissingStem: Report("UpdateListFaults", "reportMissingStem", [STEM_REASON, RANGE, RANGE]),
    ScalarBefore: Report("UpdateNodeFaults", "reportBefore", [RANGE, STEM_CLAIM, STEM_PROOF]),
    WrongNode: Report("UpdateNodeFaults", "reportNode", [RANGE, PREIMAGE, RANGE]),
    WrongStem: Report("UpdateNodeFaults", "reportStem", [RANGE, RANGE, "bytes32", STEM_PROOF]),
}
"""Where each evidence is reported."""


def get_evidence_values(evidence: Evidence) -> list[Any]:
    """Return the arguments that an evidence stands for."""
    names = [field.name for field in fields(evidence)]  # type: ignore[arg-type]
    return [get_abi_value(getattr(evidence, name)) for name in names]


def encode_evidence(evidence: Evidence) -> bytes:
    """Encode the arguments that an evidence stands for."""
    return encode_arguments(REPORTS[type(evidence)].types, get_evidence_values(evidence))


def get_abi_value(value: Any) -> Any:
    """Return a field of an evidence as the encoder takes it."""
    match value:
        case StemProof() | Range() | Preimage() | StemReason():
            return tuple(get_abi_value(getattr(value, field.name)) for field in fields(value))
        case ((bytes(), bytes()), *_):
            return get_stem_claim(value)
        case tuple() | list():
            return [get_abi_value(item) for item in value]
        case _:
            return value


def get_stem_claim(values: Values) -> tuple[Any, ...]:
    """Return the fields of the claim that keys of one stem have values."""
    suffixes = bytes(key[31] for key, _ in values)
    return values[0][0][:31], suffixes, [value for _, value in values]


def get_stem_proof(proof: StemProof) -> tuple[Any, ...]:
    """Return the fields of the proof of a claim."""
    return tuple(get_abi_value(getattr(proof, field.name)) for field in fields(proof))
