"""The State Contract: commits, state roots, fees."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from corollup.l1.abi import (
    G1_POINT,
    G2_POINT,
    Call,
    compute_ids_hash,
    decode_values,
    encode_arguments,
    encode_call,
    pack_ids,
    pack_positions,
    split_words,
)
from corollup.l1.client import L1Client
from corollup.l1.contracts import compute_charges_address
from corollup.l1.payouts import CommittedProof, PayoutPart, PayoutRecord
from corollup.spec.containers import Genesis, Header
from corollup.spec.encoding import encode_uint, keccak256

_ELECTION: Final = "(bytes32,bytes32,uint128)"
_PRODUCER: Final = f"(address,{G1_POINT},uint128,uint128,uint64,uint64,bytes32[])"
_TIP: Final = "(bytes32,bytes32,uint64)"
_STATEMENT: Final = (
    "(uint64,uint64,uint64,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,"
    "uint64,bytes32,uint64,uint64,uint64)"
)
_CHANGE: Final = f"((uint256[],uint256[],{G1_POINT})[],uint256[],{G1_POINT}[])"
_QUORUM: Final = f"(uint8,uint32,uint256[],{G1_POINT},bytes32,bytes)"
_PACKET: Final = f"({_STATEMENT},bytes,{_QUORUM})"
_TURN: Final = f"({_TIP},{_ELECTION},{_PRODUCER},{_PACKET}[],{G2_POINT})"
_RECORD: Final = "(address,uint96,bytes32[])"
_PART: Final = "(bytes32,bytes32,uint256[][],uint256[],uint256[],uint96,uint32)"
_NO_POINT: Final = bytes(128)


@dataclass(frozen=True, slots=True)
class Election:
    """What the election of an epoch's committees and producers follows from."""

    seed: bytes
    """PREVRANDAO of the seed block."""
    schedule_root: bytes
    """Merkle root of the producers' schedule."""
    total_stake: int
    """Sum of the producers' stakes, wei."""


@dataclass(frozen=True, slots=True)
class ProducerProof:
    """A producer and its place in the frozen schedule."""

    operator: bytes
    """Its address."""
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
        return self.operator, key, self.start, self.end, self.index, self.count, list(self.path)


@dataclass(frozen=True, slots=True)
class CommitteeKey:
    """An opened committee."""

    members: tuple[int, ...]
    """Ids in seed order."""
    key: bytes
    """Sum of the keys of all but the ejected, 128 bytes of EIP-2537."""
    ejected: tuple[int, ...] = ()
    """Positions of those that count as absent."""

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        size = len(self.members)
        ejected = pack_positions(self.ejected, size) if self.ejected else []
        return pack_ids(self.members), ejected, split_words(self.key)


@dataclass(frozen=True, slots=True)
class SignerSet:
    """The signers of a committee's last commit, whose hash the State Contract keeps."""

    signers: tuple[int, ...]
    """Positions in the committee, ascending."""
    key: bytes
    """Sum of their keys, 128 bytes of EIP-2537."""


@dataclass(frozen=True, slots=True)
class QuorumProof:
    """Who endorsed one header."""

    rung: int
    """Step of the liveness ladder."""
    committees: tuple[CommitteeKey, ...]
    """The group: one committee, or on rung 2 all."""
    signers: tuple[int, ...]
    """Positions in the group, ascending."""
    changed_keys: tuple[bytes, ...]
    """Keys of the positions in which the signers differ from `base`, ascending, 128 bytes each."""
    submitter: int
    """Position whose seat earns the submitter's share."""
    base: SignerSet | None = None
    """Set from which the signers' key is counted; the whole group if there is none."""

    @property
    def size(self) -> int:
        """Members of the group."""
        return sum(len(committee.members) for committee in self.committees)

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct; a set that did not change is only named."""
        signers = pack_positions(self.signers, self.size)
        key = split_words(_NO_POINT if self.base is None else self.base.key)
        if self.base is not None and self.base.signers == self.signers:
            members_hash = compute_ids_hash(self.committees[0].members)
            return self.rung, self.submitter, signers, key, members_hash, b""
        change = (
            [committee.to_abi() for committee in self.committees],
            [] if self.base is None else pack_positions(self.base.signers, self.size),
            [split_words(changed) for changed in self.changed_keys],
        )
        encoded = encode_arguments([_CHANGE], [change])
        return self.rung, self.submitter, signers, key, bytes(32), encoded


@dataclass(frozen=True, slots=True)
class CommitPacket:
    """A packet to commit."""

    header: Header
    """The signed header."""
    payload: bytes
    """The transactions as published."""
    quorum: QuorumProof
    """Who endorsed it."""
    blob_count: int = 0
    """Blobs of a data anchor, the next ones of the transaction."""

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct: of the header what follows from nothing else."""
        header = self.header
        statement = (
            header.timestamp,
            header.gas_used,
            header.l1_number,
            header.prev_randao,
            header.post_state_root,
            header.transactions_root,
            header.access_root,
            header.update_root,
            header.receipts_root,
            header.withdrawals_root,
            header.inbox_count,
            header.payload_hash,
            self.blob_count,
            header.fee_gas_price,
            header.fee_gas_limit,
        )
        return statement, self.payload, self.quorum.to_abi()


