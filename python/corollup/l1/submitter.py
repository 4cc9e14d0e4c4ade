"""
Transactions to the L1, until they are mined and stay mined.

    sign → journal → send → receipt, checked against the chain → confirmations

One transaction of an account is under way at a time. What was signed is written down before it is
sent, so that a process that dies in between takes it up again at the same nonce. The node is not
believed: hashes and nonces are this side's, and a receipt counts if its block is on the chain.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from corollup.errors import CorollupError, RpcError
from corollup.l1.abi import Call
from corollup.l1.account import MAX_TRANSACTION_GAS
from corollup.l1.client import ContractReverted, L1Client, L1Receipt, UnknownBlockError
from corollup.l1.journal import Attempt, Journal
from corollup.l1.transport import L1UnreachableError
from corollup.spec.encoding import keccak256

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 0.2
"""How often a receipt is asked for."""
RESEND_SECONDS: Final = 12.0
"""Time after which a transaction is sent again for more."""
MAX_ATTEMPTS: Final = 5
"""How often a transaction is sent before it is given up."""
FEE_BUMP_PERCENT: Final = 15
"""What every further attempt offers above the one before; pools ask for 10."""
TIP_WEI: Final = 1_000_000_000
"""What the first attempt offers above the base fee, wei a gas."""


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
    confirmations: int = 1
    """Blocks that a transaction must be under, its own included."""
    journal_path: Path | None = None
    """Where signed transactions are written before they are sent; nowhere if there is none."""
    address: bytes = field(init=False)
    """The account's address."""
    _account: Any = None
    _chain_id: int = 0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.address = compute_address(self.secret)

    async def submit(self, call: Call) -> L1Receipt:
        """
        Send a call and wait until it is mined.

        Raises:
            SubmissionError: If it would revert, did revert, costs more than the cap, or was not
                mined in all attempts.
        """
        async with self._lock:
            await self._resume()
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

    async def _resume(self) -> None:
        """Take up what a process before this one signed and may have sent."""
        journal = self._journal()
        attempts = journal.read()
        if not attempts:
            return
        log.info("l1.resumed", nonce=attempts[0].nonce, attempts=len(attempts))
        if await self._nonce() <= attempts[0].nonce:
            await self._broadcast(attempts[-1])
            await self._wait(attempts)
        journal.clear()

    async def _send(self, call: Call, gas: int) -> L1Receipt:
        nonce = await self._nonce()
        attempts: list[Attempt] = []
        journal = self._journal()
        for number in range(MAX_ATTEMPTS):
            # A node that was wrong about the nonce, or an account used elsewhere: what is under way
            # at another nonce than the next one is never mined.
            fresh = await self._nonce()
            if fresh != nonce and not await self._is_mined(attempts):
                nonce, attempts = fresh, []
            attempt = await self._sign(call, gas, nonce, number)
            if attempt is not None and attempt not in attempts:
                attempts.append(attempt)
                journal.write(attempts)
            if attempts:
                await self._broadcast(attempts[-1])
            receipt = await self._wait(attempts)
            if receipt is not None:
                journal.clear()
                return receipt
        journal.clear()
        if not attempts:
            raise SubmissionError(f"gas costs more than the cap of {self.max_fee_per_gas} wei")
        raise SubmissionError(f"nonce {nonce} was not mined in {MAX_ATTEMPTS} attempts")

    async def _broadcast(self, attempt: Attempt) -> None:
        try:
            await self.client.send_raw_transaction(attempt.raw)
        except (RpcError, L1UnreachableError) as error:
            # It may be known already, be replaced in a moment, or have got through all the same.
            log.info("l1.refused", nonce=attempt.nonce, error=str(error))

    async def _wait(self, attempts: list[Attempt]) -> L1Receipt | None:
        """Wait until one of the attempts is mined deep enough, as long as an attempt has."""
        for _ in range(int(RESEND_SECONDS / POLL_SECONDS)):
            receipt = await self._find_receipt(attempts)
            if receipt is not None and await self._is_confirmed(receipt):
                return receipt
            await asyncio.sleep(POLL_SECONDS)
        return None

    async def _is_mined(self, attempts: list[Attempt]) -> bool:
        return await self._find_receipt(attempts) is not None

    async def _find_receipt(self, attempts: list[Attempt]) -> L1Receipt | None:
        """Return the receipt of an attempt whose block is on the chain."""
        for attempt in attempts:
            try:
                receipt = await self.client.get_receipt(attempt.tx_hash)
                if receipt is None or receipt.tx_hash != attempt.tx_hash:
                    continue
                header = await self.client.get_header(receipt.block_number)
            except (RpcError, L1UnreachableError, UnknownBlockError) as error:
                log.info("l1.unanswered", error=str(error))
                continue
            if header.hash == receipt.block_hash:
                return receipt
        return None

    async def _is_confirmed(self, receipt: L1Receipt) -> bool:
        if self.confirmations <= 1:
            return True
        try:
            head = await self.client.get_block_number()
        except (RpcError, L1UnreachableError):
            return False
        return head >= receipt.block_number + self.confirmations - 1

    async def _nonce(self) -> int:
        return await self.client.get_nonce(self.address, "latest")

    async def _sign(self, call: Call, gas: int, nonce: int, attempt: int) -> Attempt | None:
        """Sign an attempt, or nothing while the base fee alone is above the cap."""
        self._chain_id = self._chain_id or await self.client.get_chain_id()
        base_fee = (await self.client.get_header("latest")).base_fee
        if base_fee >= self.max_fee_per_gas:
            log.info("l1.expensive", base_fee=base_fee, cap=self.max_fee_per_gas)
            return None
        bump = (100 + FEE_BUMP_PERCENT) ** attempt / 100**attempt
        fee = min(int((2 * base_fee + TIP_WEI) * bump), self.max_fee_per_gas)
        signed = self._signer().sign_transaction(
            {
                "type": 2,
                "chainId": self._chain_id,
                "nonce": nonce,
                "gas": gas,
                "maxFeePerGas": fee,
                "maxPriorityFeePerGas": min(int(TIP_WEI * bump), fee),
                "to": call.to,
                "value": call.value,
                "data": call.data,
            }
        )
        raw = bytes(signed.raw_transaction)
        return Attempt(nonce, raw, keccak256(raw))

    def _journal(self) -> Journal:
        return Journal(self.journal_path)

    def _signer(self) -> Any:
        if self._account is None:
            from eth_account import Account

            self._account = Account.from_key(self.secret)
        return self._account


def compute_address(secret: bytes) -> bytes:
    """Compute the address of a private key."""
    from eth_keys.datatypes import PrivateKey

    return PrivateKey(secret).public_key.to_canonical_address()
