"""
Transactions to the L1, until they are mined.

One transaction of an account is under way at a time. One that is not mined in time is sent again
at the same nonce for more; a nonce that was used elsewhere is read again.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from corollup.errors import CorollupError, RpcError
from corollup.l1.abi import Call
from corollup.l1.account import MAX_TRANSACTION_GAS
from corollup.l1.client import ContractReverted, L1Client, L1Receipt

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 0.2
"""How often a receipt is asked for."""
RESEND_SECONDS: Final = 12.0
"""Time after which a transaction is sent again for more."""
MAX_ATTEMPTS: Final = 5
"""How often a transaction is sent before it is given up."""
FEE_BUMP_PERCENT: Final = 15
"""What every further attempt offers above the one before; pools ask for 10."""


class SubmissionError(CorollupError):
    """A transaction that was not mined, or reverted."""


@dataclass(slots=True)
class Submitter:
    """One L1 account and its transactions."""

    client: L1Client
    """The L1 node."""
    secret: bytes = field(repr=False)
    """Private key, 32 bytes."""
    max_fee_per_gas: int = 500_000_000_000
    """Most that a unit of gas may cost, wei."""
    _account: Any = None
    _chain_id: int = 0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def address(self) -> bytes:
        """The account's address."""
        return compute_address(self.secret)

    async def submit(self, call: Call) -> L1Receipt:
        """
        Send a call and wait until it is mined.

        Raises:
            SubmissionError: If it would revert, did revert, or was not mined in all attempts.
        """
        async with self._lock:
            try:
                estimate = await self.client.estimate_gas(
                    call.to, call.data, sender=self.address, value=call.value
                )
            except ContractReverted as error:
                raise SubmissionError(f"the call would fail: {error}") from error
            receipt = await self._send(call, min(estimate * 6 // 5, MAX_TRANSACTION_GAS))
        if not receipt.succeeded:
            raise SubmissionError(f"transaction 0x{receipt.tx_hash.hex()} reverted")
        return receipt

    async def _send(self, call: Call, gas: int) -> L1Receipt:
        nonce = await self.client.get_nonce(self.address, "latest")
        sent: list[bytes] = []
        for attempt in range(MAX_ATTEMPTS):
            raw = await self._sign(call, gas, nonce, attempt)
            try:
                sent.append(await self.client.send_raw_transaction(raw))
            except RpcError as error:
                log.info("l1.refused", nonce=nonce, error=str(error))
                fresh = await self.client.get_nonce(self.address, "latest")
                if fresh != nonce and not sent:
                    nonce = fresh
                    continue
            receipt = await self._wait(sent)
            if receipt is not None:
                return receipt
        raise SubmissionError(f"nonce {nonce} was not mined in {MAX_ATTEMPTS} attempts")

    async def _wait(self, sent: list[bytes]) -> L1Receipt | None:
        for _ in range(int(RESEND_SECONDS / POLL_SECONDS)):
            for tx_hash in sent:
                receipt = await self.client.get_receipt(tx_hash)
                if receipt is not None:
                    return receipt
            await asyncio.sleep(POLL_SECONDS)
        return None

    async def _sign(self, call: Call, gas: int, nonce: int, attempt: int) -> bytes:
        self._chain_id = self._chain_id or await self.client.get_chain_id()
        base_fee = (await self.client.get_header("latest")).base_fee
        tip = 1_000_000_000
        bump = (100 + FEE_BUMP_PERCENT) ** attempt / 100**attempt
        fee = min(int((2 * base_fee + tip) * bump), self.max_fee_per_gas)
        signed = self._signer().sign_transaction(
            {
                "type": 2,
                "chainId": self._chain_id,
                "nonce": nonce,
                "gas": gas,
                "maxFeePerGas": fee,
                "maxPriorityFeePerGas": min(int(tip * bump), fee),
                "to": call.to,
                "value": call.value,
                "data": call.data,
            }
        )
        return bytes(signed.raw_transaction)

    def _signer(self) -> Any:
        if self._account is None:
            from eth_account import Account

            self._account = Account.from_key(self.secret)
        return self._account


def compute_address(secret: bytes) -> bytes:
    """Compute the address of a private key."""
    from eth_keys.datatypes import PrivateKey

    return PrivateKey(secret).public_key.to_canonical_address()
