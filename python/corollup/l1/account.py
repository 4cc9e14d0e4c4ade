"""An account on the L1 that sends transactions."""

from dataclasses import dataclass, field
from typing import Any, Final

from corollup.l1.client import ContractReverted, L1Client, L1Receipt

MAX_TRANSACTION_GAS: Final = 1 << 24
"""Most gas of a transaction (EIP-7825)."""

GAS_MARGIN: Final = 1.2
"""What an estimate is multiplied by, since the state can change before the transaction runs."""


@dataclass(slots=True)
class L1Account:
    """
    An account that signs here and counts its own nonces.

    One task at a time may use it. After an error the nonce is asked for again.
    """

    client: L1Client
    """Where its transactions go."""

    private_key: bytes
    """Its secp256k1 key."""

    address: bytes = field(init=False)
    """Its address."""

    _signer: Any = field(init=False, repr=False)
    _nonce: int | None = field(init=False, default=None, repr=False)
    _chain_id: int | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        # eth_account costs half a second to import, and most processes sign nothing.
        from eth_account import Account

        self._signer = Account.from_key(self.private_key)
        self.address = bytes.fromhex(self._signer.address[2:])

    async def send(
        self, to: bytes | None, data: bytes = b"", *, value: int = 0, gas: int | None = None
    ) -> bytes:
        """
        Sign and send a transaction.

        Args:
            to: The recipient; `None` creates a contract.
            data: Call data, or init code.
            value: Wei sent along.
            gas: The gas limit; estimated if it is not given.

        Returns:
            The transaction's hash.

        Raises:
            RpcError: If the node refuses the transaction.
        """
        try:
            return await self._send(to, data, value, gas)
        except BaseException:
            self._nonce = None
            raise

    async def _send(self, to: bytes | None, data: bytes, value: int, gas: int | None) -> bytes:
        if self._chain_id is None:
            self._chain_id = await self.client.get_chain_id()
        if self._nonce is None:
            self._nonce = await self.client.get_nonce(self.address)
        if gas is None:
            estimate = await self.client.estimate_gas(to, data, sender=self.address, value=value)
            gas = min(int(estimate * GAS_MARGIN), MAX_TRANSACTION_GAS)
        max_fee, tip = await self.client.suggest_fees()
        transaction = {
            "type": 2,
            "chainId": self._chain_id,
            "nonce": self._nonce,
            "gas": gas,
            "maxFeePerGas": max_fee,
            "maxPriorityFeePerGas": tip,
            "value": value,
            "data": data,
        }
        if to is not None:
            transaction["to"] = to
        signed = self._signer.sign_transaction(transaction)
        tx_hash = await self.client.send_raw_transaction(bytes(signed.raw_transaction))
        self._nonce += 1
        return tx_hash

    async def transact(
        self,
        to: bytes | None,
        data: bytes = b"",
        *,
        value: int = 0,
        gas: int | None = None,
        timeout_seconds: float = 30.0,
    ) -> L1Receipt:
        """
        Send a transaction and wait until it is mined.

        Raises:
            ContractReverted: If it failed, with the output of the same call on the state after it.
            L1TimeoutError: If it is not mined in time.
        """
        tx_hash = await self.send(to, data, value=value, gas=gas)
        receipt = await self.client.wait_for_receipt(tx_hash, timeout_seconds=timeout_seconds)
        if not receipt.succeeded:
            if to is not None:
                await self.client.call(to, data, sender=self.address, value=value)
            raise ContractReverted(3, f"transaction 0x{tx_hash.hex()} reverted")
        return receipt
