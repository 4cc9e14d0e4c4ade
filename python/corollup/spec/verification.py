"""
The endorser: from the bytes of an execution result to a verdict, without the state.

`verify_execution_result` is the protocol's list of checks in their order, one `Reason` each; it
reads line by line as `rust/core/src/endorser/mod.rs`.
"""

from collections.abc import Sequence
from itertools import pairwise

from corollup.errors import EncodingError, Reason, Rejected, require, require_equal
from corollup.spec import bls, rules
from corollup.spec.access_list import AccessList, Entry, compute_access_root
from corollup.spec.blobs import compute_data_hash, encode_blobs, verify_blobs
from corollup.spec.constants import (
    MAX_TRANSACTION_BYTES,
    MAX_UPDATED_SLOTS,
    Fork,
    get_fork,
    is_replay_version,
)
from corollup.spec.containers import (
    Body,
    Config,
    DataSection,
    ExecutionResult,
    GenesisParent,
    Header,
    Parent,
    compute_digest,
    compute_endorse_message,
    compute_parent_hash,
    compute_payload_hash,
    compute_transactions_root,
    decode_payload,
)
from corollup.spec.encoding import U64, Bytes32, keccak256
from corollup.spec.execution import execute
from corollup.spec.fees import compute_greatest_pot
from corollup.spec.hints import verify_hints
from corollup.spec.merkle import compute_merkle_root
from corollup.spec.outbox import collect_withdrawals, compute_withdrawals_root
from corollup.spec.receipts import Receipt, compute_receipts_root
from corollup.spec.verdict import Context, Verdict
from corollup.spec.verkle.partial import verify_multiproof
from corollup.spec.verkle.updates import UpdateEntry


def verify(encoded: bytes, context: Context) -> Verdict:
    """Verify the bytes of an execution result."""
    try:
        result = ExecutionResult.decode(encoded)
    except Rejected as rejected:
        checks = find_checks_not_done(context, None, is_anchor=False)
        return Verdict(rejected.reason, rejected.message, None, None, checks)
    digest = compute_digest(result.domain, result.header)
    config = find_config(result.parent, context)
    is_anchor = result.body.data != DataSection()
    checks = find_checks_not_done(context, config, is_anchor=is_anchor)
    try:
        verify_execution_result(result, context)
    except Rejected as rejected:
        return Verdict(rejected.reason, rejected.message, result.header, digest, checks)
    return Verdict(None, "", result.header, digest, checks)


def verify_execution_result(result: ExecutionResult, context: Context) -> tuple[Receipt, ...]:
    """
    Run the checks of the protocol in their order.

    Args:
        result: What a producer sent.
        context: What this endorser knows.

    Returns:
        The receipts, one a message from L1, then one a transaction.

    Raises:
        Rejected: With the reason of the first check that fails.
    """
    header, parent, body = result.header, result.parent, result.body
    config = find_config(parent, context)

    fork = verify_header_chain(result, config, context)
    verify_anchor(header, parent, config, context)
    verify_producer(result, config, context)
    verify_fee_cover(header, config, context)

    transactions = verify_payload(header, body, config)
    access_list = AccessList.decode(body.access_list)
    verify_payload_hashes(body.data, context)
    access_root = compute_access_root(access_list)
    require_equal(Reason.ACCESS_ROOT_MISMATCH, access_root, header.access_root)
    codes = verify_codes(access_list, body.codes)

    verify_data(header, body)

    # The list is the sender's word until here: it is proven before the EVM reads from it.
    post_state_root, updates = verify_witness(result, access_list, strict=context.strict)

    if context.hints is not None:
        verify_hints(fork, transactions, context.hints)
    environment = rules.make_environment(header, fork, result.l2_chain_id, config)
    has_system_call = not is_replay_version(header.version)
    parent_hash = header.parent_hash if has_system_call else None
    messages = body.inbox.messages
    execution = execute(environment, parent_hash, messages, transactions, access_list, codes)

    require_equal(Reason.GAS_USED_MISMATCH, execution.gas_used, header.gas_used)
    receipts_root = compute_receipts_root(execution.receipts)
    require_equal(Reason.RECEIPTS_ROOT_MISMATCH, receipts_root, header.receipts_root)
    withdrawals_root = compute_withdrawals_root(
        result.l2_chain_id, collect_withdrawals(execution.receipts)
    )
    require_equal(Reason.WITHDRAWALS_ROOT_MISMATCH, withdrawals_root, header.withdrawals_root)
    update_root = compute_update_root(updates)
    require_equal(Reason.UPDATE_ROOT_MISMATCH, update_root, header.update_root)
    require_equal(Reason.POST_STATE_ROOT_MISMATCH, post_state_root, header.post_state_root)
    return execution.receipts


