"""
The header.

The signed statement that running these transactions in this environment on this pre-state gives
this post-state.
"""

from dataclasses import dataclass

from corollup.spec.encoding import U32, U64, AbiStruct, Address, Bytes32


@dataclass(frozen=True, slots=True)
class Header(AbiStruct):
    """The signed fields of an execution result: 26 static ABI words."""

    version: U32
    """Fork rules and payload codec (`get_fork`)."""

    number: U64
    """Packet number."""

    parent_hash: Bytes32
    """Digest of the parent header, or the genesis hash."""

    view: U64
    """Turn of the producer schedule."""

    producer: Address
    """Operator address of the producer; the coinbase of the packet."""

    timestamp: U64
    """Unix seconds."""

    gas_limit: U64
    """Gas limit of the packet."""

    gas_used: U64
    """Gas used by the packet."""

    base_fee: U64
    """EIP-1559 base fee, wei a gas."""

    l1_number: U64
    """Number of the L1 anchor."""

    l1_hash: Bytes32
    """Hash of the L1 anchor."""

    prev_randao: Bytes32
    """PREVRANDAO of the L1 anchor."""

    pre_state_root: Bytes32
    """Verkle root before the packet."""

    post_state_root: Bytes32
    """Verkle root after the packet."""

    transactions_root: Bytes32
    """Merkle root of the encoded transactions."""

    access_root: Bytes32
    """Merkle root of the access list's leaves."""

    update_root: Bytes32
    """Merkle root of the changed slots of the state tree."""

    trace_root: Bytes32
    """Reserved for execution checkpoints; zero."""

    receipts_root: Bytes32
    """Merkle root of the receipts."""

    withdrawals_root: Bytes32
    """Merkle root of the messages from L2 to L1."""

    inbox_count: U64
    """Messages from L1 to L2 consumed so far."""

    inbox_hash: Bytes32
    """Hash chain of the messages consumed so far."""

    payload_hash: Bytes32
    """keccak of the payload as published."""

    data_hash: Bytes32
    """Hash over the blobs of a data anchor; zero in calldata mode."""

    fee_gas_price: U64
    """Endorsing fee, wei a gas."""

    fee_gas_limit: U64
    """Largest gas that the endorsing fee counts."""
