"""Packets of the native producer, and their execution by the specification."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from eth_account import Account

from corollup.engine import GenesisState, Ledger, ReplayBlock, get_engine
from corollup.spec import rules
from corollup.spec.access_list import AccessList
from corollup.spec.constants import REPLAY_VERSION, Fork, get_fork, is_replay_version
from corollup.spec.containers import (
    Config,
    ExecutionResult,
    Genesis,
    compute_domain,
    compute_endorse_message,
    decode_payload,
)
from corollup.spec.encoding import keccak256
from corollup.spec.execution import Execution, execute
from corollup.spec.receipts import compute_receipts_root
from tests.vectors.generate import fill
from tests.vectors.packets import CONFIG

BLS = get_engine("native").bls
SECRET = BLS.derive_secret_key(fill("native producer"), "m/12381/3600/0/0")
WALLET = Account.from_key(fill("native wallet"))
SENDER = bytes.fromhex(WALLET.address[2:])
COINBASE = fill("native producer", 20)
L1_NUMBER = 100

PreState = Mapping[bytes, tuple[int, int, bytes, Mapping[int, int]]]
"""Balance, nonce, code and storage of each account."""


def make_state(accounts: PreState) -> GenesisState:
    """Make a genesis state in which the wallet is rich."""
    listed = [(address, *account) for address, account in accounts.items()]
    return GenesisState([(SENDER, 10**20, 0, b"", {}), *listed])


def sign(**fields: Any) -> bytes:
    """Sign a transaction of the wallet."""
    return bytes(WALLET.sign_transaction({"value": 0, **fields}).raw_transaction)


def build(
    state: GenesisState,
    config: Config,
    transactions: Sequence[bytes],
    *,
    coinbase: bytes = COINBASE,
    prev_randao: bytes = fill("randao"),
) -> bytes:
    """
    Build the first packet of a network natively, and sign it.

    Every transaction must be included.
    """
    genesis = Genesis(config.compute_hash(), state.root, L1_NUMBER, fill("l1 parent"))
    chain_id = config.l2_chain_id
    domain = compute_domain(31337, chain_id, fill("contract", 20), genesis.compute_hash())
    ledger = Ledger(
        chain_id=chain_id,
        config=config.encode(),
        genesis=genesis.encode(),
        domain=domain,
        state=state,
    )
    candidate = ledger.build(
        transactions=transactions,
        timestamp=config.genesis_time,
        view=0,
        producer=coinbase,
        producer_key=BLS.compute_public_key(SECRET),
        l1_number=L1_NUMBER,
        l1_hash=fill("l1"),
        prev_randao=prev_randao,
        fee_gas_price=config.min_fee_gas_price,
        fee_gas_limit=config.gas_limit,
    )
    assert candidate.refused == []
    return candidate.sign(BLS.sign(SECRET, compute_endorse_message(candidate.digest, 1)))


def execute_by_specification(encoded: bytes, *, is_honest: bool = True) -> Execution:
    """Execute a packet by the specification; an honest one gives what its header says."""
    result = ExecutionResult.decode(encoded)
    header, body = result.header, result.body
    config = getattr(result.parent, "config", None)
    fork = get_fork(header.version)
    assert fork is not None
    execution = execute(
        rules.make_environment(header, fork, result.l2_chain_id, config),
        None if is_replay_version(header.version) else header.parent_hash,
        body.inbox.messages,
        decode_payload(body.payload),
        AccessList.decode(body.access_list),
        {keccak256(code): code for code in body.codes},
    )
    if is_honest:
        assert execution.gas_used == header.gas_used
        assert compute_receipts_root(execution.receipts) == header.receipts_root
    return execution


def make_config(fork: Fork) -> Config:
    """Make the configuration of a replay of a fork, which has no base fee before London."""
    return replace(
        CONFIG,
        version=REPLAY_VERSION + fork,
        genesis_base_fee=10**9 if fork >= Fork.LONDON else 0,
        max_payload_bytes=1 << 16,
    )


def build_block(block: ReplayBlock) -> bytes:
    """Build the packet of a historical block, on a network of its own."""
    config = replace(
        CONFIG,
        l2_chain_id=1,
        version=block.version,
        genesis_number=block.number - 1,
        genesis_time=block.timestamp,
        genesis_base_fee=block.base_fee,
        gas_limit=block.gas_limit,
        blob_base_fee=block.blob_base_fee,
        max_payload_bytes=1 << 22,
    )
    return build(
        block.genesis_state(0),
        config,
        block.transactions,
        coinbase=block.beneficiary,
        prev_randao=block.prev_randao,
    )
