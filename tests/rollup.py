"""A rollup without nodes: its genesis, a producer's key, and packets of given transactions."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from corollup.engine import Bls, Candidate, GenesisState, Ledger
from corollup.l1.dev_accounts import DEV_ACCOUNTS, ETHER
from corollup.node.storage import StateLimits
from corollup.spec.containers import (
    Config,
    Genesis,
    InboxSection,
    compute_domain,
    compute_endorse_message,
)

L2_CHAIN_ID: Final = 267655
GENESIS_TIME: Final = 1_800_000_000
PRODUCER: Final = b"\x0a" * 20
SECRET: Final = Bls.derive_secret_key(b"producer" * 8, "m/12381/60/0/0")

CONFIG: Final = Config(
    l2_chain_id=L2_CHAIN_ID,
    version=1,
    genesis_number=0,
    genesis_time=GENESIS_TIME,
    genesis_base_fee=1_000_000_000,
    gas_limit=30_000_000,
    blob_base_fee=1,
    max_payload_bytes=96 << 10,
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
    fee_withdrawal_delay=60,
    committees=1,
    committee_size=4,
    seat_price=32 * ETHER,
    producer_stake=32 * ETHER,
    displacement_margin_bps=1000,
    submitter_share_bps=1000,
    rank_window=1,
    min_fee_gas_price=1,
    refund_gas_price_cap=10**10,
    fast_door_bps=2500,
    forced_inclusion_delay=20,
    escape_seconds=604_800,
    message_gas_price=1_000_000_000,
)


def make_genesis_state(**accounts: Any) -> GenesisState:
    funded: list[Any] = [(account.address, 10_000 * ETHER, 0, b"", {}) for account in DEV_ACCOUNTS]
    return GenesisState(funded + list(accounts.values()))


@dataclass
class Rollup:
    """A ledger, and the producer that extends it."""

    state: GenesisState = field(default_factory=make_genesis_state)
    history: int = 1024
    path: Path | None = None
    config: Config = CONFIG
    limits: StateLimits = field(default_factory=StateLimits)
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = self.make_ledger()

    def make_ledger(self) -> Ledger:
        genesis = Genesis(
            config_hash=self.config.compute_hash(),
            state_root=self.state.root,
            l1_number=1,
            l1_parent_hash=bytes(32),
        )
        return Ledger(
            chain_id=L2_CHAIN_ID,
            config=self.config.encode(),
            genesis=genesis.encode(),
            domain=compute_domain(31337, L2_CHAIN_ID, b"\x05" * 20, genesis.compute_hash()),
            state=self.state,
            history=self.history,
            path=self.path,
            revertible=self.limits.history,
            tree_cache_bytes=self.limits.node_bytes,
            file_cache_bytes=self.limits.page_bytes,
        )

    def build(
        self, *transactions: bytes, view: int = 0, inbox: InboxSection | None = None
    ) -> Candidate:
        return self.ledger.build(
            transactions=transactions,
            timestamp=GENESIS_TIME + view * self.config.view_seconds,
            view=view,
            producer=PRODUCER,
            producer_key=Bls.compute_public_key(SECRET),
            l1_number=1,
            l1_hash=b"\x01" * 32,
            prev_randao=b"\x02" * 32,
            fee_gas_price=1,
            fee_gas_limit=30_000_000,
            inbox=inbox.encode() if inbox else None,
        )

    def produce(
        self, *transactions: bytes, view: int = 0, inbox: InboxSection | None = None
    ) -> bytes:
        """Extend the ledger by a packet of these transactions, and return the signed result."""
        candidate = self.build(*transactions, view=view, inbox=inbox)
        message = compute_endorse_message(candidate.digest, 1)
        encoded = candidate.sign(Bls.sign(SECRET, message))
        self.ledger.append(candidate)
        return encoded


def sign_transfer(nonce: int = 0, **fields: Any) -> bytes:
    """A signed transfer of 1 wei between two funded accounts of the L2."""
    from eth_account import Account

    transaction = {
        "type": 2,
        "chainId": L2_CHAIN_ID,
        "nonce": nonce,
        "gas": 21_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 10**9,
        "to": DEV_ACCOUNTS[1].address,
        "value": 1,
    } | fields
    signed = Account.sign_transaction(transaction, DEV_ACCOUNTS[0].private_key)
    return bytes(signed.raw_transaction)
