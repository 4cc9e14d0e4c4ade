"""The State Contract: commits, state roots, fees."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from corollup.l1.abi import (
    G1_POINT,
    G2_POINT,
    Call,
    decode_values,
    encode_call,
    pack_ids,
    pack_positions,
    split_words,
)
from corollup.l1.client import L1Client
from corollup.spec.containers import Genesis, Header

_PRODUCER: Final = f"({G1_POINT},uint128,uint128,uint64,uint64,bytes32[])"
_COMMITTEE: Final = f"(uint256[],{G1_POINT})"
_SIGNER_SET: Final = f"(uint256[],{G1_POINT})"
_QUORUM: Final = f"(uint8,{_COMMITTEE}[],uint256[],{_SIGNER_SET},{G1_POINT}[],uint32,{G2_POINT})"
_PACKET: Final = f"(bytes,bytes,{_PRODUCER},{_QUORUM})"
_RECORD: Final = "(bytes32,uint256[][],uint256[],uint256[],uint96)"
_NO_POINT: Final = bytes(128)


@dataclass(frozen=True, slots=True)
class ProducerProof:
    """A producer's key and its place in the frozen schedule."""

    key: bytes
    """Public key, 128 bytes of EIP-2537."""
    start: int
    """Sum of the stakes before its own, wei."""
    end: int
    """`start` plus its own, wei."""
    index: int
    """Place in the schedule."""
    count: int
    """Entries of the schedule."""
    path: tuple[bytes, ...]
    """Siblings from the leaf up."""

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        key = split_words(self.key)
        return key, self.start, self.end, self.index, self.count, list(self.path)


@dataclass(frozen=True, slots=True)
class CommitteeKey:
    """An opened committee."""

    members: tuple[int, ...]
    """Ids in seed order."""
    key: bytes
    """Sum of their keys, 128 bytes of EIP-2537."""


@dataclass(frozen=True, slots=True)
class QuorumProof:
    """The signatures of a quorum over one header."""

    rung: int
    """Step of the liveness ladder."""
    committees: tuple[CommitteeKey, ...]
    """The group: one committee, or on rung 2 all."""
    signers: tuple[int, ...]
    """Positions in the group, ascending."""
    absent_keys: tuple[bytes, ...]
    """Keys of the other positions, ascending, 128 bytes each."""
    submitter: int
    """Position whose share the sender claims."""
    signature: bytes
    """Sum of the signers' signatures and the producer's, 256 bytes of EIP-2537."""

    @property
    def size(self) -> int:
        """Members of the group."""
        return sum(len(committee.members) for committee in self.committees)

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct; the signers are counted from the whole group."""
        return (
            self.rung,
            [(pack_ids(c.members), split_words(c.key)) for c in self.committees],
            pack_positions(self.signers, self.size),
            ([], split_words(_NO_POINT)),
            [split_words(key) for key in self.absent_keys],
            self.submitter,
            split_words(self.signature),
        )


@dataclass(frozen=True, slots=True)
class CommitPacket:
    """A packet to commit."""

    header: Header
    """The signed header."""
    payload: bytes
    """The transactions as published."""
    producer: ProducerProof
    """The producer's place in the schedule."""
    quorum: QuorumProof
    """Who endorsed it."""


@dataclass(frozen=True, slots=True)
class PayoutRecord:
    """What a ring slot of payouts keeps the hash of."""

    digest: bytes = bytes(32)
    """Digest of the packet."""
    members: tuple[tuple[int, ...], ...] = ()
    """Ids of the group's members, a committee an element."""
    signers: tuple[int, ...] = ()
    """Bitmap of the signers, 256 a word."""
    claimed: tuple[int, ...] = ()
    """Bitmap of those that claimed, 256 a word."""
    share: int = 0
    """Part of each signer, wei."""

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        members = [pack_ids(committee) for committee in self.members]
        return self.digest, members, list(self.signers), list(self.claimed), self.share


