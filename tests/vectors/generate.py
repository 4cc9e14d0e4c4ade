"""
Write the vectors: one JSON file a layout, made from `corollup.spec`.

    python tests/vectors/generate.py

Bytes are 0x-hex, integers are 0x-hex quantities, and names are those of the fields.
Python, Rust and Solidity read the same files.
"""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

from corollup.errors import Reason
from corollup.spec.access_list import (
    AccessList,
    AccountAccess,
    Entry,
    SlotAccess,
    Write,
    compute_access_root,
    encode_access_leaves,
)
from corollup.spec.constants import MAX_ANCHOR_PAYLOADS, MAX_MESSAGES, NATIVE_VERSION
from corollup.spec.containers import (
    BlobProof,
    Body,
    Config,
    DataSection,
    ExecutionResult,
    Genesis,
    GenesisParent,
    Header,
    HeaderParent,
    InboxSection,
    compute_digest,
    compute_domain,
    compute_endorse_message,
    compute_key_hash,
    compute_payload_hash,
    compute_registration_message,
    compute_transactions_root,
    encode_payload,
)
from corollup.spec.encoding import AbiStruct, Unsigned, encode_uint, get_codecs, keccak256
from corollup.spec.inbox import InboxMessage
from corollup.spec.merkle import compute_merkle_path, compute_merkle_root
from corollup.spec.receipts import Log, Receipt, compute_receipts_root

FOLDER = Path(__file__).parent

Json = dict[str, Any]
Struct = TypeVar("Struct", bound=AbiStruct)


