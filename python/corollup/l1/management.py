"""The Management Contract: stake, keys, tables, epochs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from corollup.l1.abi import (
    G1_POINT,
    G2_POINT,
    Call,
    decode_values,
    encode_call,
    pack_ids,
    split_words,
)
from corollup.l1.client import L1Client
from corollup.l1.events import Role


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """An opened epoch, as the contract keeps it."""

    seed: bytes
    """PREVRANDAO of the seed block."""
    schedule_root: bytes
    """Merkle root of the producers' schedule."""
    total_stake: int
    """Sum of the producers' stakes, wei."""
    freeze_block: int
    """L1 block in which the tables were frozen."""
    activation_block: int
    """First L1 anchor of the epoch's packets."""


@dataclass(frozen=True, slots=True)
class Member:
    """A registered key with its stake."""

    key_hash: bytes
    """keccak of the key's 128 bytes."""
    operator: bytes
    """Address that registered it and gets its stake back."""
    position: int
    """Place in the table of its role; meaningless once it left."""
    role: Role
    """What the key is for."""
    ejected_block: int
    """L1 block in which it was slashed; 0 if it was not."""
    stake: int
    """Stake, wei."""
    left_block: int
    """L1 block in which it left its table; 0 while it has its place."""
    exit_block: int
    """L1 block from which the stake can be withdrawn; 0 until the exit started."""


@dataclass(frozen=True, slots=True)
class Slash:
    """Slashed stake that is not paid out yet."""

    reporter: bytes
    """Who reported the offence."""
    payable_block: int
    """L1 block from which it is paid out."""
    amount: int
    """Sum of what the members lost, wei; 0 once it is paid out."""


@dataclass(frozen=True, slots=True)
class ManagementContract:
    """Calls and views of the contract at an address."""

    client: L1Client
    """Where views are asked."""
    address: bytes
    """The contract."""

    def register_seat(self, key: bytes, proof: bytes, position: int, stake: int) -> Call:
        """Register an endorser's key (128 and 256 bytes of EIP-2537) at a position."""
        return self._register("registerSeat", key, proof, position, stake)

    def register_producer(self, key: bytes, proof: bytes, position: int, stake: int) -> Call:
        """Register a producer's key at a position."""
        return self._register("registerProducer", key, proof, position, stake)

    def _register(self, name: str, key: bytes, proof: bytes, position: int, stake: int) -> Call:
        values = [split_words(key), split_words(proof), position]
        return self._call(name, [G1_POINT, G2_POINT, "uint32"], values, stake)

    def top_up(self, member: int, amount: int) -> Call:
        """Add to a member's stake."""
        return self._call("topUp", ["uint32"], [member], amount)

    def leave_table(self, member: int) -> Call:
        """Leave the position."""
        return self._call("leaveTable", ["uint32"], [member])

    def start_exit(self, member: int) -> Call:
        """Start the exit of a member that is in no epoch any more."""
        return self._call("startExit", ["uint32"], [member])

    def withdraw_stake(self, member: int) -> Call:
        """Pay the stake to the operator when the exit delay is over."""
        return self._call("withdrawStake", ["uint32"], [member])

    def freeze(self) -> Call:
        """Freeze the tables for the next epoch."""
        return self._call("freeze", [], [])

    def open_epoch(self, header_rlp: bytes, seats: Sequence[int]) -> Call:
        """Open the next epoch with the L1 header of the seed block and the frozen seats' ids."""
        return self._call("openEpoch", ["bytes", "uint256[]"], [header_rlp, pack_ids(seats)])

    def open_committee(
        self, epoch: int, committee: int, members: Sequence[int], keys: Sequence[bytes]
    ) -> Call:
        """Sum up the key of a committee from its members' ids and keys in seed order."""
        values = [epoch, committee, pack_ids(members), [split_words(key) for key in keys]]
        return self._call(
            "openCommittee", ["uint64", "uint32", "uint256[]", f"{G1_POINT}[]"], values
        )

    def pay_slash(self, number: int) -> Call:
        """Pay out slashed stake: what the bridge lacks, then the reporter; the rest is burned."""
        return self._call("paySlash", ["uint256"], [number])

    async def get_member(self, member: int) -> Member:
        """Return a member by its id."""
        outputs = ["bytes32", "address", "uint32", "uint8", "uint48", "uint128", "uint64", "uint64"]
        values = await self._view("memberOf", ["uint32"], [member], outputs)
        key_hash, operator, position, role, *rest = values
        return Member(key_hash, _to_address(operator), position, Role(role), *rest)

    async def get_id(self, key_hash: bytes) -> int:
        """Return the id of a key's member; 0 if the key is not registered."""
        return int((await self._view("idOf", ["bytes32"], [key_hash], ["uint32"]))[0])

    async def get_table(self, role: Role) -> list[int]:
        """Return the ids of a role's table by position; 0 is an empty position."""
        return list((await self._view("tableOf", ["uint8"], [int(role)], ["uint32[]"]))[0])

    async def get_price(self, role: Role, position: int, sender: bytes) -> int:
        """Return the stake that a sender must bring to a position, wei."""
        data = encode_call("priceOf", ["uint8", "uint32"], [int(role), position])
        answer = await self.client.call(self.address, data, sender=sender)
        return int(decode_values(["uint256"], answer)[0])

    async def get_slash_count(self) -> int:
        """Return how many slashes there were; they are numbered from 0."""
        return int((await self._view("slashCount", [], [], ["uint256"]))[0])

    async def get_slash(self, number: int) -> Slash:
        """Return slashed stake that waits; of amount 0 once it is paid out."""
        outputs = ["address", "uint64", "uint128"]
        reporter, *rest = await self._view("slashAt", ["uint256"], [number], outputs)
        return Slash(_to_address(reporter), *rest)

    async def get_boundary(self) -> int:
        """Return the first L1 block at which the tables of the next epoch can be frozen."""
        return int((await self._view("boundary", [], [], ["uint64"]))[0])

    async def get_seed_block(self) -> int:
        """Return the L1 block whose header opens the frozen epoch."""
        return int((await self._view("seedBlock", [], [], ["uint64"]))[0])

    async def get_last_epoch(self) -> int:
        """Return the number of the newest opened epoch; 0 before the first."""
        return int((await self._view("lastEpoch", [], [], ["uint64"]))[0])

    async def get_epoch(self, number: int) -> EpochRecord:
        """Return a kept epoch."""
        outputs = ["bytes32", "bytes32", "uint128", "uint64", "uint64"]
        return EpochRecord(*await self._view("epochOf", ["uint64"], [number], outputs))

    def _call(self, name: str, types: list[str], values: list[Any], value: int = 0) -> Call:
        return Call(self.address, encode_call(name, types, values), value)

    async def _view(
        self, name: str, types: list[str], values: list[Any], outputs: list[str]
    ) -> tuple[Any, ...]:
        data = await self.client.call(self.address, encode_call(name, types, values))
        return decode_values(outputs, data)


def _to_address(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
