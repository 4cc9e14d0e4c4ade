"""Epochs: the frozen tables, the committees drawn from them, and who produces in a view."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from corollup.engine import BlsEngine
from corollup.l1.events import EpochOpened, MemberRegistered, TablesFrozen
from corollup.l1.state import CommitteeKey, Election, ProducerProof
from corollup.spec.committee import compute_committee_index, compute_committees, compute_ticket
from corollup.spec.containers import Config, compute_key_hash
from corollup.spec.encoding import encode_uint
from corollup.spec.merkle import compute_merkle_path, compute_merkle_root


@dataclass(frozen=True, slots=True)
class Seat:
    """One place of the frozen seat table."""

    id: int
    """Id of its member."""
    operator: bytes
    """Address that the seat's fees go to."""
    key: bytes
    """Public key, 48 bytes."""
    l1_key: bytes
    """Public key, 128 bytes of EIP-2537."""
    is_ejected: bool = False
    """Whether it was slashed before the freeze, so that it counts as absent."""


@dataclass(frozen=True, slots=True)
class ScheduledKey:
    """A producer of the frozen schedule."""

    operator: bytes
    """Its address, the coinbase of its packets."""
    key: bytes
    """Public key, 48 bytes."""
    l1_key: bytes
    """Public key, 128 bytes of EIP-2537."""
    start: int
    """Sum of the stakes before its own, wei."""
    end: int
    """`start` plus its own, wei."""

    def encode(self) -> bytes:
        """Encode the item of the schedule's Merkle tree."""
        stakes = encode_uint(self.start, 16) + encode_uint(self.end, 16)
        return self.operator + compute_key_hash(self.l1_key) + stakes


@dataclass(frozen=True)
class Epoch:
    """An epoch's draw."""

    number: int
    """Epoch number, from 1."""
    activation: int
    """First L1 anchor of its packets."""
    seed: bytes
    """Randomness of the draw."""
    seats: tuple[Seat, ...]
    """The frozen table, by position."""
    producers: tuple[ScheduledKey, ...]
    """The frozen schedule."""
    committee_count: int
    """M."""

    @cached_property
    def committees(self) -> tuple[tuple[Seat, ...], ...]:
        """The seats of each committee, in seed order."""
        drawn = compute_committees(self.seed, self.seats, self.committee_count)
        return tuple(tuple(committee) for committee in drawn)

    @cached_property
    def seats_by_key(self) -> dict[bytes, Seat]:
        """The seats that may sign, by their 48-byte keys."""
        return {seat.key: seat for seat in self.seats if not seat.is_ejected}

    @cached_property
    def election(self) -> Election:
        """What the committees and the producers follow from, as the State Contract takes it."""
        root = compute_merkle_root([entry.encode() for entry in self.producers])
        return Election(self.seed, root, self.producers[-1].end)

    def committee_index(self, number: int, rung: int) -> int:
        """Return the committee of a packet on rung 0 or 1."""
        return compute_committee_index(self.seed, number, rung, self.committee_count)

    def voters(self, number: int, rung: int) -> tuple[Seat, ...]:
        """Return the seats whose quorum counts for a packet on a rung, by position."""
        group = self.group(number, rung)
        return tuple(seat for index in group for seat in self.committees[index])

    def producer(self, view: int) -> ScheduledKey:
        """Return the scheduled producer of a view."""
        ticket = compute_ticket(self.seed, view, self.producers[-1].end)
        return next(p for p in self.producers if p.start <= ticket < p.end)

    def group(self, number: int, rung: int) -> tuple[int, ...]:
        """Return the committees whose quorum counts for a packet on a rung."""
        if rung >= 2:
            return tuple(range(self.committee_count))
        return (self.committee_index(number, rung),)

    def committee_key(self, index: int, bls: BlsEngine) -> CommitteeKey:
        """Return a committee as the State Contract takes it."""
        seats = self.committees[index]
        key = bls.aggregate_keys([seat.key for seat in seats if not seat.is_ejected])
        ids = tuple(seat.id for seat in seats)
        ejected = tuple(i for i, seat in enumerate(seats) if seat.is_ejected)
        return CommitteeKey(ids, bls.to_eip2537_key(key), ejected)

    def producer_proof(self, view: int) -> ProducerProof:
        """Return the scheduled producer of a view with its path in the schedule."""
        producer = self.producer(view)
        index = self.producers.index(producer)
        path = compute_merkle_path([entry.encode() for entry in self.producers], index)
        return ProducerProof(
            producer.operator,
            producer.l1_key,
            producer.start,
            producer.end,
            index,
            path.count,
            path.siblings,
        )


def build_epoch(
    opened: EpochOpened,
    tables: TablesFrozen,
    members: Mapping[int, MemberRegistered],
    ejected: AbstractSet[int],
    config: Config,
    bls: BlsEngine,
) -> Epoch:
    """Build an epoch from the events that froze and opened it."""
    keys = {compute_key_hash(member.key): member.key for member in members.values()}
    return Epoch(
        number=opened.epoch,
        activation=opened.activation_block,
        seed=opened.seed,
        seats=tuple(_build_seat(members[id_], id_ in ejected, bls) for id_ in tables.seats),
        producers=tuple(
            ScheduledKey(
                entry.operator,
                bls.from_eip2537_key(keys[entry.key_hash]),
                keys[entry.key_hash],
                entry.start,
                entry.end,
            )
            for entry in tables.schedule
        ),
        committee_count=config.committees,
    )


def _build_seat(member: MemberRegistered, is_ejected: bool, bls: BlsEngine) -> Seat:
    key = bls.from_eip2537_key(member.key)
    return Seat(member.id, member.operator, key, member.key, is_ejected)
