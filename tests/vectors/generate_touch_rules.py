"""
Write `touch_rules.json`: what one transaction touches, case by case, as EIP-7928 has it.

    python -m tests.vectors.generate_touch_rules

The expectations are written by hand: a touched account is both its header leaves, and has its
slots apart by whether the transaction leaves them changed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from eth_account import Account

from corollup.spec.encoding import keccak256
from corollup.spec.evm import HISTORY_STORAGE_ADDRESS
from corollup.spec.receipts import encode_rlp
from tests.vectors.generate import FOLDER, Json, fill

CHAIN_ID: Final = 4242
NUMBER: Final = 9
BASE_FEE: Final = 1_000_000_000
TIP: Final = 3
COLD_ACCOUNT_GAS: Final = 2600
COLD_SLOT_GAS: Final = 2100
TRANSACTION_GAS: Final = 21_000
PUSH_GAS: Final = 3

WALLET: Final = Account.from_key(fill("wallet"))
AUTHORITY_WALLET: Final = Account.from_key(fill("authority"))
SENDER: Final = str(WALLET.address).lower()
AUTHORITY: Final = str(AUTHORITY_WALLET.address).lower()
COINBASE: Final = "0x" + fill("coinbase", 20).hex()
CONTRACT: Final = "0x" + fill("contract", 20).hex()
OTHER: Final = "0x" + fill("other", 20).hex()
HISTORY: Final = "0x" + HISTORY_STORAGE_ADDRESS.hex()
IDENTITY: Final = "0x" + (4).to_bytes(20, "big").hex()
CREATED: Final = "created"
"""Stands for the address of the contract's first creation."""


@dataclass(frozen=True)
class Touched:
    """What a transaction does to an account."""

    read: tuple[int, ...] = ()
    """Slots that it reads and leaves as they were."""

    written: tuple[int, ...] = ()
    """Slots that it changes."""

    header_written: bool = False
    """Whether it changes nonce, balance or code."""


READ: Final = Touched()
WRITTEN: Final = Touched(header_written=True)


@dataclass(frozen=True)
class Case:
    """One transaction on a state of its own."""

    name: str
    code: bytes
    touched: Mapping[str, Touched]
    succeeded: bool = True
    gas: int = 200_000
    tip: int = TIP
    balance: int = 0
    transaction: Mapping[str, Any] = field(default_factory=dict)
    accounts: Mapping[str, Json] = field(default_factory=dict)


def push(address: str) -> bytes:
    """PUSH20."""
    return b"\x73" + bytes.fromhex(address[2:])


def call(address: str, value: int) -> bytes:
    """CALL with all gas, no input and no output."""
    return b"\x5f\x5f\x5f\x5f\x60" + bytes([value]) + push(address) + b"\x5a\xf1"


def create(value: int) -> bytes:
    """CREATE with init code that reverts."""
    return b"\x63\x5f\x5f\xfd\x00\x5f\x52\x60\x04\x60\x1c\x60" + bytes([value]) + b"\xf0"


def authorize(**fields: Any) -> Json:
    """A type-4 transaction's list of one authorization."""
    authorization = {"chainId": CHAIN_ID, "address": OTHER, "nonce": 0, **fields}
    return {"authorizationList": [AUTHORITY_WALLET.sign_authorization(authorization)]}


BALANCE: Final = push(OTHER) + b"\x31"
SLOAD: Final = b"\x60\x05\x54"

