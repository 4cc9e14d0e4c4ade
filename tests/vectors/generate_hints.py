"""
Write `hints.json`: transactions of every type with hints and weights, some without a sender.

    python -m tests.vectors.generate_hints
"""

import json
from typing import Any, Final

from eth_account import Account

from corollup.spec.constants import Fork
from corollup.spec.encoding import keccak256
from corollup.spec.hints import GENERATOR, compute_weights, recover
from corollup.spec.transactions import (
    ORDER,
    Item,
    TransactionSignature,
    decode_rlp,
    encode_int,
    encode_rlp,
    read_signature,
)
from tests.vectors.generate import FOLDER, Json, fill, show

ADDRESS: Final = fill("receiver", 20)
BASE: Final[dict[str, Any]] = {"nonce": 5, "gas": 90_000, "to": ADDRESS, "value": 7, "data": b"ab"}
PRICE: Final = {"gasPrice": 11}
FEES: Final = {"maxFeePerGas": 13, "maxPriorityFeePerGas": 2, "chainId": 4242}
ACCESS: Final = [
    {
        "address": "0x" + ADDRESS.hex(),
        "storageKeys": ["0x" + fill(slot).hex() for slot in ("slot 0", "slot 1")],
    }
]
BLOBS: Final = {"maxFeePerBlobGas": 3, "blobVersionedHashes": [b"\x01" + bytes(31)]}


def sign(key: str, **fields: Any) -> bytes:
    """Sign a transaction."""
    return bytes(Account.sign_transaction({**BASE, **fields}, fill(key)).raw_transaction)


def sign_authorization() -> Any:
    """Sign an authorization of EIP-7702."""
    unsigned = {"chainId": 4242, "address": ADDRESS, "nonce": 1}
    return Account.sign_authorization(unsigned, fill("authority"))


TRANSACTIONS: Final = {
    "legacy without a chain": sign("one", **PRICE),
    "legacy": sign("two", **PRICE, chainId=4242),
    "EIP-2930": sign("three", **PRICE, chainId=4242, accessList=ACCESS, type=1),
    "EIP-1559": sign("four", **FEES, accessList=ACCESS),
    "EIP-1559, creating": sign("five", **FEES, to=b"", data=bytes(300)),
    "EIP-4844": sign("six", **FEES, **BLOBS),
    "EIP-7702": sign("seven", **FEES, authorizationList=[sign_authorization()]),
    "EIP-1559, of a sender from above": sign("four", **FEES, nonce=6),
}
"""Signed transactions."""


def change_fields(transaction: bytes, **changes: Item) -> bytes:
    """Replace some of the three last fields of an EIP-1559 transaction."""
    fields, _ = decode_rlp(transaction[1:], 0)
    assert isinstance(fields, list)
    places = {"parity": -3, "r": -2, "s": -1, "nonce": 1}
    for name, value in changes.items():
        fields[places[name]] = value
    return transaction[:1] + encode_rlp(fields)


def make_infinite() -> bytes:
    """Make a signature of which only infinity would be the key: R = G, s = z."""
    for nonce in range(100):
        transaction = change_fields(
            TRANSACTIONS["EIP-1559"],
            nonce=encode_int(nonce),
            parity=encode_int(GENERATOR[1] % 2),
            r=encode_int(GENERATOR[0]),
            s=b"",
        )
        signature = read_signature(transaction, Fork.OSAKA)
        assert signature is not None
        s = int.from_bytes(signature.hash, "big") % ORDER
        if s <= ORDER // 2:
            return change_fields(transaction, s=encode_int(s))
    raise AssertionError("half of the hashes are low")


def make_senderless() -> dict[str, bytes]:
    """Make bytes of which nobody is the sender."""
    good = TRANSACTIONS["EIP-1559"]
    signature = read_signature(good, Fork.OSAKA)
    assert signature is not None
    return {
        "empty": b"",
        "an unknown type": b"\x05" + good[1:],
        "a byte short": good[:-1],
        "a byte long": good + b"\0",
        "a leading zero": change_fields(good, nonce=b"\0\x05"),
        "a nonce of 65 bits": change_fields(good, nonce=encode_int(1 << 64)),
        "parity 2": change_fields(good, parity=b"\2"),
        "r is 0": change_fields(good, r=b""),
        "s is 0": change_fields(good, s=b""),
        "r is the order": change_fields(good, r=encode_int(ORDER)),
        "r is no x coordinate": change_fields(good, r=b"\5"),
        "s is high": change_fields(good, s=encode_int(ORDER - signature.s)),
        "the key is infinity": make_infinite(),
    }


def make_case(name: str, transaction: bytes, signature: TransactionSignature, weight: int) -> Json:
    """Make the case of a transaction with a sender."""
    hint = recover(signature)
    assert hint is not None
    encoded = hint.encode()
    return {
        "name": name,
        "transaction": transaction,
        "signed_hash": signature.hash,
        "hint": encoded,
        "sender": keccak256(encoded[:64])[12:],
        "weight": weight.to_bytes(16, "big", signed=True),
    }


def render() -> str:
    """Render the file."""
    signatures = [read_signature(data, Fork.OSAKA) for data in TRANSACTIONS.values()]
    found = [signature for signature in signatures if signature is not None]
    hints = [hint for hint in map(recover, found) if hint is not None]
    weights = compute_weights(found, hints)
    cases = zip(TRANSACTIONS, TRANSACTIONS.values(), found, weights, strict=True)
    document = {
        "layout": "hints",
        "valid": [make_case(*case) for case in cases],
        "senderless": [
            {"name": name, "transaction": data} for name, data in make_senderless().items()
        ],
    }
    return json.dumps(show(document), indent=1) + "\n"


def main() -> None:
    """Write the file."""
    (FOLDER / "hints.json").write_text(render())


if __name__ == "__main__":
    main()
