"""
Withdrawals: the messages from L2 to L1, as the outbox logs them.

    item = u64 nonce ‖ u32 position in the packet ‖ u32 log in its receipt ‖ withdrawal hash
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from corollup.spec.encoding import U32, U64, U256, Address, Bytes32, encode_uint, keccak256
from corollup.spec.merkle import compute_merkle_root
from corollup.spec.receipts import Log, Receipt

OUTBOX_ADDRESS: Final = bytes.fromhex("4200000000000000000000000000000000000016")
"""The contract that sends messages to the L1."""

MESSAGE_SENT: Final = keccak256(b"MessageSent(uint64,address,address,uint256,uint64,bytes)")
"""First topic of its event."""

HASH_TAG: Final = 4
"""What begins the hash of a message to the L1."""

DATA_OFFSET: Final = 96
"""Where the data of the event is said to begin, bytes: after three words."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A message from L2 to L1."""

    nonce: U64
    """Number of the message in the outbox."""

    sender: Address
    """Who sent it."""

    target: Address
    """Who is paid and called on the L1."""

    value: U256
    """ETH that it carries, wei."""

    gas: U64
    """Gas that the call is given on the L1."""

    data: bytes
    """What the target is called with."""

    position: U32
    """Place of the receipt in the packet, messages from L1 first."""

    log_index: U32
    """Place of the log in that receipt."""

    def compute_hash(self, l2_chain_id: U64) -> Bytes32:
        """Compute the hash by which the outbox and the bridge name the message."""
        head = (HASH_TAG, l2_chain_id, self.nonce)
        return keccak256(
            b"".join(
                (
                    *(encode_uint(number, 32) for number in head),
                    bytes(12) + self.sender,
                    bytes(12) + self.target,
                    encode_uint(self.value, 32),
                    encode_uint(self.gas, 32),
                    keccak256(self.data),
                )
            )
        )

    def encode(self, l2_chain_id: U64) -> bytes:
        """Write the item of the withdrawals root."""
        place = encode_uint(self.position, 4) + encode_uint(self.log_index, 4)
        return encode_uint(self.nonce, 8) + place + self.compute_hash(l2_chain_id)


def find_withdrawals(receipts: Sequence[Receipt]) -> tuple[Withdrawal, ...]:
    """Find the withdrawals of a packet, in the order of their logs."""
    found = (
        read_withdrawal(log, position, log_index)
        for position, receipt in enumerate(receipts)
        for log_index, log in enumerate(receipt.logs)
    )
    return tuple(withdrawal for withdrawal in found if withdrawal is not None)


def compute_withdrawals_root(l2_chain_id: U64, receipts: Sequence[Receipt]) -> Bytes32:
    """Compute the Merkle root of a packet's withdrawals."""
    withdrawals = find_withdrawals(receipts)
    return compute_merkle_root([withdrawal.encode(l2_chain_id) for withdrawal in withdrawals])


def read_withdrawal(log: Log, position: int, log_index: int) -> Withdrawal | None:
    """Read the one encoding that the outbox writes; any other log is no withdrawal."""
    if log.address != OUTBOX_ADDRESS or len(log.topics) != 4 or log.topics[0] != MESSAGE_SENT:
        return None
    nonce, sender, target = log.topics[1:]
    value, gas, offset, length = (
        int.from_bytes(log.data[start : start + 32], "big") for start in range(0, 128, 32)
    )
    padded = log.data[128:]
    is_canonical = (
        len(log.data) >= 128
        and offset == DATA_OFFSET
        and length <= len(padded) == -(-length // 32) * 32
        and not any(padded[length:])
        and not any(nonce[:24] + sender[:12] + target[:12])
        and gas < 1 << 64
    )
    if not is_canonical:
        return None
    return Withdrawal(
        nonce=int.from_bytes(nonce, "big"),
        sender=sender[12:],
        target=target[12:],
        value=value,
        gas=gas,
        data=padded[:length],
        position=position,
        log_index=log_index,
    )