def verify_header_chain(result: ExecutionResult, config: Config | None, context: Context) -> Fork:
    """Check everything that the header must take over from its parent and the configuration."""
    header, parent = result.header, result.parent

    if context.network:
        require_equal(Reason.WRONG_DOMAIN, context.network.domain, result.domain)
    if config:
        require_equal(Reason.WRONG_CHAIN_ID, config.l2_chain_id, result.l2_chain_id)
    fork = verify_version(header, parent, config)
    require_equal(Reason.WRONG_NUMBER, parent.number + 1, header.number)
    if context.parent_hash is not None:
        require_equal(Reason.WRONG_PARENT_HASH, context.parent_hash, header.parent_hash)
    if context.network and isinstance(parent, GenesisParent):
        require_equal(Reason.WRONG_PARENT_HASH, context.network.config, parent.config)
    parent_hash = compute_parent_hash(result.domain, parent)
    require_equal(Reason.WRONG_PARENT_HASH, parent_hash, header.parent_hash)
    require_equal(Reason.WRONG_PRE_STATE_ROOT, parent.state_root, header.pre_state_root)
    require_at_least(Reason.TIMESTAMP_BEFORE_PARENT, rules.get_timestamp(parent), header.timestamp)
    gas_limit = get_gas_limit(parent, config)
    require_equal(Reason.WRONG_GAS_LIMIT, gas_limit, header.gas_limit)
    require_at_most(Reason.GAS_USED_ABOVE_LIMIT, gas_limit, header.gas_used)
    require_equal(Reason.WRONG_BASE_FEE, rules.compute_base_fee(parent), header.base_fee)
    require_equal(Reason.RESERVED_FIELD_NOT_ZERO, bytes(32), header.trace_root)
    verify_inbox(result, gas_limit, context)
    verify_data_hash(header, result.body.data, config)
    return fork


def verify_inbox(result: ExecutionResult, gas_limit: U64, context: Context) -> None:
    """
    Check that the header's inbox is the parent's and the messages of the body.

    They have no more gas than they may, and are the L1's.
    """
    header, section = result.header, result.body.inbox
    is_allowed = not section.messages or not is_replay_version(header.version)
    require(Reason.WRONG_INBOX, is_allowed, "a replay has no messages")
    most_gas = rules.compute_message_gas_limit(gas_limit)
    message = f"expected at most {most_gas} gas of messages, found {section.gas}"
    require(Reason.WRONG_INBOX, section.gas <= most_gas, message)
    first, parent_hash = rules.get_inbox(result.parent)
    require_equal(Reason.WRONG_INBOX, first + len(section.messages), header.inbox_count)
    inbox_hash = section.extend_hash(first, parent_hash)
    require_equal(Reason.WRONG_INBOX, inbox_hash, header.inbox_hash)
    if context.inbox is None:
        return
    due, sent = context.inbox.due, context.inbox.sent
    message = f"expected {due} to {sent}, found {header.inbox_count}"
    require(Reason.WRONG_INBOX, due <= header.inbox_count <= sent, message)
    require_equal(Reason.WRONG_INBOX, context.inbox.hash, header.inbox_hash)


def verify_data_hash(header: Header, data: DataSection, config: Config | None) -> None:
    """Check that a packet is a data anchor if it must be one, and that it names its blobs."""
    if config:
        expected = rules.count_anchored(config, header.number)
        message = (
            f"expected {expected} payloads, found {len(data.payloads)} and {len(data.blobs)} blobs"
        )
        is_right = (
            data == DataSection()
            if expected is None
            else data.blobs != () and len(data.payloads) == expected
        )
        require(Reason.WRONG_DATA_HASH, is_right, message)
    data_hash = compute_data_hash(data.blobs) if data.blobs else bytes(32)
    require_equal(Reason.WRONG_DATA_HASH, data_hash, header.data_hash)


