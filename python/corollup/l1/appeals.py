"""The Appeals: the votes of all seats of an epoch on a committed packet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from corollup.l1.abi import (
    G1_POINT,
    G2_POINT,
    Call,
    decode_values,
    encode_call,
    pack_positions,
    split_words,
)
from corollup.l1.client import L1Client
from corollup.l1.payouts import CommittedProof
from corollup.l1.state import CommitteeKey
from corollup.spec.containers import Header

_COMMITTEE: Final = f"(uint256[],uint256[],{G1_POINT})"
_JURY: Final = f"({_COMMITTEE}[],uint256[],{G1_POINT}[],{G2_POINT})"


@dataclass(frozen=True, slots=True)
class Jury:
    """The votes of an epoch's seats in an appeal."""

    committees: tuple[CommitteeKey, ...]
    """All committees of the epoch in their order."""
    absent: tuple[int, ...]
    """Seats that did not vote, positions counted through the committees, ascending."""
    absent_keys: tuple[bytes, ...]
    """Keys of those of them that were not ejected, 128 bytes of EIP-2537 each."""
    signature: bytes
    """Sum of the voters' signatures, 256 bytes of EIP-2537."""

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        seats = sum(len(committee.members) for committee in self.committees)
        return (
            [committee.to_abi() for committee in self.committees],
            pack_positions(self.absent, seats),
            [split_words(key) for key in self.absent_keys],
            split_words(self.signature),
        )


@dataclass(frozen=True, slots=True)
class Appeals:
    """Calls and views of the contract at an address."""

    client: L1Client = field(repr=False)
    """Where views are asked."""
    address: bytes
    """The contract."""

    def appeal(self, header: Header, commit: CommittedProof, bond: int) -> Call:
        """Appeal a committed packet."""
        values = [header.encode(), commit.encode()]
        return self._call("appeal", ["bytes", "bytes"], values, bond)

    def decide(
        self,
        case: int,
        header: Header,
        is_valid: bool,
        jury: Jury,
        parent: Header | None,
        commit: CommittedProof | None,
    ) -> Call:
        """
        Decide a case.

        Args:
            case: Number of the case.
            header: Header of its packet.
            is_valid: What the jury voted.
            jury: Its votes.
            parent: Header of the packet's parent; none if that is the genesis, or the vote is
                that the packet is valid.
            commit: What shows the packet's commit; not needed if the vote is that it is valid.
        """
        types = ["uint256", "bytes", "bool", _JURY, "bytes", "bytes"]
        parent_words = b"" if parent is None else parent.encode()
        proof = b"" if commit is None else commit.encode()
        values = [case, header.encode(), is_valid, jury.to_abi(), parent_words, proof]
        return self._call("decide", types, values)

    def close(self, case: int) -> Call:
        """Close a case whose time is over."""
        return self._call("close", ["uint256"], [case])

    def withdraw_bond(self) -> Call:
        """Pay the sender's returned bonds."""
        return self._call("withdrawBond", [], [])

    async def get_bond(self) -> int:
        """Return the bond of the next appeal, wei."""
        return int((await self._view("bondOf", ["uint256"]))[0])

    async def get_first_open(self) -> int | None:
        """Return the lowest number of a packet under appeal; none if there is no open case."""
        number = int((await self._view("firstOpenAppeal", ["uint64"]))[0])
        return None if number == 2**64 - 1 else number

    def _call(self, name: str, types: list[str], values: list[Any], value: int = 0) -> Call:
        return Call(self.address, encode_call(name, types, values), value)

    async def _view(self, name: str, outputs: Sequence[str]) -> tuple[Any, ...]:
        return decode_values(
            outputs, await self.client.call(self.address, encode_call(name, [], []))
        )