CASES: Final = (
    Case("a priority fee writes the coinbase", b"", {COINBASE: WRITTEN}),
    Case("a priority fee of zero still touches the coinbase", b"", {COINBASE: READ}, tip=0),
    Case("a precompile that is called", call(IDENTITY, 0), {IDENTITY: READ}),
    Case(
        "a precompile that receives value",
        call(IDENTITY, 1),
        {IDENTITY: WRITTEN, CONTRACT: WRITTEN},
        balance=1,
    ),
    Case(
        "an EIP-2930 access list alone touches nothing",
        b"",
        {},
        transaction={
            "accessList": [{"address": OTHER, "storageKeys": ["0x" + "00" * 31 + "07"]}],
        },
    ),
    Case(
        "out of gas before an account is loaded",
        BALANCE + b"\x50",
        {},
        succeeded=False,
        gas=TRANSACTION_GAS + PUSH_GAS + COLD_ACCOUNT_GAS - 1,
    ),
    Case(
        "out of gas after an account is loaded",
        BALANCE + b"\x50",
        {OTHER: READ},
        succeeded=False,
        gas=TRANSACTION_GAS + PUSH_GAS + COLD_ACCOUNT_GAS,
    ),
    Case(
        "out of gas before a slot is loaded",
        SLOAD + b"\x50",
        {},
        succeeded=False,
        gas=TRANSACTION_GAS + PUSH_GAS + COLD_SLOT_GAS - 1,
    ),
    Case(
        "out of gas after a slot is loaded",
        SLOAD + b"\x50",
        {CONTRACT: Touched(read=(5,))},
        succeeded=False,
        gas=TRANSACTION_GAS + PUSH_GAS + COLD_SLOT_GAS,
    ),
    Case(
        "a CREATE whose init code reverts",
        create(0),
        {CREATED: READ, CONTRACT: WRITTEN},
    ),
    Case(
        "a CREATE that cannot pay",
        create(1),
        {},
    ),
    Case(
        "an EIP-7702 authority that delegates",
        b"",
        {AUTHORITY: WRITTEN},
        transaction=authorize(),
    ),
    Case(
        "an EIP-7702 authority whose nonce is wrong",
        b"",
        {AUTHORITY: READ},
        transaction=authorize(nonce=5),
    ),
    Case(
        "an EIP-7702 authority of another chain",
        b"",
        {},
        transaction=authorize(chainId=CHAIN_ID + 1),
    ),
    Case(
        "a call to a delegated account",
        call(AUTHORITY, 0),
        {AUTHORITY: Touched(read=(5,)), OTHER: READ},
        accounts={
            AUTHORITY: {"nonce": "0x1", "code": f"0xef0100{OTHER[2:]}"},
            OTHER: {"nonce": "0x1", "code": "0x" + SLOAD.hex()},
        },
    ),
    Case(
        "a SELFDESTRUCT without balance touches its beneficiary",
        push(OTHER) + b"\xff",
        {OTHER: READ},
    ),
    Case(
        "a SELFDESTRUCT with balance writes its beneficiary",
        push(OTHER) + b"\xff",
        {OTHER: WRITTEN, CONTRACT: WRITTEN},
        balance=1,
    ),
    Case("a call with value 0", call(OTHER, 0), {OTHER: READ}),
    Case("a call with value", call(OTHER, 1), {OTHER: WRITTEN, CONTRACT: WRITTEN}, balance=1),
    Case("a block hash", b"\x60\x08\x40", {HISTORY: Touched(read=(8,))}),
    Case("a block hash beyond the window", b"\x60\x09\x40", {}),
    Case(
        "a write that is reverted",
        b"\x60\x01\x60\x05\x55\x5f\x5f\xfd",
        {CONTRACT: Touched(read=(5,))},
        succeeded=False,
    ),
    Case("a write of the same value", b"\x5f\x60\x05\x55", {CONTRACT: Touched(read=(5,))}),
    Case("a write", b"\x60\x01\x60\x05\x55", {CONTRACT: Touched(written=(5,))}),
    Case("a code size", push(OTHER) + b"\x3b", {OTHER: READ}),
)


def render() -> str:
    """The text of the file."""
    document = {
        "layout": "touch_rules",
        "environment": {
            "fork": "Osaka",
            "chain_id": CHAIN_ID,
            "number": NUMBER,
            "timestamp": 1_800_000_000,
            "gas_limit": 30_000_000,
            "base_fee": BASE_FEE,
            "coinbase": COINBASE,
            "prev_randao": "0x" + fill("prev randao").hex(),
            "blob_base_fee": 1,
        },
        "cases": [make_case(case) for case in CASES],
    }
    return json.dumps(document, indent=1) + "\n"


def make_case(case: Case) -> Json:
    """Sign the transaction, and name everything touched."""
    created = compute_created_address()
    expected = {
        SENDER: WRITTEN,
        CONTRACT: READ,
        COINBASE: WRITTEN,
        **{created if name == CREATED else name: done for name, done in case.touched.items()},
    }
    pre = {
        SENDER: {"balance": hex(10**18)},
        CONTRACT: {"nonce": "0x1", "balance": hex(case.balance), "code": f"0x{case.code.hex()}"},
        **case.accounts,
    }
    fields = {
        "chainId": CHAIN_ID,
        "nonce": 0,
        "gas": case.gas,
        "maxFeePerGas": BASE_FEE + case.tip,
        "maxPriorityFeePerGas": case.tip,
        "to": bytes.fromhex(CONTRACT[2:]),
        "value": 0,
        "data": b"",
        **case.transaction,
    }
    return {
        "name": case.name,
        "pre": pre,
        "transaction": "0x" + WALLET.sign_transaction(fields).raw_transaction.hex(),
        "succeeded": case.succeeded,
        "touched": {
            address: {
                "read": [hex(slot) for slot in done.read],
                "written": [hex(slot) for slot in done.written],
                "header_written": done.header_written,
            }
            for address, done in sorted(expected.items())
        },
    }


def compute_created_address() -> str:
    """The address of the contract's first creation, whose nonce is 1."""
    preimage = encode_rlp([bytes.fromhex(CONTRACT[2:]), b"\x01"])
    return "0x" + keccak256(preimage)[12:].hex()


if __name__ == "__main__":
    (FOLDER / "touch_rules.json").write_text(render())