@dataclass(frozen=True, slots=True)
class Head:
    """The last committed packet, as the contract keeps it."""

    number: int
    """Number of the packet."""
    timestamp: int
    """Its timestamp, unix seconds."""
    l1_number: int
    """Its L1 anchor."""
    next_base_fee: int
    """Base fee that the next packet must have, wei a gas."""
    digest: bytes
    """Its digest, or the genesis hash."""
    state_root: bytes
    """Its post-state root."""


@dataclass(frozen=True, slots=True)
class StateContract:
    """Calls and views of the contract at an address."""

    client: L1Client = field(repr=False)
    """Where views are asked."""
    address: bytes
    """The contract."""

    def commit(self, packets: Sequence[CommitPacket]) -> Call:
        """Commit consecutive packets."""
        values = [
            (
                packet.header.encode(),
                packet.payload,
                packet.producer.to_abi(),
                packet.quorum.to_abi(),
            )
            for packet in packets
        ]
        return self._call("commit", [f"{_PACKET}[]"], [values])

    def charge(
        self,
        header: Header,
        producer: ProducerProof,
        quorum: QuorumProof,
        status: int,
        committed: PayoutRecord,
    ) -> Call:
        """Charge a producer for a packet that is not committed."""
        types = ["bytes", _PRODUCER, _QUORUM, "uint8", _RECORD]
        values = [
            header.encode(),
            producer.to_abi(),
            quorum.to_abi(),
            status,
            committed.to_abi(),
        ]
        return self._call("charge", types, values)

    def deposit(self, producer: bytes, amount: int) -> Call:
        """Add to a producer's fee account."""
        return self._call("deposit", ["address"], [producer], amount)

    def request_withdrawal(self, amount: int) -> Call:
        """Ask to withdraw from the sender's fee account."""
        return self._call("requestWithdrawal", ["uint96"], [amount])

    def withdraw_fees(self) -> Call:
        """Pay the requested withdrawal when its delay is over."""
        return self._call("withdrawFees", [], [])

    def withdraw_rewards(self) -> Call:
        """Pay the sender's credited rewards and refunds."""
        return self._call("withdrawRewards", [], [])

    def claim(self, slot: int, record: PayoutRecord, positions: Sequence[int]) -> Call:
        """Credit the shares of signers to their operators."""
        types = ["uint256", _RECORD, "uint32[]"]
        return self._call("claim", types, [slot, record.to_abi(), list(positions)])

    async def get_head(self) -> Head:
        """Return the last committed packet."""
        outputs = ["uint64"] * 4 + ["bytes32"] * 2
        return Head(*await self._view("head", [], [], outputs))

    async def get_finalized_number(self) -> int:
        """Return the number of the last packet whose appeal window has passed."""
        return int((await self._view("finalizedNumber", [], [], ["uint64"]))[0])

    async def get_fee_cover(self, producer: bytes) -> int:
        """Return what a producer's fee account covers, wei."""
        return int((await self._view("feeCover", ["address"], [producer], ["uint256"]))[0])

    async def get_rewards(self, operator: bytes) -> int:
        """Return what is credited to an operator, wei."""
        return int((await self._view("rewardsOf", ["address"], [operator], ["uint256"]))[0])

    async def get_genesis(self) -> Genesis:
        """Return the genesis."""
        return Genesis.decode(await self.client.call(self.address, encode_call("genesis", [], [])))

    async def get_domain(self) -> bytes:
        """Return the domain of every digest."""
        return bytes((await self._view("domain", [], [], ["bytes32"]))[0])

    def _call(self, name: str, types: list[str], values: list[Any], value: int = 0) -> Call:
        return Call(self.address, encode_call(name, types, values), value)

    async def _view(
        self, name: str, types: list[str], values: list[Any], outputs: list[str]
    ) -> tuple[Any, ...]:
        data = await self.client.call(self.address, encode_call(name, types, values))
        return decode_values(outputs, data)