@dataclass(frozen=True, slots=True)
class Turn:
    """Consecutive packets of one producer in one epoch, with one signature."""

    election: Election
    """The epoch."""
    producer: ProducerProof
    """The producer's place in its schedule."""
    packets: tuple[CommitPacket, ...]
    """The packets."""
    signature: bytes
    """Sum of all signers' signatures and of the producer's, 256 bytes of EIP-2537."""

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        election, first = self.election, self.packets[0].header
        return (
            (first.parent_hash, first.pre_state_root, first.base_fee),
            (election.seed, election.schedule_root, election.total_stake),
            self.producer.to_abi(),
            [packet.to_abi() for packet in self.packets],
            split_words(self.signature),
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The last committed packet, as far as the contract keeps it."""

    number: int
    """Number of the packet."""
    timestamp: int
    """Its timestamp, unix seconds."""
    l1_number: int
    """Its L1 anchor."""
    turns: int
    """Turns committed so far."""
    inbox_count: int
    """Messages from L1 to L2 consumed so far."""
    guarded_number: int
    """Largest number that a reset took away."""
    is_closed: bool
    """Whether the escape is open, so that nothing is committed any more."""
    tip_hash: bytes
    """Hash of its `Tip`."""


@dataclass(frozen=True, slots=True)
class Tip:
    """What the sender of the next packet shows of the last one."""

    digest: bytes
    """Digest of the packet, or the genesis hash."""
    state_root: bytes
    """Its post-state root."""
    next_base_fee: int
    """Base fee that the next packet must have, wei a gas."""

    def compute_hash(self) -> bytes:
        """Compute what the head of the contract has."""
        return keccak256(self.digest + self.state_root + encode_uint(self.next_base_fee, 32))


@dataclass(frozen=True, slots=True)
class Payout:
    """A ring slot of payouts."""

    record_hash: bytes
    """Hash of the `PayoutRecord`, 22 bytes."""
    number: int
    """Number of the turn's last packet."""
    l1_number: int
    """L1 block of the commit."""
    producer: str
    """Who paid, as `0x…`."""
    unclaimed: int
    """What is left, wei."""


@dataclass(frozen=True, slots=True)
class StateContract:
    """Calls and views of the contract at an address."""

    client: L1Client = field(repr=False)
    """Where views are asked."""
    address: bytes
    """The contract."""

    def commit(self, turns: Sequence[Turn]) -> Call:
        """Commit consecutive packets by turns."""
        first_number = turns[0].packets[0].header.number
        values = [first_number, [turn.to_abi() for turn in turns]]
        return self._call("commit", ["uint64", f"{_TURN}[]"], values)

    def charge(self, turn: Turn, status: int, committed: CommittedProof | None) -> Call:
        """Charge a producer for the one packet of a turn, which is not committed."""
        types = ["bytes", _TURN, "uint8", "bytes"]
        proof = b"" if committed is None else committed.encode()
        values = [turn.packets[0].header.encode(), turn.to_abi(), status, proof]
        return Call(compute_charges_address(self.address), encode_call("charge", types, values), 0)

    def open_escape(self, tip: Tip) -> Call:
        """Open the escape, for good, after a long silence."""
        return self._call("openEscape", [_TIP], [(tip.digest, tip.state_root, tip.next_base_fee)])

    def reset(self, header: Header, parent: Header | None, committed: CommittedProof) -> Call:
        """Make the parent of a packet that was judged invalid the head; none is the genesis."""
        parent_words = b"" if parent is None else parent.encode()
        values = [header.encode(), parent_words, committed.encode()]
        return self._call("reset", ["bytes"] * 3, values)

    def deposit(self, producer: bytes, amount: int) -> Call:
        """Add to a producer's fee account."""
        return self._call("deposit", ["address"], [producer], amount)

    def request_withdrawal(self, amount: int) -> Call:
        """Ask to withdraw from the sender's fee account."""
        return self._call("requestWithdrawal", ["uint88"], [amount])

    def withdraw_fees(self) -> Call:
        """Pay the requested withdrawal when its delay is over."""
        return self._call("withdrawFees", [], [])

    def withdraw_rewards(self) -> Call:
        """Pay the sender's credited rewards and refunds."""
        return self._call("withdrawRewards", [], [])

    def claim(
        self,
        slot: int,
        record: PayoutRecord,
        index: int,
        part: PayoutPart,
        positions: Sequence[int],
    ) -> Call:
        """Credit a turn's refund, and the shares of one of its packets to their operators."""
        types = ["uint256", _RECORD, "uint256", _PART, "uint32[]"]
        values = [slot, record.to_abi(), index, part.to_abi(), list(positions)]
        return self._call("claim", types, values)

    async def get_head(self) -> Head:
        """Return the last committed packet."""
        outputs = ["uint40"] * 6 + ["bool", "bytes32"]
        return Head(*await self._view("head", [], [], outputs))

    async def get_payout(self, slot: int) -> Payout:
        """Return a ring slot of payouts."""
        outputs = ["bytes22", "uint40", "uint40", "address", "uint96"]
        return Payout(*await self._view("payoutAt", ["uint256"], [slot], outputs))

    async def get_finalized_number(self) -> int:
        """Return the number of the last packet whose appeal window has passed."""
        [reader] = await self._view("commits", [], [], ["address"])
        commits = StateContract(self.client, bytes.fromhex(reader[2:]))
        return int((await commits._view("finalizedNumber", [], [], ["uint64"]))[0])

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
