"""What shows messages from L2 to L1, and accounts of the L2, to the bridge."""

from dataclasses import dataclass
from typing import Any, Final

from corollup.l1.faults import STEM_PROOF, get_stem_proof
from corollup.l1.payouts import PayoutRecord
from corollup.spec.evidence.stem_proofs import StemProof
from corollup.spec.outbox import PlacedWithdrawal, Withdrawal

RECORD: Final = "(address,uint96,bytes32[])"
"""ABI type of a turn's payouts."""
WITHDRAWALS_PROOF: Final = f"(uint256,{RECORD},uint256,bytes32,bytes32,bytes32)"
"""ABI type of what shows the root of a packet's messages."""
WITHDRAWAL: Final = "(uint64,address,address,uint256,uint64,bytes)"
"""ABI type of a message."""
MESSAGE_PROOF: Final = f"(uint64,{WITHDRAWALS_PROOF},uint32,uint32,uint64,uint64,bytes32[])"
"""ABI type of what shows a message of a committed packet."""
ACCOUNT_PROOF: Final = f"(address,bytes32,bytes32,address,{STEM_PROOF})"
"""ABI type of what shows an account."""
FAST_PAYOUT: Final = "(uint64,uint64,bytes32,uint96)"
"""ABI type of a payment through the fast door."""

NO_DELEGATE: Final = bytes(20)
"""What an account without a delegation delegates to."""


@dataclass(frozen=True, slots=True)
class WithdrawalsProof:
    """Shows a committed packet and the root of its messages."""

    slot: int
    """Ring slot of the packet's turn."""
    record: PayoutRecord
    """What the slot keeps the hash of."""
    index: int
    """Place of the packet in the turn."""
    digest: bytes
    """Digest of the packet."""
    withdrawals_root: bytes
    """Root of its messages."""
    fees_hash: bytes
    """Hash of the rest of the packet's part."""

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        place = self.slot, self.record.to_abi(), self.index
        return *place, self.digest, self.withdrawals_root, self.fees_hash


NO_PROOF: Final = WithdrawalsProof(0, PayoutRecord(), 0, bytes(32), bytes(32), bytes(32))
"""In place of a proof that is ignored."""


@dataclass(frozen=True, slots=True)
class MessageProof:
    """Shows that a committed packet logged a message of the outbox."""

    number: int
    """Number of the packet."""
    packet: WithdrawalsProof
    """Shows the packet."""
    placed: PlacedWithdrawal
    """The message and what logged it."""
    index: int
    """Its place among the messages of the packet."""
    count: int
    """The messages of the packet."""
    path: tuple[bytes, ...]
    """Siblings from the leaf up."""

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        place = self.placed.position, self.placed.log, self.index, self.count
        return self.number, self.packet.to_abi(), *place, list(self.path)


@dataclass(frozen=True, slots=True)
class FastPayout:
    """A payment through the fast door."""

    nonce: int
    """Nonce of the message."""
    number: int
    """Number of its packet."""
    digest: bytes
    """Digest of that packet."""
    amount: int
    """What was paid, wei."""

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        return self.nonce, self.number, self.digest, self.amount


@dataclass(frozen=True, slots=True)
class AccountProof:
    """Shows an account of the L2 under a state root."""

    account: bytes
    """The account."""
    basic_data: bytes
    """Leaf with its balance."""
    code_hash: bytes
    """keccak of its code; zero if it has none."""
    proof: StemProof
    """Proof of both leaves."""
    delegate: bytes = NO_DELEGATE
    """What it delegates to, if its code is a delegation."""

    @property
    def balance(self) -> int:
        """Balance, wei."""
        return int.from_bytes(self.basic_data[16:], "big")

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        leaves = self.account, self.basic_data, self.code_hash, self.delegate
        return *leaves, get_stem_proof(self.proof)


def get_withdrawal_values(withdrawal: Withdrawal) -> tuple[Any, ...]:
    """Return the values of the ABI struct of a message."""
    parties = withdrawal.nonce, withdrawal.sender, withdrawal.target
    return *parties, withdrawal.value, withdrawal.gas, withdrawal.data
