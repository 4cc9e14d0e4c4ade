"""The Fault Contract and its modules: reports, accusations, judgements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from corollup.l1.abi import G1_POINT, G2_POINT, Call, decode_values, encode_call, split_words
from corollup.l1.client import L1Client
from corollup.l1.contracts import Contracts
from corollup.l1.fault_events import Verdict
from corollup.l1.faults import REPORTS, get_evidence_values
from corollup.l1.payouts import CommittedProof
from corollup.spec.containers import Header
from corollup.spec.evidence.packets import Evidence

MEMBERS: Final = f"(uint32[],{G1_POINT}[])"
"""ABI type of members with their keys."""
STATEMENT: Final = f"(bytes,uint8,{MEMBERS})"
"""ABI type of what members said about a packet."""
ACCUSED: Final = f"({MEMBERS},{G2_POINT},uint32[],bytes)"
"""ABI type of the members that are accused."""
MAX_ACCUSED: Final = 192
"""Members that one report may accuse in each of the two ways."""
NO_SIGNATURE: Final = bytes(256)
"""In place of the sum of no signatures."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and who brought it about."""

    verdict: Verdict
    """What is known."""
    reporter: bytes
    """Address that is rewarded; zero while nothing is known."""


@dataclass(frozen=True, slots=True)
class Members:
    """Members with their keys."""

    ids: tuple[int, ...] = ()
    """Their ids, strictly ascending."""
    keys: tuple[bytes, ...] = ()
    """Their keys in the order of the ids, 128 bytes of EIP-2537 each."""

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        return list(self.ids), [split_words(key) for key in self.keys]


@dataclass(frozen=True, slots=True)
class Statement:
    """What members said about a packet."""

    header: Header
    """Header of the packet."""
    status: int
    """1 if they said it is valid, 0 if they said it contradicts itself."""
    signers: Members = field(default_factory=Members)
    """Who said it."""

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        return self.header.encode(), self.status, self.signers.to_abi()


@dataclass(frozen=True, slots=True)
class Accused:
    """The members that are accused of a statement about a packet."""

    signers: Members = field(default_factory=Members)
    """Members whose signatures are shown."""
    signature: bytes = NO_SIGNATURE
    """Sum of their signatures, 256 bytes of EIP-2537."""
    positions: tuple[int, ...] = ()
    """Positions among the signers of the packet's commit, strictly ascending."""
    commit: CommittedProof | None = None
    """What shows the commit; needed with positions."""

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        commit = b"" if self.commit is None else self.commit.encode()
        signature = split_words(self.signature)
        return self.signers.to_abi(), signature, list(self.positions), commit


@dataclass(frozen=True, slots=True)
class FaultContract:
    """Calls and views of a network's fault contracts."""

    client: L1Client = field(repr=False)
    """Where views are asked."""
    contracts: Contracts
    """Where they are."""

    def report(self, header: Header, evidence: Evidence, accused: Accused) -> Call:
        """Report a packet by an evidence against it, to the module that verifies it."""
        report = REPORTS[type(evidence)]
        values = [header.encode(), *get_evidence_values(evidence), accused.to_abi()]
        types = ["bytes", *report.types, ACCUSED]
        return Call(self._address_of(report.contract), encode_call(report.function, types, values))

    def report_payload(self, header: Header, payload: bytes, accused: Accused) -> Call:
        """Report a payload with the header's hash that has not its transactions' root (O3)."""
        return self._report_data("reportPayload", header, payload, accused)

    def report_environment(self, header: Header, l1_header: bytes, accused: Accused) -> Call:
        """Report a packet by the RLP of its anchor, which has other fields or a wrong age (O7)."""
        return self._report_data("reportEnvironment", header, l1_header, accused)

    def _report_data(self, name: str, header: Header, data: bytes, accused: Accused) -> Call:
        values = [header.encode(), data, accused.to_abi()]
        return Call(
            self.contracts.data_faults, encode_call(name, ["bytes", "bytes", ACCUSED], values)
        )

    def report_contradiction(self, first: Statement, second: Statement, signature: bytes) -> Call:
        """
        Report members that contradicted themselves (O1).

        Args:
            first: A statement.
            second: Another one; without signers, those of the first made it, too.
            signature: Sum of all signatures of both, 256 bytes of EIP-2537.
        """
        values = [first.to_abi(), second.to_abi(), split_words(signature)]
        types = [STATEMENT, STATEMENT, G2_POINT]
        return Call(self.contracts.faults, encode_call("reportContradiction", types, values))

    def accuse(self, header: Header, status: int, accused: Accused) -> Call:
        """Accuse members of a statement that a judgement refutes."""
        values = [header.encode(), status, accused.to_abi()]
        return Call(
            self.contracts.faults, encode_call("accuse", ["bytes", "uint8", ACCUSED], values)
        )

    async def get_judgement(self, digest: bytes) -> Judgement:
        """Return what is known of a packet."""
        data = encode_call("judgementOf", ["bytes32"], [digest])
        answer = await self.client.call(self.contracts.faults, data)
        verdict, reporter = decode_values(["uint8", "address"], answer)
        return Judgement(Verdict(verdict), bytes.fromhex(reporter[2:]))

    def _address_of(self, name: str) -> bytes:
        return {
            "AccessFaults": self.contracts.access_faults,
            "UpdateListFaults": self.contracts.update_list_faults,
            "UpdateNodeFaults": self.contracts.update_node_faults,
        }[name]


def make_positions(count: int) -> Sequence[tuple[int, ...]]:
    """Return the positions of all signers of a commit, as many a report as it may accuse."""
    starts = range(0, count, MAX_ACCUSED)
    return [tuple(range(start, min(start + MAX_ACCUSED, count))) for start in starts]
