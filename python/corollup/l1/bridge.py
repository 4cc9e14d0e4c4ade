"""The Bridge: the ETH of the L2, and the doors by which it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from corollup.l1.abi import Call, decode_values, encode_call
from corollup.l1.client import L1Client
from corollup.l1.faults import STEM_PROOF, get_stem_proof
from corollup.l1.inbox import INBOX_MESSAGE, get_message_values
from corollup.l1.withdrawals import (
    ACCOUNT_PROOF,
    FAST_PAYOUT,
    MESSAGE_PROOF,
    NO_PROOF,
    WITHDRAWAL,
    WITHDRAWALS_PROOF,
    AccountProof,
    FastPayout,
    MessageProof,
    WithdrawalsProof,
    get_withdrawal_values,
)
from corollup.spec.containers import Header
from corollup.spec.evidence.stem_proofs import StemProof
from corollup.spec.inbox import InboxMessage
from corollup.spec.outbox import Withdrawal

GWEI: Final = 10**9
"""Unit of the fast door's cap, wei."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """Calls and views of the contract at an address."""

    client: L1Client = field(repr=False)
    """Where views are asked."""
    address: bytes
    """The contract."""

    def withdraw_fast(self, proof: MessageProof, slot: int) -> Call:
        """Pay a plain payment of a committed packet at once; its record is kept in a free slot."""
        values = [get_withdrawal_values(proof.placed.withdrawal), proof.to_abi(), slot]
        return self._call("withdrawFast", [WITHDRAWAL, MESSAGE_PROOF, "uint256"], values)

    def withdraw(self, proof: MessageProof) -> Call:
        """Pay a message of a final packet and call its target."""
        values = [get_withdrawal_values(proof.placed.withdrawal), proof.to_abi()]
        return self._call("withdraw", [WITHDRAWAL, MESSAGE_PROOF], values)

    def withdraw_by_state(
        self, withdrawal: Withdrawal, header: Header, packet: WithdrawalsProof, proof: StemProof
    ) -> Call:
        """Pay a message that is in the state after a final packet, however old it is."""
        types = [WITHDRAWAL, "bytes", WITHDRAWALS_PROOF, STEM_PROOF]
        shown = header.encode(), packet.to_abi(), get_stem_proof(proof)
        return self._call("withdrawByState", types, [get_withdrawal_values(withdrawal), *shown])

    def reclaim(self, slot: int, payout: FastPayout, packet: WithdrawalsProof = NO_PROOF) -> Call:
        """Take back the nonce of a fast payout whose packet was reset."""
        types = ["uint256", FAST_PAYOUT, WITHDRAWALS_PROOF]
        return self._call("reclaim", types, [slot, payout.to_abi(), packet.to_abi()])

    def escape_account(self, account: AccountProof) -> Call:
        """Pay an account its balance in the last state."""
        return self._call("escapeAccount", [ACCOUNT_PROOF], [account.to_abi()])

    def escape_withdrawal(self, withdrawal: Withdrawal, proof: StemProof) -> Call:
        """Pay a message of the outbox that is in the last state."""
        values = [get_withdrawal_values(withdrawal), get_stem_proof(proof)]
        return self._call("escapeWithdrawal", [WITHDRAWAL, STEM_PROOF], values)

    def escape_message(self, index: int, message: InboxMessage) -> Call:
        """Pay back what a message to the L2 would have created that no packet consumed."""
        values = [index, get_message_values(message)]
        return self._call("escapeMessage", ["uint64", INBOX_MESSAGE], values)

    async def get_owed(self) -> int:
        """Return what was deposited and not paid, wei."""
        return int(await self._ask("owed", "uint256"))

    async def get_shortfall(self) -> int:
        """Return what the bridge owes beyond what it has, wei."""
        return int(await self._ask("shortfall", "uint256"))

    async def get_fast_room(self) -> int:
        """Return what the fast door may still pay in this window, wei."""
        return int(await self._ask("fastDoorRoom", "uint256")) * GWEI

    async def get_free_block(self, slot: int) -> int:
        """Return the L1 block from which a slot takes another fast payout."""
        return int(await self._ask("fastSlotFreeFrom", "uint64", ["uint256"], [slot]))

    async def is_paid(self, nonce: int) -> bool:
        """Return whether a message of the outbox was paid."""
        return bool(await self._ask("isPaid", "bool", ["uint64"], [nonce]))

    def _call(self, name: str, types: Sequence[str], values: Sequence[Any]) -> Call:
        return Call(self.address, encode_call(name, types, values))

    async def _ask(
        self, name: str, output: str, types: Sequence[str] = (), values: Sequence[Any] = ()
    ) -> Any:
        answer = await self.client.call(self.address, encode_call(name, types, values))
        return decode_values([output], answer)[0]
