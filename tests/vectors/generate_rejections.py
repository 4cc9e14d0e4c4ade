"""
Write `rejections.json`: for each `Reason` a packet that fails with it, and the valid packet.

    python -m tests.vectors.generate_rejections

Each fault is one change; every commitment above it is made again and the header is signed again,
so that only the check under test can find it. It is apart from the other vectors because the
reference curve takes seconds.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from corollup.errors import Reason
from corollup.spec.access_list import AccessList, AccountAccess, Entry, Write
from corollup.spec.blobs import compute_data_hash
from corollup.spec.constants import NATIVE_VERSION, Fork
from corollup.spec.containers import BlobProof, DataSection, ExecutionResult, compute_payload_hash
from corollup.spec.evm import HISTORY_STORAGE_ADDRESS
from corollup.spec.hints import recover
from corollup.spec.transactions import read_signature
from corollup.spec.verdict import Anchor, Context, Inbox, Network, Schedule
from tests.vectors.generate import FOLDER, Json, fill, replace_byte, show
from tests.vectors.packets import (
    CONFIG,
    GAS_LIMIT,
    GENESIS_TIME,
    KEY,
    L1_NUMBER,
    NOTARY,
    PRODUCER,
    RECIPIENT,
    TRANSACTIONS,
    Packet,
    make_packet,
    prove,
    sign_transaction,
)

PACKET: Final = make_packet()
HEADER: Final = PACKET.header
CONTEXT: Final = Context(
    network=Network(PACKET.domain, CONFIG),
    parent_hash=HEADER.parent_hash,
    anchor=Anchor(HEADER.l1_hash, GENESIS_TIME, HEADER.prev_randao, depth=1),
    schedule=Schedule(PRODUCER, KEY),
    inbox=Inbox(due=1, sent=1, hash=HEADER.inbox_hash),
    fee_cover=2 * GAS_LIMIT * CONFIG.committees,
)
"""All that an endorser can know of the packet."""

Fault = Callable[[], ExecutionResult | bytes | tuple[ExecutionResult, Context]]


def change_header(**fields: Any) -> Fault:
    """Change fields of the header."""
    return lambda: replace(PACKET, header=replace(HEADER, **fields)).sign()


def change_context(**fields: Any) -> Fault:
    """Change what the endorser knows."""
    return lambda: (PACKET.sign(), replace(CONTEXT, **fields))


def change_anchor(**fields: Any) -> Fault:
    """Change the L1 block that the endorser knows."""
    assert CONTEXT.anchor is not None
    return change_context(anchor=replace(CONTEXT.anchor, **fields))


def change_account(address: bytes, change: Callable[[AccountAccess], AccountAccess]) -> Packet:
    """Change an account of the access list, and make the header commit to it."""
    accounts = (
        change(account) if account.address == address else account
        for account in PACKET.access_list.accounts
    )
    return replace(PACKET, access_list=AccessList(tuple(accounts))).seal()


def cut_the_end() -> bytes:
    return PACKET.sign().encode()[:-1]


def fill_the_payload() -> ExecutionResult:
    size = CONFIG.max_payload_bytes + 1
    return replace(PACKET, payload=bytes(size)).seal().sign()


def sign_in_another_domain() -> ExecutionResult:
    return replace(PACKET, domain=fill("another domain")).sign()


def name_another_chain() -> ExecutionResult:
    return replace(PACKET, l2_chain_id=PACKET.l2_chain_id + 1).sign()


def sign_another_header() -> ExecutionResult:
    other = replace(PACKET, header=replace(HEADER, timestamp=HEADER.timestamp + 1)).sign()
    return replace(PACKET.sign(), producer_signature=other.producer_signature)


def use_an_unknown_codec() -> ExecutionResult:
    return replace(PACKET, payload=replace_byte(PACKET.payload, 0, 2)).seal().sign()


def commit_to_another_access_list() -> ExecutionResult:
    packet = change_account(NOTARY, lambda account: replace(account, slots=()))
    return replace(packet, header=HEADER).sign()


def invent_a_blob_proof() -> tuple[ExecutionResult, Context]:
    """Anchor the data in a blob whose commitment and proof are infinity, as those of zeros are."""
    config = replace(CONFIG, data_anchor_interval=1)
    infinity = b"\xc0" + bytes(47)
    data = DataSection((), (BlobProof(infinity, infinity),))
    packet = make_packet(config)
    header = replace(packet.header, data_hash=compute_data_hash(data.blobs))
    network = Network(packet.domain, config)
    context = replace(CONTEXT, network=network, parent_hash=header.parent_hash, payload_hashes=())
    return replace(packet, header=header, data=data).sign(), context


def add_a_code() -> ExecutionResult:
    return replace(PACKET, codes=(b"\x00", *PACKET.codes)).sign()


def lengthen_the_proof() -> ExecutionResult:
    return replace(PACKET, proof=PACKET.proof + b"\0").sign()


def invent_a_value_before() -> ExecutionResult:
    def change(account: AccountAccess) -> AccountAccess:
        [access] = account.slots
        value = replace(access.value, before=fill("invented"))
        return replace(account, slots=(replace(access, value=value),))

    return change_account(NOTARY, change).sign()


def hint_at_another_sender() -> tuple[ExecutionResult, Context]:
    hints = replace_byte(make_hints(TRANSACTIONS), 96, 0xFF)
    return PACKET.sign(), replace(CONTEXT, hints=hints)


def make_hints(transactions: Sequence[bytes]) -> bytes:
    """Make the hints of signed transactions."""
    signatures = (read_signature(data, Fork.OSAKA) for data in transactions)
    hints = [recover(signature) for signature in signatures if signature is not None]
    return b"".join(hint.encode() for hint in hints if hint is not None)


def leave_out_a_code() -> ExecutionResult:
    return replace(PACKET, codes=PACKET.codes[:1]).sign()


def repeat_a_nonce() -> ExecutionResult:
    transactions = (TRANSACTIONS[0], sign_transaction(7, NOTARY, 0))
    return PACKET.replace_transactions(transactions).sign()


def leave_out_a_read() -> ExecutionResult:
    packet = change_account(HISTORY_STORAGE_ADDRESS, lambda account: replace(account, slots=()))
    return replace(packet, proof=prove(packet.access_list)).sign()


def list_another_write() -> ExecutionResult:
    def change(account: AccountAccess) -> AccountAccess:
        [write] = account.basic_data.writes
        entry = Entry(account.basic_data.before, (Write(write.index, fill("another value")),))
        return replace(account, basic_data=entry)

    return change_account(RECIPIENT, change).sign()


FAULTS: Final[dict[Reason, Fault]] = {
    Reason.MALFORMED_ENCODING: cut_the_end,
    Reason.LIMIT_EXCEEDED: fill_the_payload,
    Reason.WRONG_DOMAIN: sign_in_another_domain,
    Reason.WRONG_CHAIN_ID: name_another_chain,
    Reason.WRONG_VERSION: change_header(version=NATIVE_VERSION + 1),
    Reason.WRONG_NUMBER: change_header(number=2),
    Reason.WRONG_PARENT_HASH: change_header(parent_hash=fill("another parent")),
    Reason.WRONG_PRE_STATE_ROOT: change_header(pre_state_root=bytes(32)),
    Reason.TIMESTAMP_BEFORE_PARENT: change_header(timestamp=GENESIS_TIME - 1),
    Reason.WRONG_GAS_LIMIT: change_header(gas_limit=GAS_LIMIT + 1),
    Reason.GAS_USED_ABOVE_LIMIT: change_header(gas_used=GAS_LIMIT + 1),
    Reason.WRONG_BASE_FEE: change_header(base_fee=HEADER.base_fee + 1),
    Reason.RESERVED_FIELD_NOT_ZERO: change_header(trace_root=fill("trace")),
    Reason.WRONG_INBOX: change_header(inbox_count=0),
    Reason.WRONG_DATA_HASH: change_header(data_hash=fill("data")),
    Reason.ANCHOR_BEFORE_PARENT: change_header(l1_number=L1_NUMBER - 1),
    Reason.WRONG_ANCHOR: change_anchor(depth=CONFIG.anchor_depth - 1),
    Reason.ANCHOR_TIME_MISMATCH: change_anchor(timestamp=HEADER.timestamp + 1),
    Reason.WRONG_PREV_RANDAO: change_anchor(prev_randao=fill("another randao")),
    Reason.WRONG_VIEW: change_header(view=HEADER.view + 1),
    Reason.PRODUCER_NOT_SCHEDULED: change_context(schedule=Schedule(RECIPIENT, KEY)),
    Reason.INVALID_PRODUCER_SIGNATURE: sign_another_header,
    Reason.FEE_TOO_LOW: change_header(fee_gas_price=CONFIG.min_fee_gas_price - 1),
    Reason.FEE_COVER_TOO_LOW: change_context(fee_cover=2 * GAS_LIMIT * CONFIG.committees - 1),
    Reason.PAYLOAD_HASH_MISMATCH: change_header(payload_hash=compute_payload_hash(b"")),
    Reason.MALFORMED_PAYLOAD: use_an_unknown_codec,
    Reason.TRANSACTIONS_ROOT_MISMATCH: change_header(transactions_root=bytes(32)),
    Reason.ACCESS_ROOT_MISMATCH: commit_to_another_access_list,
    Reason.UNLISTED_CODE: add_a_code,
    Reason.INVALID_BLOB_PROOF: invent_a_blob_proof,
    Reason.MALFORMED_PROOF: lengthen_the_proof,
    Reason.INVALID_PROOF: invent_a_value_before,
    Reason.FALSE_HINT: hint_at_another_sender,
    Reason.MISSING_CODE: leave_out_a_code,
    Reason.INVALID_TRANSACTION: repeat_a_nonce,
    Reason.UNLISTED_READ: leave_out_a_read,
    Reason.WRITE_MISMATCH: list_another_write,
    Reason.GAS_USED_MISMATCH: change_header(gas_used=HEADER.gas_used + 1),
    Reason.RECEIPTS_ROOT_MISMATCH: change_header(receipts_root=bytes(32)),
    Reason.WITHDRAWALS_ROOT_MISMATCH: change_header(withdrawals_root=bytes(32)),
    Reason.UPDATE_ROOT_MISMATCH: change_header(update_root=bytes(32)),
    Reason.POST_STATE_ROOT_MISMATCH: change_header(post_state_root=HEADER.pre_state_root),
}
"""How each reason comes about, in the order of the checks."""


def make_case(reason: Reason) -> Json:
    """Make the case of a reason; what equals the valid packet's context is left out."""
    made = FAULTS[reason]()
    result, context = made if isinstance(made, tuple) else (made, CONTEXT)
    encoded = result if isinstance(result, bytes) else result.encode()
    case = {"reason": reason.value, "class": reason.reason_class.value, "encoded": encoded}
    return case if context == CONTEXT else {**case, "context": show_context(context)}


def show_context(context: Context) -> Json:
    """Show what an endorser knows, not how strict it is; the configuration as its bytes."""
    assert context.network is not None
    network = {"domain": context.network.domain, "config": context.network.config.encode()}
    known = {name: value for name, value in show(context).items() if name != "strict"}
    return {**known, "network": show(network)}


def render() -> str:
    """Render the file."""
    document = {
        "layout": "rejections",
        "context": show_context(CONTEXT),
        "valid": PACKET.sign().encode(),
        "hints": make_hints(TRANSACTIONS),
        "invalid": [make_case(reason) for reason in Reason],
    }
    return json.dumps(show(document), indent=1) + "\n"


def main() -> None:
    """Write the file."""
    (FOLDER / "rejections.json").write_text(render())


if __name__ == "__main__":
    main()
