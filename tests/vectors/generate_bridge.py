"""
Write the vectors of the bridge: hashes of messages, and proofs of the state to escape by.

    python -m tests.vectors.generate_bridge

The native core makes the proofs. Proofs are encoded as the contracts take them.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from corollup.l1.abi import encode_arguments
from corollup.l1.faults import STEM_PROOF, get_stem_proof
from corollup.spec.encoding import Bytes32, keccak256
from corollup.spec.evidence.stem_proofs import StemProof
from corollup.spec.inbox import (
    EMPTY_INBOX_HASH,
    InboxMessage,
    compute_alias,
    compute_least_gas,
    compute_message_hash,
    extend_inbox_hash,
)
from corollup.spec.outbox import (
    OUTBOX,
    TOKEN_BRIDGE_L2,
    PlacedWithdrawal,
    Withdrawal,
    compute_sent_slot,
    compute_withdrawal_hash,
    compute_withdrawals_root,
)
from corollup.spec.verkle.keys import (
    BasicData,
    compute_basic_data_key,
    compute_code_hash_key,
    compute_storage_key,
)
from corollup.verkle import VerkleTree
from tests.artifacts import PACKAGE_ARTIFACTS, load_artifact
from tests.vectors.generate import FOLDER, Json, show

L1_CHAIN_ID: Final = 31_337
L2_CHAIN_ID: Final = 267_655

ACCOUNT_PROOF: Final = f"(address,bytes32,bytes32,address,{STEM_PROOF})"

ALICE: Final = bytes.fromhex("a11ce00000000000000000000000000000000001")
BOB: Final = bytes.fromhex("b0b0000000000000000000000000000000000002")
CONTRACT: Final = bytes.fromhex("c0de000000000000000000000000000000000003")
DELEGATED: Final = bytes.fromhex("de1e000000000000000000000000000000000004")
L1_CONTRACT: Final = bytes.fromhex("11c0000000000000000000000000000000000005")
STRANGER: Final = bytes.fromhex("0000000000000000000000000000000000005717")

CODE: Final = bytes.fromhex("5f5ff3")
"""Code of `CONTRACT`."""

DELEGATE: Final = CONTRACT
"""What `DELEGATED` delegates to."""

TOKEN: Final = bytes.fromhex("70ce000000000000000000000000000000000006")
"""A token of the L1."""

TOKEN_BRIDGE: Final = bytes.fromhex("7b00000000000000000000000000000000000007")
"""Where the tests put the token bridge of the L1."""

ETHER: Final = 10**18

WITHDRAWALS: Final = [
    Withdrawal(0, ALICE, ALICE, 2 * ETHER, 30_000, b""),
    Withdrawal(1, BOB, L1_CONTRACT, ETHER, 100_000, b"\x01\x02\x03\x04hello"),
    Withdrawal(300, TOKEN_BRIDGE_L2, TOKEN_BRIDGE, 0, 200_000, bytes(33)),
]

MESSAGES: Final = [
    InboxMessage(ALICE, BOB, ETHER, ETHER, 21_000, b""),
    InboxMessage(compute_alias(L1_CONTRACT), CONTRACT, 0, 5, 60_000, b"\x00\x01call\x00"),
    InboxMessage(b"\xff" * 20, bytes(20), 2**96 - 1, 2**256 - 1, 2**64 - 1, bytes(range(256))),
]

BALANCES: Final = {
    ALICE: (5 * ETHER, b""),
    BOB: (2 * ETHER, b""),
    CONTRACT: (3 * ETHER, CODE),
    DELEGATED: (ETHER, bytes.fromhex("ef0100") + DELEGATE),
    compute_alias(L1_CONTRACT): (4 * ETHER, b""),
    OUTBOX: (7 * ETHER, b"\x01"),
}
"""What the accounts have, and their code."""

TOKEN_BALANCES: Final = {ALICE: 1000, CONTRACT: 77, STRANGER: 0}


def make_inbox_messages() -> Json:
    inbox_hash = EMPTY_INBOX_HASH
    cases = []
    for index, message in enumerate(MESSAGES):
        message_hash = compute_message_hash(L1_CHAIN_ID, index, message)
        inbox_hash = extend_inbox_hash(inbox_hash, message_hash)
        cases.append(
            {
                "index": index,
                "sender": message.sender,
                "target": message.target,
                "mint": hex(message.mint),
                "value": hex(message.value),
                "gas": message.gas,
                "data": message.data,
                "least_gas": compute_least_gas(message.data),
                "message_hash": message_hash,
                "inbox_hash": inbox_hash,
            }
        )
    aliases = [{"contract": a, "alias": compute_alias(a)} for a in (L1_CONTRACT, b"\xff" * 20)]
    return {"l1_chain_id": L1_CHAIN_ID, "valid": cases, "aliases": aliases}


def make_withdrawals() -> Json:
    placed = [
        PlacedWithdrawal(withdrawal, position, 3 - position)
        for position, withdrawal in enumerate(WITHDRAWALS)
    ]
    return {
        "l2_chain_id": L2_CHAIN_ID,
        "valid": [
            {
                "nonce": item.withdrawal.nonce,
                "sender": item.withdrawal.sender,
                "target": item.withdrawal.target,
                "value": hex(item.withdrawal.value),
                "gas": item.withdrawal.gas,
                "data": item.withdrawal.data,
                "position": item.position,
                "log": item.log,
                "withdrawal_hash": compute_withdrawal_hash(L2_CHAIN_ID, item.withdrawal),
                "slot": compute_sent_slot(compute_withdrawal_hash(L2_CHAIN_ID, item.withdrawal)),
                "item": item.encode(L2_CHAIN_ID),
            }
            for item in placed
        ],
        "withdrawals_root": compute_withdrawals_root(L2_CHAIN_ID, placed),
    }


def make_escape() -> Json:
    values = make_state()
    tree = VerkleTree([*values.items()])
    accounts = [
        encode_arguments([ACCOUNT_PROOF], [prove_account(tree, values, account)])
        for account in [*BALANCES, STRANGER]
    ]
    sent = [
        prove(tree, values, [get_sent_key(withdrawal)])
        for withdrawal in [*WITHDRAWALS[:2], make_unsent()]
    ]
    tokens = [prove(tree, values, [get_token_key(holder)]) for holder in TOKEN_BALANCES]
    return {
        "l2_chain_id": L2_CHAIN_ID,
        "root": tree.root,
        "accounts": accounts,
        "withdrawals": [encode_arguments([STEM_PROOF], [proof]) for proof in sent],
        "tokens": [encode_arguments([STEM_PROOF], [proof]) for proof in tokens],
        "token": TOKEN,
        "token_bridge": TOKEN_BRIDGE,
        "l2_token": compute_l2_token(),
    }


def make_state() -> dict[Bytes32, Bytes32]:
    """Return a state in which the stem of `ALICE` ends at depth 3."""
    values = {}
    for account, (balance, code) in BALANCES.items():
        values[compute_basic_data_key(account)] = BasicData(
            code_size=len(code), nonce=1, balance=balance
        ).pack()
        if code:
            values[compute_code_hash_key(account)] = keccak256(code)
    for withdrawal in WITHDRAWALS[:2]:
        values[get_sent_key(withdrawal)] = encode_word(1)
    for holder, balance in TOKEN_BALANCES.items():
        if balance:
            values[get_token_key(holder)] = encode_word(balance)
    stem = compute_basic_data_key(ALICE)[:31]
    neighbour = stem[:2] + bytes([stem[2] ^ 1]) + stem[3:] + b"\0"
    values[neighbour] = encode_word(1)
    return values


def make_unsent() -> Withdrawal:
    return Withdrawal(7, STRANGER, STRANGER, 9 * ETHER, 30_000, b"")


def compute_l2_token() -> bytes:
    """Compute the address on the L2 of `TOKEN`."""
    creation = load_artifact(PACKAGE_ARTIFACTS / "BridgedToken.json").bytecode
    salt = keccak256(TOKEN_BRIDGE.rjust(32, b"\0") + TOKEN.rjust(32, b"\0"))
    return keccak256(b"\xff" + TOKEN_BRIDGE_L2 + salt + keccak256(creation))[12:]


def get_sent_key(withdrawal: Withdrawal) -> Bytes32:
    slot = compute_sent_slot(compute_withdrawal_hash(L2_CHAIN_ID, withdrawal))
    return compute_storage_key(OUTBOX, int.from_bytes(slot, "big"))


def get_token_key(holder: bytes) -> Bytes32:
    slot = keccak256(holder.rjust(32, b"\0") + bytes(32))
    return compute_storage_key(compute_l2_token(), int.from_bytes(slot, "big"))


def prove_account(
    tree: VerkleTree, values: dict[Bytes32, Bytes32], account: bytes
) -> tuple[Any, ...]:
    keys = [compute_basic_data_key(account), compute_code_hash_key(account)]
    basic_data, code_hash = (values.get(key, bytes(32)) for key in keys)
    delegate = DELEGATE if account == DELEGATED else bytes(20)
    return account, basic_data, code_hash, delegate, prove(tree, values, keys)


def prove(
    tree: VerkleTree, values: dict[Bytes32, Bytes32], keys: Sequence[Bytes32]
) -> tuple[Any, ...]:
    claim = [(key, values.get(key, bytes(32))) for key in keys]
    wire = tree.prove(L2_CHAIN_ID, keys)
    return get_stem_proof(StemProof.from_wire(L2_CHAIN_ID, tree.root, claim, wire))


def encode_word(number: int) -> Bytes32:
    return number.to_bytes(32, "big")


LAYOUTS: Final[dict[str, Callable[[], Json]]] = {
    "inbox_message": make_inbox_messages,
    "withdrawal": make_withdrawals,
    "escape": make_escape,
}
"""How each file is made, by its name."""


def render(layout: str) -> str:
    """Render the file of a layout."""
    return json.dumps(show({"layout": layout, **LAYOUTS[layout]()}), indent=1) + "\n"


def main() -> None:
    """Write every file."""
    for layout in LAYOUTS:
        (FOLDER / f"{layout}.json").write_text(render(layout))


if __name__ == "__main__":
    main()
