"""
The embedded L1: an Ethereum in this process, with Osaka's rules, for use without a node.

    l1 = EmbeddedL1(clock=SystemClock())
    l1.automine = True                      # each transaction gets its block at once
    l1.request("eth_blockNumber")
"""

from collections.abc import Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any, Final, Protocol

import msgspec

from corollup.engine import DevChain
from corollup.l1.dev_accounts import DEV_ACCOUNTS, DEV_BALANCE

L1_CHAIN_ID: Final = 31337
"""EIP-155 chain id of a development L1."""

FUNDED: Final = tuple((account.address, DEV_BALANCE) for account in DEV_ACCOUNTS)
"""The accounts that an embedded L1 starts with: address and wei."""


class Clock(Protocol):
    """Time, injected so that a simulation decides it."""

    def now(self) -> float:
        """Return unix seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


@dataclass(slots=True)
class EmbeddedL1:
    """A development L1 that owns its chain and mines it."""

    clock: Clock
    """What the timestamps of blocks come from."""

    chain_id: int = L1_CHAIN_ID
    """EIP-155 chain id."""

    seed: bytes = bytes(32)
    """Where the randomness of the blocks comes from, 32 bytes."""

    interval_seconds: float = 1.0
    """Time between two blocks of `run`."""

    accounts: InitVar[Sequence[tuple[bytes, int]]] = FUNDED
    """Addresses and wei of the genesis block; they may send without a signature."""

    genesis_time: InitVar[int | None] = None
    """Timestamp of the genesis block; the clock's time if it is not given."""

    _chain: DevChain = field(init=False, repr=False)
    _automine: bool = field(init=False, default=False, repr=False)

    def __post_init__(
        self, accounts: Sequence[tuple[bytes, int]], genesis_time: int | None
    ) -> None:
        self._chain = DevChain(
            chain_id=self.chain_id,
            genesis_time=self._now() if genesis_time is None else genesis_time,
            seed=self.seed,
            accounts=accounts,
        )

    def _now(self) -> int:
        return int(self.clock.now())

    def request(self, method: str, *params: Any) -> Any:
        """
        Answer a JSON-RPC method in this process.

        Raises:
            RpcError: With the code and the data that a server would answer.
        """
        return msgspec.json.decode(self.request_json(method, msgspec.json.encode(params)))

    def request_json(self, method: str, params: bytes) -> bytes:
        """Answer a JSON-RPC method whose parameters are a JSON list; the result is JSON."""
        return self._chain.request(method, params, self._now())

    @property
    def automine(self) -> bool:
        """Whether each transaction gets its block at once."""
        return self._automine

    @automine.setter
    def automine(self, automine: bool) -> None:
        self.request("evm_setAutomine", automine)
        self._automine = automine

    def mine(self, blocks: int = 1) -> None:
        """Mine blocks at the clock's time, each at least a second after its parent."""
        for _ in range(blocks):
            self._chain.mine(self._now())

    async def run(self) -> None:
        """Mine a block every interval, until cancelled."""
        while True:
            await self.clock.sleep(self.interval_seconds)
            self.mine()

    def snapshot(self) -> int:
        """Remember the chain as it is and return the snapshot's id."""
        return int(self.request("evm_snapshot"), 16)

    def revert(self, snapshot: int) -> bool:
        """Restore a snapshot, which uses it up; false if there is none of this id."""
        return bool(self.request("evm_revert", hex(snapshot)))

    def reorg(self, depth: int, *, keep_transactions: bool = False) -> list[bytes]:
        """
        Replace the last blocks by others, one more than there were, and return what they held.

        Args:
            depth: How many blocks are dropped.
            keep_transactions: Whether the new blocks take the old ones' signed transactions.
        """
        dropped = self._chain.rollback(depth)
        if keep_transactions:
            for raw in dropped:
                self.request("eth_sendRawTransaction", f"0x{raw.hex()}")
        self.mine(depth + 1)
        return dropped

    def set_balance(self, address: bytes, balance_wei: int) -> None:
        """Set a balance."""
        self.request("anvil_setBalance", f"0x{address.hex()}", hex(balance_wei))

    def impersonate(self, address: bytes) -> None:
        """Let an account send transactions without its signature (`eth_sendTransaction`)."""
        self.request("anvil_impersonateAccount", f"0x{address.hex()}")

    def increase_time(self, seconds: int) -> None:
        """Move the chain's clock ahead."""
        self.request("evm_increaseTime", seconds)

    def set_next_timestamp(self, timestamp: int) -> None:
        """Set the timestamp of the next block; the blocks after it go on from there."""
        self.request("evm_setNextBlockTimestamp", timestamp)

    def set_next_prev_randao(self, prev_randao: bytes) -> None:
        """Set the randomness of the next block."""
        self.request("hardhat_setPrevRandao", f"0x{prev_randao.hex()}")
