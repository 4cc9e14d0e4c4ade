"""The Reveals: nodes of the lists of a committed packet that somebody demands."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from corollup.l1.abi import Call, decode_values, encode_call
from corollup.l1.client import L1Client
from corollup.l1.payouts import CommittedProof
from corollup.l1.verdicts import ACCUSED, Accused
from corollup.spec.containers import Header
from corollup.spec.evidence.reveals import Answer

PLACE: Final = "(uint8,uint8,uint64)"
"""ABI type of a place in a list."""
_ANSWER: Final = "(bytes,bytes32,bytes32,uint64,bytes32[])"


class ListKind(IntEnum):
    """Lists that are not on L1."""

    ACCESS = 0
    """The access list."""
    UPDATE = 1
    """The update list."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a list of a packet: over the leaves from `index · 2^level` on."""

    kind: ListKind
    """The list."""
    level: int
    """Height above the leaves."""
    index: int
    """Place among the nodes of its level."""

    def to_abi(self) -> tuple[int, int, int]:
        """Return the values of the ABI struct."""
        return int(self.kind), self.level, self.index


@dataclass(frozen=True, slots=True)
class Reveals:
    """Calls and views of the contract at an address."""

    client: L1Client = field(repr=False)
    """Where views are asked."""
    address: bytes
    """The contract."""

    def demand(self, header: Header, place: Place, commit: CommittedProof, bond: int) -> Call:
        """Demand what is at a place of a committed packet."""
        values = [header.encode(), place.to_abi(), commit.encode()]
        return self._call("demand", ["bytes", PLACE, "bytes"], values, bond)

    def answer(self, header: Header, place: Place, answer: Answer) -> Call:
        """Answer a demand."""
        shown = (answer.item, answer.left, answer.right, answer.count, list(answer.path))
        return self._call(
            "answer", ["bytes", PLACE, _ANSWER], [header.encode(), place.to_abi(), shown]
        )

    def report_withheld(self, header: Header, place: Place, accused: Accused) -> Call:
        """Report a demand that nobody answered in time."""
        values = [header.encode(), place.to_abi(), accused.to_abi()]
        return self._call("reportWithheld", ["bytes", PLACE, ACCUSED], values)

    def withdraw_bond(self) -> Call:
        """Pay the sender's bonds."""
        return self._call("withdrawBond", [], [])

    async def get_bond(self, digest: bytes) -> int:
        """Return the bond of the next demand of a packet, wei."""
        answer = await self.client.call(self.address, encode_call("bondOf", ["bytes32"], [digest]))
        return int(decode_values(["uint256"], answer)[0])

    def _call(self, name: str, types: list[str], values: list[Any], value: int = 0) -> Call:
        return Call(self.address, encode_call(name, types, values), value)
