"""
The state as one step of a packet finds it, in the form in which the execution specs hold a state.

It holds what the access list gives before the step, and refuses to answer anything else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, Self

from corollup.errors import EncodingError, Reason, Rejected, require
from corollup.spec.access_list import AccessList, AccountAccess, Entry
from corollup.spec.encoding import Address, Bytes32, encode_uint, keccak256
from corollup.spec.verkle.keys import BasicData

NO_CODE: Final = bytes(32)
"""The leaf of the code hash of an account without code."""

DELEGATION_MARKER: Final = b"\xef\x01\x00"
"""First bytes of the code of an account that runs another's code (EIP-7702)."""


class AbsentCode(bytes):
    """
    A code of which only the leaves are known: its hash, which are its bytes here, and its size.

    Whatever needs the code itself ends with `MISSING_CODE`.
    """

    size: int

    def __new__(cls, code_hash: Bytes32, size: int) -> Self:
        """Make the code of an account's leaves."""
        code = super().__new__(cls, code_hash)
        code.size = size
        return code

    def _refuse(self, *_arguments: object) -> NoReturn:
        raise Rejected(Reason.MISSING_CODE, f"code 0x{self.hex()} is needed")

    __len__ = __getitem__ = __iter__ = _refuse


class CodeBudgetExceededError(Exception):
    """A message needs more code than it may load."""


@dataclass(slots=True)
class CodeBudget:
    """The distinct codes that a message may still load."""

    bytes_left: int
    """Sum of the sizes of further codes, at most."""

    loaded: set[Bytes32] = field(default_factory=set)
    """Hashes of the codes that were loaded."""

    def take(self, code_hash: Bytes32, size: int) -> None:
        """
        Count a code.

        Raises:
            CodeBudgetExceededError: If the message may not load it.
        """
        if code_hash in self.loaded:
            return
        if size > self.bytes_left:
            raise CodeBudgetExceededError
        self.bytes_left -= size
        self.loaded.add(code_hash)


class MeteredCode(bytes):
    """A code that counts under a budget as soon as more of it is needed than its leaves."""

    code_hash: Bytes32
    size: int
    budget: CodeBudget
    is_absent: bool

    def __new__(cls, code: bytes | None, code_hash: Bytes32, size: int, budget: CodeBudget) -> Self:
        """Make the code of an account's leaves; None where only these are known."""
        metered = super().__new__(cls, code_hash if code is None else code)
        metered.code_hash, metered.size, metered.budget = code_hash, size, budget
        metered.is_absent = code is None
        return metered

    def _load(self) -> bytes:
        self.budget.take(self.code_hash, self.size)
        if self.is_absent:
            raise Rejected(Reason.MISSING_CODE, f"code 0x{self.code_hash.hex()} is needed")
        return self

    def __len__(self) -> int:
        return bytes.__len__(self._load())

    def __getitem__(self, key: Any) -> Any:
        return bytes.__getitem__(self._load(), key)

    def __iter__(self) -> Iterator[int]:
        return bytes.__iter__(self._load())


def measure_code(code: Any) -> int:
    """Return the size of a code, which needs no more than the leaf."""
    return code.size if isinstance(code, AbsentCode | MeteredCode) else len(code)


def hash_code(code: bytes) -> Bytes32:
    """Return the hash of a code, which needs no more than the leaf."""
    if isinstance(code, MeteredCode):
        return code.code_hash
    return bytes.fromhex(code.hex()) if isinstance(code, AbsentCode) else keccak256(code)


class ListedAccounts(dict[bytes, Any]):
    """The accounts of a view that are not dead."""

    def __init__(self, listed: frozenset[bytes], accounts: Mapping[bytes, Any]) -> None:
        super().__init__(accounts)
        self.listed = listed

    def get(self, address: bytes, default: Any = None) -> Any:
        """Return an account, if the list has it."""
        message = f"account 0x{address.hex()} is not listed"
        require(Reason.UNLISTED_READ, address in self.listed, message)
        return super().get(address, default)

    def __copy__(self) -> "ListedAccounts":
        return ListedAccounts(self.listed, self)


class ListedSlots(dict[bytes, Any]):
    """The slots of an account of a view that are not zero."""

    def __init__(self, view: "StateView", address: bytes, slots: Mapping[bytes, Any]) -> None:
        super().__init__(slots)
        self.view = view
        self.address = address

    def get(self, slot: bytes, default: Any = None) -> Any:
        """Return the value of a slot, if the list has it."""
        if not self.view.is_created(self.address):
            self.view.find_slot(self.address, slot)
        return super().get(slot, default)

    def __copy__(self) -> "ListedSlots":
        return ListedSlots(self.view, self.address, self)


class ListedStorage(dict[bytes, Any]):
    """The storage of a view: a trie for each account, which exists if it is not empty."""

    def __init__(self, view: "StateView", tries: Mapping[bytes, Any]) -> None:
        super().__init__(tries)
        self.view = view

    def get(self, address: bytes, default: Any = None) -> Any:
        """Return the storage of an account, which always answers."""
        if not dict.__contains__(self, address):
            self[address] = self.view.make_storage(address, {})
        return super().get(address, default)

    def __contains__(self, address: object) -> bool:
        storage = super().get(address)  # type: ignore[call-overload]
        return storage is not None and bool(storage._data)


