"""
The access list: every account and slot that a packet touches, its value before, and its writes.

    list    = u32 accounts ‖ (address 20 ‖ entry ‖ entry ‖ u32 slots ‖ (slot 32 ‖ entry)*)*
    entry   = before 32 ‖ u32 writes ‖ (u32 index ‖ value 32)*
    leaf    = tree key 32 ‖ u32 index ‖ value 32

An account's entries are its basic data and its code hash. Addresses, slots and indexes ascend
strictly. Index 1 is the system call before the transactions and i + 2 is transaction i; in the
leaves index 0 is the value before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from corollup.errors import EncodingError, Reason, Rejected, require
from corollup.spec.constants import MAX_ACCESS_ENTRIES
from corollup.spec.encoding import U256, Address, Bytes32, Reader, encode_uint
from corollup.spec.merkle import compute_merkle_root
from corollup.spec.verkle.keys import (
    compute_basic_data_key,
    compute_code_hash_key,
    compute_storage_key,
)

SYSTEM_INDEX: Final = 1
"""Index of the writes of the system call before the transactions."""

FIRST_TRANSACTION_INDEX: Final = 2
"""Index of the writes of transaction 0."""

LEAST_SLOT_SIZE: Final = 32 + 32 + 4
"""Size of a slot that is only read, bytes."""

LEAST_ACCOUNT_SIZE: Final = 20 + 2 * (32 + 4) + 4
"""Size of an account that is only read and has no slots, bytes."""

WRITE_SIZE: Final = 4 + 32
"""Size of a write, bytes."""


@dataclass(frozen=True, slots=True)
class Write:
    """A value that a key has from an index on."""

    index: int
    """The system call or the transaction that wrote it."""

    value: Bytes32
    """The value after it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's value before the packet, and its writes."""

    before: Bytes32
    """The value before the packet; zero for an absent key."""

    writes: tuple[Write, ...] = ()
    """The writes, their indexes strictly ascending."""

    @property
    def after(self) -> Bytes32:
        """The value after the packet."""
        return self.writes[-1].value if self.writes else self.before

    def find_before(self, index: int) -> Bytes32:
        """Find the value that the step with this index finds."""
        earlier = [write.value for write in self.writes if write.index < index]
        return earlier[-1] if earlier else self.before

    def find_write(self, index: int) -> Bytes32 | None:
        """Find what the step with this index writes, or None if it does not write."""
        return next((write.value for write in self.writes if write.index == index), None)

    def encode(self) -> bytes:
        """Write the entry."""
        head = self.before + encode_uint(len(self.writes), 4)
        return head + b"".join(encode_uint(write.index, 4) + write.value for write in self.writes)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read an entry from the front of a message."""
        before = reader.take(32, "value before")
        count = reader.read_count(WRITE_SIZE, "write count")
        writes = []
        previous = 0
        for _ in range(count):
            write = Write(reader.read_uint(4, "write index"), reader.take(32, "write value"))
            if write.index <= previous:
                reader.fail(f"write index {write.index} does not follow {previous}")
            writes.append(write)
            previous = write.index
        return cls(before, tuple(writes))


@dataclass(frozen=True, slots=True)
class SlotAccess:
    """A touched storage slot."""

    slot: U256
    """The slot."""

    value: Entry
    """Its values."""


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """A touched account: always both leaves of its header, and the touched slots."""

    address: Address
    """The account."""

    basic_data: Entry
    """The leaf of nonce, balance and code size."""

    code_hash: Entry
    """The leaf of the code hash."""

    slots: tuple[SlotAccess, ...] = ()
    """The touched slots, strictly ascending."""

    def encode(self) -> bytes:
        """Write the account."""
        return b"".join(
            (
                self.address,
                self.basic_data.encode(),
                self.code_hash.encode(),
                encode_uint(len(self.slots), 4),
                *(encode_uint(access.slot, 32) + access.value.encode() for access in self.slots),
            )
        )

    def get_entries(self) -> Iterator[tuple[Bytes32, Entry]]:
        """Yield the tree key and the entry of everything touched."""
        yield compute_basic_data_key(self.address), self.basic_data
        yield compute_code_hash_key(self.address), self.code_hash
        for access in self.slots:
            yield compute_storage_key(self.address, access.slot), access.value


@dataclass(frozen=True, slots=True)
class AccessList:
    """Everything that a packet touches."""

    accounts: tuple[AccountAccess, ...] = ()
    """The touched accounts, strictly ascending by address."""

    def encode(self) -> bytes:
        """Write the canonical bytes."""
        count = encode_uint(len(self.accounts), 4)
        return count + b"".join(account.encode() for account in self.accounts)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """
        Read an access list.

        Raises:
            Rejected: With `MALFORMED_ENCODING` or `LIMIT_EXCEEDED`.
        """
        reader = Reader("access list", data)
        try:
            accounts = _read_accounts(reader)
            reader.finish()
        except EncodingError as error:
            raise Rejected(Reason.MALFORMED_ENCODING, str(error)) from None
        return cls(accounts)

    def get_entries(self) -> list[tuple[Bytes32, Entry]]:
        """Return every tree key with its entry, strictly ascending by key."""
        return sorted(
            (pair for account in self.accounts for pair in account.get_entries()),
            key=lambda pair: pair[0],
        )


def _read_accounts(reader: Reader) -> tuple[AccountAccess, ...]:
    count = reader.read_count(LEAST_ACCOUNT_SIZE, "account count")
    entries = 2 * count
    _require_entries(entries)
    accounts: list[AccountAccess] = []
    for _ in range(count):
        address = reader.take(20, "address")
        if accounts and address <= accounts[-1].address:
            reader.fail(f"address 0x{address.hex()} does not follow the one before")
        basic_data = Entry.read(reader)
        code_hash = Entry.read(reader)
        slot_count = reader.read_count(LEAST_SLOT_SIZE, "slot count")
        entries += slot_count
        _require_entries(entries)
        slots = _read_slots(reader, slot_count)
        accounts.append(AccountAccess(address, basic_data, code_hash, slots))
    return tuple(accounts)


def _read_slots(reader: Reader, count: int) -> tuple[SlotAccess, ...]:
    slots: list[SlotAccess] = []
    for _ in range(count):
        slot = reader.read_uint(32, "slot")
        if slots and slot <= slots[-1].slot:
            reader.fail(f"slot {slot:#x} does not follow the one before")
        slots.append(SlotAccess(slot, Entry.read(reader)))
    return tuple(slots)


def _require_entries(found: int) -> None:
    message = f"access list has {found} entries, the limit is {MAX_ACCESS_ENTRIES}"
    require(Reason.LIMIT_EXCEEDED, found <= MAX_ACCESS_ENTRIES, message)


def compute_access_root(access_list: AccessList) -> Bytes32:
    """Compute the Merkle root of the list's leaves, sorted by key and index."""
    return compute_merkle_root(encode_access_leaves(access_list))


def encode_access_leaves(access_list: AccessList) -> list[bytes]:
    """Write the leaves: each key's value before at index 0, then its writes."""
    return [
        key + encode_uint(write.index, 4) + write.value
        for key, entry in access_list.get_entries()
        for write in (Write(0, entry.before), *entry.writes)
    ]
