"""
A small packet made by the specification alone, from transactions to the signed bytes.

    message 0       mints for an account that was not there, and calls the contract below
    transaction 0   a transfer to an account that was not there
    transaction 1   a call that reads a block hash, writes a slot and emits a log
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from eth_account import Account

from corollup.spec import bls, rules
from corollup.spec.access_list import (
    FIRST_TRANSACTION_INDEX,
    SYSTEM_INDEX,
    AccessList,
    AccountAccess,
    Entry,
    SlotAccess,
    Write,
    compute_access_root,
)
from corollup.spec.constants import NATIVE_VERSION, Fork
from corollup.spec.containers import (
    Body,
    Config,
    DataSection,
    ExecutionResult,
    Genesis,
    GenesisParent,
    Header,
    InboxSection,
    Parent,
    compute_digest,
    compute_domain,
    compute_endorse_message,
    compute_parent_hash,
    compute_payload_hash,
    compute_transactions_root,
    encode_payload,
)
from corollup.spec.encoding import encode_uint, keccak256
from corollup.spec.evm import (
    HISTORY_STORAGE_ADDRESS,
    BlockEnvironment,
    apply_history_call,
    apply_transaction,
    make_view,
)
from corollup.spec.inbox import InboxMessage
from corollup.spec.messages import apply_message
from corollup.spec.outbox import compute_withdrawals_root
from corollup.spec.receipts import Receipt, compute_receipts_root
from corollup.spec.state_view import StateView
from corollup.spec.verification import compute_update_root, find_final_writes
from corollup.spec.verkle.keys import (
    BasicData,
    compute_basic_data_key,
    compute_code_hash_key,
    compute_storage_key,
)
from corollup.spec.verkle.tree import Tree
from tests.vectors.generate import fill

HISTORY_STORAGE_CODE: Final = bytes.fromhex(
    "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff"
    "81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
)
NOTARY_CODE: Final = bytes.fromhex("600143034080600055600052602a60206000a100")
"""Stores the hash of the block before in slot 0, and emits it under topic 42."""

WALLET: Final = Account.from_key(fill("wallet"))
SENDER: Final = bytes.fromhex(WALLET.address[2:])
RECIPIENT: Final = fill("recipient", 20)
NOTARY: Final = fill("notary", 20)
PRODUCER: Final = fill("producer", 20)
DEPOSITOR: Final = fill("depositor", 20)
SECRET: Final = bls.derive_secret_key(fill("producer seed"), "m/12381/3600/0/0")
KEY: Final = bls.compute_public_key(SECRET)

CHAIN_ID: Final = 4242
L1_CHAIN_ID: Final = 31337
GENESIS_TIME: Final = 1_800_000_000
GAS_LIMIT: Final = 30_000_000
BASE_FEE: Final = 1_000_000_000
TIP: Final = 3
L1_NUMBER: Final = 100


@dataclass(frozen=True)
class PreAccount:
    """An account before the packet."""

    nonce: int = 0
    balance: int = 0
    code: bytes = b""
    storage: Mapping[int, int] = field(default_factory=dict)


STATE: Final = {
    SENDER: PreAccount(nonce=7, balance=10**18),
    NOTARY: PreAccount(nonce=1, code=NOTARY_CODE, storage={0: 5}),
    HISTORY_STORAGE_ADDRESS: PreAccount(nonce=1, code=HISTORY_STORAGE_CODE),
}
TOUCHED: Final = {
    SENDER: (),
    RECIPIENT: (),
    NOTARY: (0,),
    PRODUCER: (),
    HISTORY_STORAGE_ADDRESS: (0,),
    DEPOSITOR: (),
}

CONFIG: Final = Config(
    l2_chain_id=CHAIN_ID,
    version=NATIVE_VERSION,
    genesis_number=0,
    genesis_time=GENESIS_TIME,
    genesis_base_fee=BASE_FEE,
    gas_limit=GAS_LIMIT,
    blob_base_fee=1,
    max_payload_bytes=1000,
    data_anchor_interval=0,
    view_seconds=4,
    t1_seconds=6,
    t2_seconds=30,
    epoch_blocks=60,
    seed_delay=4,
    activation_delay=1,
    anchor_depth=1,
    anchor_max_age=64,
    appeal_window=4,
    evidence_window=60,
    exit_delay=120,
    fee_withdrawal_delay=30,
    committees=2,
    committee_size=4,
    seat_price=32 * 10**18,
    producer_stake=32 * 10**18,
    displacement_margin_bps=1000,
    submitter_share_bps=1000,
    rank_window=1,
    min_fee_gas_price=2,
    refund_gas_price_cap=10**11,
    fast_door_bps=2500,
    forced_inclusion_delay=20,
    escape_seconds=604_800,
    message_gas_price=1_000_000_000,
)


def sign_transaction(nonce: int, to: bytes, value: int) -> bytes:
    """Sign an EIP-1559 transaction of the wallet."""
    signed = WALLET.sign_transaction(
        {
            "chainId": CHAIN_ID,
            "nonce": nonce,
            "to": to,
            "value": value,
            "gas": 100_000,
            "maxFeePerGas": 2 * BASE_FEE,
            "maxPriorityFeePerGas": TIP,
        }
    )
    return bytes(signed.raw_transaction)


TRANSACTIONS: Final = (sign_transaction(7, RECIPIENT, 1234), sign_transaction(8, NOTARY, 0))

INBOX: Final = InboxSection(
    L1_CHAIN_ID,
    (
        InboxMessage(
            sender=DEPOSITOR, target=NOTARY, mint=10**15, value=77, gas=100_000, data=b"\x01\x02"
        ),
    ),
)


@dataclass(frozen=True)
class Packet:
    """The parts of an execution result, before they are committed to and signed."""

    header: Header
    access_list: AccessList
    payload: bytes
    codes: tuple[bytes, ...]
    parent: Parent
    proof: bytes
    domain: bytes
    l2_chain_id: int = CHAIN_ID
    producer_key: bytes = KEY
    inbox: InboxSection = INBOX
    data: DataSection = field(default_factory=DataSection)

    def sign(self) -> ExecutionResult:
        """Sign the header as it is."""
        digest = compute_digest(self.domain, self.header)
        return ExecutionResult(
            domain=self.domain,
            l2_chain_id=self.l2_chain_id,
            parent=self.parent,
            producer_key=self.producer_key,
            producer_signature=bls.sign(SECRET, compute_endorse_message(digest, 1)),
            header=self.header,
            body=Body(
                self.access_list.encode(),
                self.payload,
                self.codes,
                self.proof,
                self.inbox,
                self.data,
            ),
        )

    def seal(self) -> "Packet":
        """Make the header commit to the body."""
        return replace(
            self,
            header=replace(
                self.header,
                payload_hash=compute_payload_hash(self.payload),
                access_root=compute_access_root(self.access_list),
            ),
        )

    def replace_transactions(self, transactions: Sequence[bytes]) -> "Packet":
        """Put other transactions in, and make the header commit to them."""
        root = compute_transactions_root(transactions)
        header = replace(self.header, transactions_root=root)
        return replace(self, header=header, payload=encode_payload(transactions)).seal()


def compute_values(state: Mapping[bytes, PreAccount]) -> dict[bytes, bytes]:
    """Compute the leaves of a state that are not zero."""
    values: dict[bytes, bytes] = {}
    for address, account in state.items():
        data = BasicData(code_size=len(account.code), nonce=account.nonce, balance=account.balance)
        values[compute_basic_data_key(address)] = data.pack()
        if account.code:
            values[compute_code_hash_key(address)] = keccak256(account.code)
        for slot, value in account.storage.items():
            values[compute_storage_key(address, slot)] = encode_uint(value, 32)
    return values


def record_step(view: StateView, access_list: AccessList) -> AccessList:
    """Add what a step wrote."""
    accounts = []
    for account in access_list.accounts:
        basic_data, code_hash, *slots = (
            replace(entry, writes=(*entry.writes, Write(view.index, after)))
            if after != entry.after
            else entry
            for entry, after in view.get_values(account)
        )
        values = zip(account.slots, slots, strict=True)
        accesses = tuple(SlotAccess(access.slot, value) for access, value in values)
        accounts.append(AccountAccess(account.address, basic_data, code_hash, accesses))
    return AccessList(tuple(accounts))


def record(
    environment: BlockEnvironment,
    parent_hash: bytes,
    messages: Sequence[InboxMessage],
    transactions: Sequence[bytes],
    access_list: AccessList,
    codes: Mapping[bytes, bytes],
) -> tuple[AccessList, list[Receipt]]:
    """Run a packet and record its writes in a list that has none."""
    view = make_view(environment, access_list, SYSTEM_INDEX, codes)
    apply_history_call(environment, view, parent_hash)
    access_list = record_step(view, access_list)
    receipts: list[Receipt] = []
    gas_used = 0
    steps: tuple[InboxMessage | bytes, ...] = (*messages, *transactions)
    for index, step in enumerate(steps, start=FIRST_TRANSACTION_INDEX):
        if isinstance(step, InboxMessage):
            outcome, view = apply_message(environment, access_list, index, codes, step)
        else:
            view = make_view(environment, access_list, index, codes)
            outcome = apply_transaction(environment, view, step, GAS_LIMIT - gas_used)
        access_list = record_step(view, access_list)
        gas_used += outcome.gas_used
        receipts.append(Receipt(outcome.succeeded, gas_used, outcome.logs))
    return access_list, receipts


def prove(access_list: AccessList) -> bytes:
    """Prove the values before under the pre-state root."""
    keys = [key for key, _ in access_list.get_entries()]
    return Tree(compute_values(STATE)).prove(CHAIN_ID, keys)


def make_packet(config: Config = CONFIG) -> Packet:
    """Make the packet, ready to be signed."""
    tree = Tree(compute_values(STATE))
    genesis = Genesis(config.compute_hash(), tree.root, L1_NUMBER, fill("l1 parent"))
    parent = GenesisParent(config, genesis)
    domain = compute_domain(L1_CHAIN_ID, CHAIN_ID, fill("contract", 20), genesis.compute_hash())
    header = Header(
        version=NATIVE_VERSION,
        number=1,
        parent_hash=compute_parent_hash(domain, parent),
        view=2,
        producer=PRODUCER,
        timestamp=GENESIS_TIME + 8,
        gas_limit=GAS_LIMIT,
        gas_used=0,
        base_fee=BASE_FEE,
        l1_number=L1_NUMBER + 1,
        l1_hash=fill("l1 hash"),
        prev_randao=fill("randao"),
        pre_state_root=tree.root,
        post_state_root=bytes(32),
        transactions_root=bytes(32),
        access_root=bytes(32),
        update_root=bytes(32),
        trace_root=bytes(32),
        receipts_root=bytes(32),
        withdrawals_root=compute_withdrawals_root(CHAIN_ID, ()),
        inbox_count=len(INBOX.messages),
        inbox_hash=INBOX.extend_hash(0, bytes(32)),
        payload_hash=bytes(32),
        data_hash=bytes(32),
        fee_gas_price=2,
        fee_gas_limit=GAS_LIMIT,
    )
    codes = {keccak256(account.code): account.code for account in STATE.values() if account.code}
    environment = rules.make_environment(header, Fork.OSAKA, CHAIN_ID, config)
    listed = list_reads(compute_values(STATE), TOUCHED)
    access_list, receipts = record(
        environment, header.parent_hash, INBOX.messages, TRANSACTIONS, listed, codes
    )
    post_state_root, updates = tree.apply(find_final_writes(access_list.get_entries()))
    header = replace(
        header,
        gas_used=receipts[-1].cumulative_gas,
        post_state_root=post_state_root,
        update_root=compute_update_root(updates),
        receipts_root=compute_receipts_root(receipts),
    )
    packet = Packet(
        header=header,
        access_list=access_list,
        payload=b"",
        codes=tuple(code for _, code in sorted(codes.items())),
        parent=parent,
        proof=prove(access_list),
        domain=domain,
    )
    return packet.replace_transactions(TRANSACTIONS)


def list_reads(values: Mapping[bytes, bytes], touched: Mapping[bytes, Sequence[int]]) -> AccessList:
    """List accounts and slots with their values before and no writes."""

    def read(key: bytes) -> Entry:
        return Entry(values.get(key, bytes(32)))

    return AccessList(
        tuple(
            AccountAccess(
                address,
                read(compute_basic_data_key(address)),
                read(compute_code_hash_key(address)),
                tuple(SlotAccess(it, read(compute_storage_key(address, it))) for it in slots),
            )
            for address, slots in sorted(touched.items())
        )
    )