def verify_payload_hashes(data: DataSection, context: Context) -> None:
    """Check the payloads of earlier packets against the headers that this endorser knows."""
    if context.payload_hashes is None or data == DataSection():
        return
    found = tuple(compute_payload_hash(payload) for payload in data.payloads)
    message = f"expected {len(context.payload_hashes)} anchored payloads, found others"
    require(Reason.PAYLOAD_HASH_MISMATCH, found == context.payload_hashes, message)


def verify_data(header: Header, body: Body) -> None:
    """Check that the blobs of a data anchor hold the payloads."""
    data = body.data
    if data == DataSection():
        return
    first = header.number - len(data.payloads)
    message = f"{len(data.payloads)} payloads before packet {header.number}"
    require(Reason.INVALID_BLOB_PROOF, first >= 0, message)
    try:
        blobs = encode_blobs(first, (*data.payloads, body.payload))
    except EncodingError as error:
        raise Rejected(Reason.INVALID_BLOB_PROOF, str(error)) from None
    is_true = verify_blobs(blobs, data.blobs)
    require(Reason.INVALID_BLOB_PROOF, is_true, "the blobs have no such proofs")


def verify_version(header: Header, parent: Parent, config: Config | None) -> Fork:
    """Check the version and return its fork. A replay network has one packet, on its genesis."""
    is_on_genesis = isinstance(parent, GenesisParent)
    inherited = parent.config if isinstance(parent, GenesisParent) else parent.header
    require_equal(Reason.WRONG_VERSION, (config or inherited).version, header.version)
    message = f"a packet of replay version {header.version} stands on a genesis"
    require(Reason.WRONG_VERSION, is_on_genesis or not is_replay_version(header.version), message)
    fork = get_fork(header.version)
    if fork is None:
        raise Rejected(Reason.WRONG_VERSION, f"version {header.version} has no rules")
    return fork


def verify_anchor(header: Header, parent: Parent, config: Config | None, context: Context) -> None:
    """Check the L1 block that the header names."""
    require_at_least(Reason.ANCHOR_BEFORE_PARENT, rules.get_l1_number(parent), header.l1_number)
    if context.anchor is None or config is None:
        return
    anchor = context.anchor
    require_equal(Reason.WRONG_ANCHOR, anchor.hash, header.l1_hash)
    require_at_least(Reason.WRONG_ANCHOR, config.anchor_depth, anchor.depth)
    latest = anchor.timestamp + config.anchor_max_age
    require_at_least(Reason.ANCHOR_TIME_MISMATCH, anchor.timestamp, header.timestamp)
    require_at_most(Reason.ANCHOR_TIME_MISMATCH, latest, header.timestamp)
    require_equal(Reason.WRONG_PREV_RANDAO, anchor.prev_randao, header.prev_randao)


def verify_producer(result: ExecutionResult, config: Config | None, context: Context) -> None:
    """Check that the producer of the view signed the header."""
    header = result.header
    if config:
        view = rules.compute_view(config, header.timestamp)
        require_equal(Reason.WRONG_VIEW, view, header.view)
    if context.schedule:
        scheduled = context.schedule
        require_equal(Reason.PRODUCER_NOT_SCHEDULED, scheduled.producer, header.producer)
        require_equal(Reason.PRODUCER_NOT_SCHEDULED, scheduled.key, result.producer_key)
    message = compute_endorse_message(compute_digest(result.domain, header), 1)
    is_signed = bls.verify(result.producer_key, message, result.producer_signature)
    require(Reason.INVALID_PRODUCER_SIGNATURE, is_signed, "the signature is not the producer's")


def verify_fee_cover(header: Header, config: Config | None, context: Context) -> None:
    """Check that the endorsing fee is enough and covered."""
    if config is None:
        return
    require_at_least(Reason.FEE_TOO_LOW, config.min_fee_gas_price, header.fee_gas_price)
    if context.fee_cover is None:
        return
    greatest_pot = compute_greatest_pot(header, config.committees)
    require_at_least(Reason.FEE_COVER_TOO_LOW, greatest_pot, context.fee_cover)


