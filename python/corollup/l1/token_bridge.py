"""The TokenBridge: ERC-20 tokens of the L1 on the L2."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from corollup.l1.abi import Call, decode_values, encode_call
from corollup.l1.client import L1Client
from corollup.l1.event_forms import to_address
from corollup.l1.faults import STEM_PROOF, get_stem_proof
from corollup.l1.inbox import INBOX_MESSAGE, get_message_values
from corollup.l1.withdrawals import ACCOUNT_PROOF, AccountProof
from corollup.spec.evidence.stem_proofs import StemProof
from corollup.spec.inbox import InboxMessage


@dataclass(frozen=True, slots=True)
class TokenBridge:
    """Calls and views of the contract at an address."""

    client: L1Client = field(repr=False)
    """Where views are asked."""
    address: bytes
    """The contract."""

    def deposit(self, token: bytes, amount: int, to: bytes, payment: int) -> Call:
        """Deposit approved tokens of the sender; what the message's gas leaves comes back."""
        types = ["address", "uint256", "address"]
        return Call(self.address, encode_call("deposit", types, [token, amount, to]), payment)

    def escape_tokens(
        self, token: bytes, amount: int, account: AccountProof, proof: StemProof
    ) -> Call:
        """Release a balance in the last state, shown by its slot and its account."""
        types = ["address", "uint256", ACCOUNT_PROOF, STEM_PROOF]
        values = [token, amount, account.to_abi(), get_stem_proof(proof)]
        return Call(self.address, encode_call("escapeTokens", types, values))

    def escape_deposit(self, index: int, message: InboxMessage) -> Call:
        """Give back the tokens of a deposit that no packet consumed."""
        values = [index, get_message_values(message)]
        return Call(self.address, encode_call("escapeDeposit", ["uint64", INBOX_MESSAGE], values))

    async def get_price(self, token: bytes) -> int:
        """Return what a deposit of a token costs in the newest block, wei."""
        return int(await self._ask("depositPrice", "uint256", [token]))

    async def get_kept(self, token: bytes) -> int:
        """Return how many tokens are kept."""
        return int(await self._ask("keptOf", "uint256", [token]))

    async def get_l2_token(self, token: bytes) -> bytes:
        """Return the address on the L2 of a token."""
        return to_address(await self._ask("l2TokenOf", "address", [token]))

    async def _ask(self, name: str, output: str, values: Sequence[Any]) -> Any:
        answer = await self.client.call(self.address, encode_call(name, ["address"], values))
        return decode_values([output], answer)[0]