class StateView:
    """
    The state before a step, with the attributes of the class `State` of the execution specs.

    After the step it is the state after it.
    """

    def __init__(
        self,
        access_list: AccessList,
        index: int,
        codes: Mapping[Bytes32, bytes],
        eels: Any,
        budget: CodeBudget | None = None,
    ) -> None:
        """Take the values that the list gives before the step with this index."""
        self.index = index
        self.listed = {
            account.address: {
                encode_uint(access.slot, 32): access.value for access in account.slots
            }
            for account in access_list.accounts
        }
        self._eels = eels
        self._codes = codes
        self._budget = budget
        self._before = {
            account.address: loaded
            for account in access_list.accounts
            if (loaded := self._load_account(account)) is not None
        }
        accounts = ListedAccounts(frozenset(self.listed), self._before)
        self._main_trie = eels.trie.Trie(secured=True, default=None, _data=accounts)
        self._storage_tries = {
            account.address: self.make_storage(account.address, self._load_slots(account))
            for account in access_list.accounts
        }
        self._snapshots: list[Any] = []
        self.created_accounts: set[bytes] = set()

    @property
    def _storage_tries(self) -> ListedStorage:
        return self._storage

    @_storage_tries.setter
    def _storage_tries(self, tries: Mapping[bytes, Any]) -> None:
        # A rollback puts back a plain dictionary.
        self._storage = ListedStorage(self, tries)

    def make_storage(self, address: Address, slots: Mapping[bytes, Any]) -> Any:
        """Make the storage of an account."""
        data = ListedSlots(self, address, slots)
        return self._eels.trie.Trie(secured=True, default=self._eels.numeric.U256(0), _data=data)

    def find_slot(self, address: Address, slot: Bytes32) -> Entry:
        """
        Find the entry of a slot.

        Raises:
            Rejected: If it is not listed.
        """
        entry = self.listed.get(address, {}).get(slot)
        if entry is None:
            message = f"slot 0x{slot.hex()} of 0x{address.hex()} is not listed"
            raise Rejected(Reason.UNLISTED_READ, message)
        return entry

    def is_created(self, address: Address) -> bool:
        """Whether the step created this contract, so that its storage was empty."""
        before, now = self._before.get(address), self._main_trie._data.get(address)
        had_code = before is not None and before.code != b""
        return not had_code and not (now is not None and now.code[:3] == DELEGATION_MARKER)

    def get_values(self, account: AccountAccess) -> Iterator[tuple[Entry, Bytes32]]:
        """
        Yield each entry of an account with its value in this state.

        Raises:
            Rejected: If a leaf cannot hold the account.
        """
        before = self._before.get(account.address)
        now = self._main_trie._data.get(account.address)
        if now == before:
            yield account.basic_data, account.basic_data.find_before(self.index)
            yield account.code_hash, account.code_hash.find_before(self.index)
        else:
            yield account.basic_data, self._pack_account(account, now)
            yield account.code_hash, hash_code(now.code) if has_code(now) else NO_CODE
        slots = self._storage_tries.get(account.address)._data
        for access in account.slots:
            value = dict.get(slots, encode_uint(access.slot, 32), 0)
            yield access.value, encode_uint(int(value), 32)

    def find_unlisted_write(self, account: AccountAccess) -> Bytes32 | None:
        """Find a slot that is not listed and not zero, or None."""
        slots = self._storage_tries.get(account.address)._data
        return next((slot for slot in slots if slot not in self.listed[account.address]), None)

    def get_codes(self) -> dict[Bytes32, bytes]:
        """Return the codes of all accounts that have theirs here, by their hash."""
        codes = (account.code for account in self._main_trie._data.values())
        return {
            keccak256(code): code
            for code in codes
            if not isinstance(code, AbsentCode | MeteredCode)
        }

    def find_greatest_balance(self) -> int:
        """Find the greatest balance of an account, wei."""
        accounts = self._main_trie._data.values()
        return max((int(account.balance) for account in accounts if account is not None), default=0)

    def _load_account(self, account: AccountAccess) -> Any:
        """Load an account, or None if nonce, balance and code are empty (EIP-161)."""
        data = unpack(account.basic_data.find_before(self.index))
        code_hash = account.code_hash.find_before(self.index)
        loaded = self._eels.fork_types.Account(
            nonce=self._eels.numeric.Uint(data.nonce),
            balance=self._eels.numeric.U256(data.balance),
            code=self._load_code(code_hash, data.code_size),
        )
        return None if loaded == self._eels.fork_types.EMPTY_ACCOUNT else loaded

    def _load_code(self, code_hash: Bytes32, size: int) -> bytes:
        if code_hash == NO_CODE:
            return b""
        code = self._codes.get(code_hash)
        if self._budget is not None:
            return MeteredCode(code, code_hash, size, self._budget)
        return code or AbsentCode(code_hash, size)

    def _load_slots(self, account: AccountAccess) -> dict[bytes, Any]:
        u256 = self._eels.numeric.U256
        values = {
            encode_uint(access.slot, 32): u256.from_be_bytes(access.value.find_before(self.index))
            for access in account.slots
        }
        return {slot: value for slot, value in values.items() if value}

    def _pack_account(self, account: AccountAccess, now: Any) -> Bytes32:
        if now is None:
            return bytes(32)
        before = unpack(account.basic_data.find_before(self.index))
        has_same_code = hash_code(now.code) == account.code_hash.find_before(self.index)
        code_size = before.code_size if has_same_code else measure_code(now.code)
        data = BasicData(code_size=code_size, nonce=int(now.nonce), balance=int(now.balance))
        try:
            return data.pack()
        except EncodingError:
            message = f"balance {now.balance} of 0x{account.address.hex()} is not below 2^128"
            raise Rejected(Reason.INVALID_TRANSACTION, message) from None


def has_code(account: Any) -> bool:
    """Whether an account has code."""
    return account is not None and account.code != b""


def unpack(value: Bytes32) -> BasicData:
    """Read basic data; bytes that no account packs to are read as an empty account."""
    try:
        return BasicData.unpack(value)
    except EncodingError:
        return BasicData()