def verify_payload(header: Header, body: Body, config: Config | None) -> tuple[bytes, ...]:
    """Check the payload against the header and return its transactions."""
    if config:
        require_at_most(Reason.LIMIT_EXCEEDED, config.max_payload_bytes, len(body.payload))
    payload_hash = compute_payload_hash(body.payload)
    require_equal(Reason.PAYLOAD_HASH_MISMATCH, payload_hash, header.payload_hash)
    try:
        transactions = decode_payload(body.payload)
    except EncodingError as error:
        raise Rejected(Reason.MALFORMED_PAYLOAD, str(error)) from None
    size = sum(len(transaction) for transaction in transactions)
    require_at_most(Reason.LIMIT_EXCEEDED, MAX_TRANSACTION_BYTES, size)
    root = compute_transactions_root(transactions)
    require_equal(Reason.TRANSACTIONS_ROOT_MISMATCH, root, header.transactions_root)
    return transactions


def verify_codes(access_list: AccessList, codes: Sequence[bytes]) -> dict[Bytes32, bytes]:
    """Check that the codes are in order and of listed accounts; return them by hash."""
    hashes = [keccak256(code) for code in codes]
    is_ordered = all(first < second for first, second in pairwise(hashes))
    require(Reason.UNLISTED_CODE, is_ordered, "the codes do not ascend by hash")
    listed = {account.code_hash.before for account in access_list.accounts}
    for code_hash in hashes:
        message = f"0x{code_hash.hex()} is no listed account's"
        require(Reason.UNLISTED_CODE, code_hash in listed, message)
    return dict(zip(hashes, codes, strict=True))


def verify_witness(
    result: ExecutionResult, access_list: AccessList, *, strict: bool = False
) -> tuple[Bytes32, list[UpdateEntry]]:
    """
    Check the values before against the pre-state root.

    Returns:
        The root after the list's writes, and the slots of the tree that they change.
    """
    root, proof = result.header.pre_state_root, result.body.proof
    entries = access_list.get_entries()
    if not entries:
        require(Reason.MALFORMED_PROOF, proof == b"", "a proof of nothing")
        return root, []
    values = [(key, entry.before) for key, entry in entries]
    tree = verify_multiproof(result.l2_chain_id, root, values, proof, strict=strict)
    post_state_root, updates = tree.apply(find_final_writes(entries))
    require_at_most(Reason.LIMIT_EXCEEDED, MAX_UPDATED_SLOTS, len(updates))
    return post_state_root, updates


def find_final_writes(entries: Sequence[tuple[Bytes32, Entry]]) -> list[tuple[Bytes32, Bytes32]]:
    """Find what the packet changes: each key whose last value differs from its first."""
    return [(key, entry.after) for key, entry in entries if entry.after != entry.before]


def compute_update_root(updates: Sequence[UpdateEntry]) -> Bytes32:
    """Compute the Merkle root of the changed slots of the tree."""
    return compute_merkle_root([update.encode() for update in updates])


def find_config(parent: Parent, context: Context) -> Config | None:
    """Find the configuration: the endorser's own, or the one that a genesis parent carries."""
    if context.network:
        return context.network.config
    return parent.config if isinstance(parent, GenesisParent) else None


def get_gas_limit(parent: Parent, config: Config | None) -> U64:
    """Return the gas limit: the configured one, or the parent's, since it never changes."""
    inherited = parent.config if isinstance(parent, GenesisParent) else parent.header
    return (config or inherited).gas_limit


def find_checks_not_done(
    context: Context, config: Config | None, *, is_anchor: bool
) -> tuple[str, ...]:
    """Find the checks that the context leaves out."""
    is_done = {
        "domain": context.network is not None,
        "configuration": context.network is not None or config is not None,
        "parent": context.parent_hash is not None,
        "anchor": context.anchor is not None,
        "schedule": context.schedule is not None,
        "inbox": context.inbox is not None,
        "data": not is_anchor or context.payload_hashes is not None,
        "cover": context.fee_cover is not None,
    }
    return tuple(check for check, done in is_done.items() if not done)


def require_at_least(reason: Reason, least: int, found: int) -> None:
    """Refuse with `reason` a value below the least one."""
    require(reason, found >= least, f"expected at least {least}, found {found}")


def require_at_most(reason: Reason, greatest: int, found: int) -> None:
    """Refuse with `reason` a value above the greatest one."""
    require(reason, found <= greatest, f"expected at most {greatest}, found {found}")
