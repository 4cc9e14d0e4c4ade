"""The edges of a devnet: a development L1 that must be told to mine, and wallets of the L2."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from corollup.errors import CorollupError, RpcError
from corollup.l1.client import L1Client
from corollup.node.clock import Clock
from corollup.node.mempool import Mempool, TransactionRefused
from corollup.rpc.chains import TransactionRefusedError

IDLE_L1_SECONDS: Final = 1.0
"""Time without a block after which a development L1 is told to mine one."""


@dataclass(frozen=True, slots=True)
class MempoolSink:
    """Where the L2's JSON-RPC puts transactions."""

    mempool: Mempool
    """The pool of the node that serves."""

    async def submit(self, raw: bytes) -> bytes:
        """Accept a transaction and return its hash."""
        try:
            return self.mempool.submit(raw)
        except TransactionRefused as refused:
            raise TransactionRefusedError(str(refused)) from refused

    def pending_nonce(self, address: bytes) -> int | None:
        """Return the nonce after an account's pending ones."""
        return self.mempool.pending_nonce(address)

    def pending_transaction(self, tx_hash: bytes) -> bytes | None:
        """Return a pending transaction."""
        return self.mempool.pending_transaction(tx_hash)


@dataclass(slots=True)
class IdleMiner:
    """Lets a development L1 that mines only on demand mine now and then; others do not know how."""

    client: L1Client
    """The L1."""
    _last: int = -1
    _is_able: bool = True

    async def run(self, clock: Clock) -> None:
        """Watch until cancelled, or until the L1 refuses."""
        while self._is_able:
            await clock.sleep(IDLE_L1_SECONDS)
            # The nodes say so when the L1 does not answer, and go on when it does.
            with suppress(CorollupError):
                await self.mine_if_idle()

    async def mine_if_idle(self) -> None:
        """Mine a block if there was none since the last look."""
        number = await self.client.get_block_number()
        if number == self._last and self._is_able:
            try:
                await self.client.request("evm_mine")
            except RpcError:
                self._is_able = False
        self._last = number