def fill(label: str, size: int = 32) -> bytes:
    """Return bytes that look random and follow from the label."""
    blocks = [keccak256(f"{label}/{number}".encode()) for number in range(size // 32 + 1)]
    return b"".join(blocks)[:size]


def show(value: Any) -> Any:
    """Show a value in JSON."""
    match value:
        case bool() | str() | None:
            return value
        case int():
            return hex(value)
        case bytes():
            return f"0x{value.hex()}"
        case list() | tuple():
            return [show(item) for item in value]
        case dict():
            return {key: show(item) for key, item in value.items()}
        case _:
            return {field.name: show(getattr(value, field.name)) for field in fields(value)}


def make_struct(struct: type[Struct], label: str) -> Struct:
    """Make a struct whose fields all differ."""
    values: dict[str, int | bytes] = {}
    for name, codec in get_codecs(struct).items():
        size = codec.bits // 8 if isinstance(codec, Unsigned) else codec.size
        word = fill(f"{label}/{name}", size)
        values[name] = int.from_bytes(word, "big") if isinstance(codec, Unsigned) else word
    return struct(**values)


def make_extreme(struct: type[Struct], byte: int) -> Struct:
    """Make the struct whose fields are all zeros or all ones."""
    values: dict[str, int | bytes] = {}
    for name, codec in get_codecs(struct).items():
        if isinstance(codec, Unsigned):
            values[name] = (1 << codec.bits) - 1 if byte else 0
        else:
            values[name] = bytes([byte]) * codec.size
    return struct(**values)


def make_struct_cases(struct: type[Struct], label: str) -> list[tuple[str, Struct]]:
    """Make a case of each kind."""
    return [
        ("zero", make_extreme(struct, 0)),
        ("largest", make_extreme(struct, 0xFF)),
        ("distinct", make_struct(struct, label)),
    ]


def make_struct_faults(struct: type[AbiStruct]) -> list[Json]:
    """Make encodings that no value has: a wrong length, or a dirty word."""
    encoded = make_struct(struct, "invalid").encode()
    faults = [
        {"name": "empty", "encoded": b""},
        {"name": "a byte short", "encoded": encoded[:-1]},
        {"name": "a byte long", "encoded": encoded + b"\0"},
    ]
    for number, (name, codec) in enumerate(get_codecs(struct).items()):
        size = codec.bits // 8 if isinstance(codec, Unsigned) else codec.size
        if size < 32:
            dirty = bytearray(encoded)
            dirty[32 * number + 31 - size] = 1
            faults.append({"name": f"{name} above its type", "encoded": bytes(dirty)})
    return faults


def make_config() -> Json:
    cases = [
        {"name": name, "value": config, "encoded": config.encode(), "hash": config.compute_hash()}
        for name, config in make_struct_cases(Config, "config")
    ]
    return {"valid": cases, "invalid": make_struct_faults(Config)}


def make_genesis() -> Json:
    cases = [
        {
            "name": name,
            "value": genesis,
            "encoded": genesis.encode(),
            "hash": genesis.compute_hash(),
        }
        for name, genesis in make_struct_cases(Genesis, "genesis")
    ]
    return {"valid": cases, "invalid": make_struct_faults(Genesis)}


def make_header() -> Json:
    cases = [
        {"name": name, "value": header, "encoded": header.encode()}
        for name, header in make_struct_cases(Header, "header")
    ]
    return {"valid": cases, "invalid": make_struct_faults(Header)}


def make_domain() -> Json:
    cases = []
    for l1_chain_id, l2_chain_id in ((31337, 4242), (1, (1 << 64) - 1)):
        state_contract, genesis_hash = fill(f"contract {l1_chain_id}", 20), fill("genesis hash")
        cases.append(
            {
                "l1_chain_id": l1_chain_id,
                "l2_chain_id": l2_chain_id,
                "state_contract": state_contract,
                "genesis_hash": genesis_hash,
                "domain": compute_domain(l1_chain_id, l2_chain_id, state_contract, genesis_hash),
            }
        )
    return {"valid": cases}


def make_digest() -> Json:
    return {
        "valid": [
            {"domain": domain, "header": header, "digest": compute_digest(domain, header)}
            for domain, (_, header) in zip(
                (bytes(32), b"\xff" * 32, fill("domain")),
                make_struct_cases(Header, "header"),
                strict=True,
            )
        ]
    }


def make_endorse_message() -> Json:
    return {
        "valid": [
            {
                "digest": digest,
                "status": status,
                "message": compute_endorse_message(digest, status),
            }
            for digest in (bytes(32), fill("digest"))
            for status in (0, 1)
        ]
    }


def make_registration_message() -> Json:
    cases = []
    for chain_id in (1, 31337):
        contract, operator = fill(f"contract {chain_id}", 20), fill(f"operator {chain_id}", 20)
        key = fill(f"key {chain_id}", 128)
        key_hash = compute_key_hash(key)
        cases.append(
            {
                "l1_chain_id": chain_id,
                "management_contract": contract,
                "operator": operator,
                "key": key,
                "key_hash": key_hash,
                "message": compute_registration_message(chain_id, contract, operator, key_hash),
            }
        )
    return {"valid": cases}


def make_merkle() -> Json:
    cases = []
    for count in (0, 1, 2, 3, 5, 7, 8):
        items = [fill(f"item {number}", 3 * number) for number in range(count)]
        paths = [compute_merkle_path(items, index) for index in range(count)]
        root = compute_merkle_root(items)
        cases.append({"count": count, "items": items, "root": root, "paths": paths})
    return {"valid": cases}


def make_payload() -> Json:
    cases = []
    for sizes in ((), (0,), (1,), (110, 0, 300)):
        transactions = [fill(f"tx {number}", size) for number, size in enumerate(sizes)]
        payload = encode_payload(transactions)
        cases.append(
            {
                "transactions": transactions,
                "encoded": payload,
                "payload_hash": compute_payload_hash(payload),
                "transactions_root": compute_transactions_root(transactions),
            }
        )
    one = encode_payload([b"\x01\x02"])
    faults = {
        "empty": b"",
        "another codec": b"\x02" + one[1:],
        "a byte short": one[:-1],
        "a byte long": one + b"\0",
        "a count above the transactions": one[:1] + encode_uint(2, 4) + one[5:],
        "a count below the transactions": one[:1] + encode_uint(0, 4) + one[5:],
        "a count above the bytes": one[:1] + b"\xff" * 4 + one[5:],
        "a length above the bytes": one[:5] + b"\xff" * 4 + one[9:],
    }
    return {"valid": cases, "invalid": make_faults(faults)}


def make_faults(faults: dict[str, bytes]) -> list[Json]:
    """Make the list of encodings that no value has."""
    return [{"name": name, "encoded": encoded} for name, encoded in faults.items()]


def make_entry(label: str, *indexes: int) -> Entry:
    """Make an entry that is written at the indexes."""
    return Entry(
        fill(f"{label}/before"),
        tuple(Write(index, fill(f"{label}/{index}")) for index in indexes),
    )


def make_account(address: bytes, *slots: SlotAccess, label: str = "account") -> AccountAccess:
    """Make an account that is written by the first transaction."""
    return AccountAccess(
        address, make_entry(f"{label}/basic", 2), make_entry(f"{label}/code"), slots
    )


def make_access_list() -> Json:
    low, high = sorted((fill("low", 20), fill("high", 20)))
    slots = (
        SlotAccess(0, make_entry("slot 0", 1)),
        SlotAccess(63, make_entry("slot 63", 2, 3, 7)),
        SlotAccess(64, make_entry("slot 64")),
        SlotAccess((1 << 256) - 1, make_entry("last slot", (1 << 32) - 1)),
    )
    lists = {
        "empty": AccessList(),
        "an account that is only read": AccessList(
            (AccountAccess(low, Entry(bytes(32)), Entry(bytes(32))),)
        ),
        "two accounts with slots": AccessList(
            (make_account(low, *slots), make_account(high, slots[1], label="high"))
        ),
    }
    cases = [
        {
            "name": name,
            "accounts": access_list.accounts,
            "encoded": access_list.encode(),
            "leaves": encode_access_leaves(access_list),
            "root": compute_access_root(access_list),
        }
        for name, access_list in lists.items()
    ]
    return {"valid": cases, "invalid": make_faults(make_access_list_faults(low, high, slots))}


def make_access_list_faults(
    low: bytes, high: bytes, slots: tuple[SlotAccess, ...]
) -> dict[str, bytes]:
    """Make access lists that are out of order or out of length."""

    def encode(*accounts: AccountAccess) -> bytes:
        return AccessList(accounts).encode()

    def encode_writes(*indexes: int) -> bytes:
        return encode(make_account(low, SlotAccess(5, make_entry("writes", *indexes))))

    one = encode(make_account(low))
    return {
        "nothing": b"",
        "a byte short": one[:-1],
        "a byte long": one + b"\0",
        "accounts descend": encode(make_account(high), make_account(low)),
        "an account twice": encode(make_account(low), make_account(low)),
        "slots descend": encode(make_account(low, slots[1], slots[0])),
        "a slot twice": encode(make_account(low, slots[1], slots[1])),
        "a write at index 0": encode_writes(0),
        "writes descend": encode_writes(3, 2),
        "a write twice": encode_writes(2, 2),
        "an account count above the bytes": b"\xff" * 4 + one[4:],
    }


def make_receipt() -> Json:
    log = Log(fill("emitter", 20), (fill("topic 0"), fill("topic 1")), fill("data", 60))
    receipts = (
        Receipt(succeeded=True, cumulative_gas=21_000, logs=()),
        Receipt(succeeded=False, cumulative_gas=(1 << 64) - 1, logs=()),
        Receipt(succeeded=True, cumulative_gas=90_000, logs=(log,)),
        Receipt(
            succeeded=True,
            cumulative_gas=123_456,
            logs=(replace(log, topics=(), data=b"\x7f"), log, replace(log, data=bytes(300))),
        ),
    )
    cases = [{**show(receipt), "item": receipt.encode()} for receipt in receipts]
    return {"valid": cases, "receipts_root": compute_receipts_root(receipts)}


def make_execution_result() -> Json:
    config = replace(make_struct(Config, "config"), version=NATIVE_VERSION)
    genesis = replace(make_struct(Genesis, "genesis"), config_hash=config.compute_hash())
    body = Body(
        access_list=fill("access list", 90),
        payload=encode_payload([fill("tx", 100)]),
        codes=(fill("code 0", 40), fill("code 1", 7)),
        proof=fill("proof", 200),
        inbox=InboxSection(
            31337,
            (
                InboxMessage(fill("sender", 20), fill("target", 20), 1, 2, 21_000, b""),
                InboxMessage(
                    fill("sender", 20),
                    fill("target", 20),
                    (1 << 96) - 1,
                    (1 << 256) - 1,
                    (1 << 64) - 1,
                    fill("message data", 9),
                ),
            ),
        ),
        data=DataSection(
            (encode_payload([]), fill("payload", 33)),
            (BlobProof(fill("commitment", 48), fill("blob proof", 48)),),
        ),
    )
    first = ExecutionResult(
        domain=fill("domain"),
        l2_chain_id=4242,
        parent=GenesisParent(config, genesis),
        producer_key=fill("key", 48),
        producer_signature=fill("signature", 96),
        header=make_struct(Header, "header"),
        body=body,
    )
    second = replace(
        first, parent=HeaderParent(make_struct(Header, "parent")), body=Body(b"", b"", (), b"")
    )
    cases = [
        {"name": "on a genesis", **show(first), "encoded": first.encode()},
        {"name": "on a header, empty body", **show(second), "encoded": second.encode()},
    ]
    encoded = second.encode()
    foreign = replace(first, parent=GenesisParent(replace(config, gas_limit=1), genesis))
    faults = {
        "empty": b"",
        "another magic": b"corollp\x01" + encoded[8:],
        "an unknown kind of parent": encoded[:48] + b"\x02" + encoded[49:],
        "a configuration that is not the genesis's": foreign.encode(),
        "a dirty word in the header": replace_byte(encoded, 8 + 32 + 8 + 833 + 48 + 96, 1),
        "a section above the bytes": encoded[:-4] + b"\xff" * 4,
        "a code count above the bytes": encoded[:-8] + b"\xff" * 4 + encoded[-4:],
        **make_section_faults(second),
        "a byte short": encoded[:-1],
        "a byte long": encoded + b"\0",
    }
    return {"valid": cases, "invalid": make_faults(faults)}


def make_section_faults(result: ExecutionResult) -> dict[str, bytes]:
    """Make the faults of the sections of messages and data of a result with an empty body."""
    empty = result.encode()
    head, tail = empty[:-20], empty[-8:]
    assert empty[-28:] == bytes(28)
    word, huge = encode_uint(1, 4), b"\xff" * 4
    message = fill("message", 92) + bytes(4)
    return {
        "a message count above the bytes": head + huge + empty[-16:],
        "messages without a chain id": head + word + message + empty[-16:],
        "too many messages": head + encode_uint(MAX_MESSAGES + 1, 4) + bytes(8 + 96 * 8193),
        "message data above the bytes": head + word + bytes(8) + message[:-4] + huge + empty[-16:],
        "a count of payloads above the bytes": head + bytes(4) + huge + tail,
        "too many anchored payloads": head
        + bytes(4)
        + encode_uint(MAX_ANCHOR_PAYLOADS + 1, 4)
        + bytes(4 * 4098)
        + tail,
        "a count of blobs above the bytes": head + bytes(8) + encode_uint(1, 4) + tail,
        "too many blobs": head + bytes(8) + encode_uint(7, 4) + bytes(96 * 7) + tail,
    }


def replace_byte(data: bytes, position: int, byte: int) -> bytes:
    """Return `data` with another byte at a position."""
    return data[:position] + bytes([byte]) + data[position + 1 :]


def make_reasons() -> Json:
    return {
        "valid": [{"name": reason.value, "class": reason.reason_class.value} for reason in Reason]
    }


LAYOUTS: dict[str, Callable[[], Json]] = {
    "access_list": make_access_list,
    "config": make_config,
    "digest": make_digest,
    "domain": make_domain,
    "endorse_message": make_endorse_message,
    "execution_result": make_execution_result,
    "genesis": make_genesis,
    "header": make_header,
    "merkle": make_merkle,
    "payload": make_payload,
    "reasons": make_reasons,
    "receipt": make_receipt,
    "registration_message": make_registration_message,
}
"""How each file is made, by its name."""


def render(layout: str) -> str:
    """Render the file of a layout."""
    document = show({"layout": layout, **LAYOUTS[layout]()})
    return json.dumps(document, indent=1) + "\n"


def main() -> None:
    """Write every file."""
    for layout in LAYOUTS:
        (FOLDER / f"{layout}.json").write_text(render(layout))


if __name__ == "__main__":
    main()
