"""
Light traffic: transfers, an ERC-20, a constant-product pool.

Accounts, contracts and choices follow from the seed; none of the accounts is the mnemonic's.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from corollup.devnet.creations import load_bytecode
from corollup.devnet.keys import DevnetKeys
from corollup.l1.abi import encode_arguments, encode_call
from corollup.node.clock import Clock
from corollup.node.mempool import Mempool, TransactionRefused
from corollup.spec.encoding import keccak256

log = structlog.get_logger(__name__)

TRADERS: Final = 6
"""Accounts that trade."""
BALANCE_WEI: Final = 100 * 10**18
"""What each account of the traffic starts with."""
MINTED: Final = 10**24
"""Tokens of each kind that a trader starts with."""
LIQUIDITY: Final = 10**23
"""Tokens of each kind in the pool at its start."""
TIP_WEI: Final = 1_000_000_000
"""Priority fee, wei a gas."""
MAX_FEE_WEI: Final = 100_000_000_000
"""Greatest fee, wei a gas."""
DEPLOYMENT_GAS: Final = 2_000_000
"""Gas limit of a contract creation."""
CALL_GAS: Final = 200_000
"""Gas limit of any other transaction."""
MAX_PENDING: Final = 32
"""Pending transactions above which the traffic waits."""


@dataclass(slots=True, eq=False, repr=False)
class Traffic:
    """Sends transactions to one mempool until it is cancelled."""

    keys: DevnetKeys
    """Accounts and choices."""
    chain_id: int
    """EIP-155 chain id of the L2."""
    mempool: Mempool
    """Where transactions go."""
    clock: Clock
    """Time between transactions."""
    interval_seconds: float = 0.25
    """Time between two transactions."""
    _random: random.Random = field(init=False)
    _signers: dict[bytes, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.keys.derive("traffic"))  # noqa: S311 (no secret)

    @property
    def accounts(self) -> list[bytes]:
        """The accounts that the genesis has to fund, the deployer first."""
        return [self.keys.account("traffic account", i)[1] for i in range(TRADERS + 1)]

    async def run(self) -> None:
        """Deploy the contracts, then trade."""
        deployer, *traders = self.accounts
        token_a, token_b, pool = (compute_contract_address(deployer, i) for i in range(3))
        await self._send_all(deployer, self._prepare(token_a, token_b, pool, traders))
        allowance = 2**256 - 1
        for trader in traders:
            approval = encode_call("approve", ["address", "uint256"], [pool, allowance])
            await self._send_all(trader, [(token_a, approval, 0), (token_b, approval, 0)])
        while True:
            await self.clock.sleep(self.interval_seconds)
            if len(self.mempool) < MAX_PENDING:
                self._trade(traders, token_a, token_b, pool)

    def _prepare(
        self, token_a: bytes, token_b: bytes, pool: bytes, traders: Sequence[bytes]
    ) -> list[tuple[bytes | None, bytes, int]]:
        """Return what the deployer sends: contracts, tokens for all, liquidity."""
        deployer = self.accounts[0]
        token, strings = load_bytecode("DevToken"), ["string", "string"]
        mints = [
            (kind, encode_call("mint", ["address", "uint256"], [account, MINTED]), 0)
            for account in [deployer, *traders]
            for kind in (token_a, token_b)
        ]
        approval = encode_call("approve", ["address", "uint256"], [pool, LIQUIDITY])
        liquidity = encode_call("addLiquidity", ["uint256", "uint256"], [LIQUIDITY, LIQUIDITY])
        pool_code = load_bytecode("DevPool")
        return [
            (None, token + encode_arguments(strings, ["Apple", "APL"]), 0),
            (None, token + encode_arguments(strings, ["Pear", "PER"]), 0),
            (None, pool_code + encode_arguments(["address", "address"], [token_a, token_b]), 0),
            *mints,
            (token_a, approval, 0),
            (token_b, approval, 0),
            (pool, liquidity, 0),
        ]

    async def _send_all(
        self, sender: bytes, transactions: Sequence[tuple[bytes | None, bytes, int]]
    ) -> None:
        """Send transactions of one account and wait until packets hold them all."""
        last = self.mempool.account(sender).nonce + len(transactions)
        for to, data, value in transactions:
            self._send(sender, to, data, value)
        while self.mempool.account(sender).nonce < last:
            await self.clock.sleep(self.interval_seconds)

    def _trade(self, traders: Sequence[bytes], token_a: bytes, token_b: bytes, pool: bytes) -> None:
        sender, other = self._random.sample(traders, 2)
        amount = self._random.randrange(1, 10**18)
        kind = self._random.choices(["transfer", "token", "swap"], [5, 3, 2])[0]
        token = self._random.choice([token_a, token_b])
        if kind == "transfer":
            self._send(sender, other, b"", amount)
        elif kind == "token":
            transfer = encode_call("transfer", ["address", "uint256"], [other, amount])
            self._send(sender, token, transfer, 0)
        else:
            types = ["address", "uint256", "uint256"]
            self._send(sender, pool, encode_call("swap", types, [token, amount, 0]), 0)

    def _send(self, sender: bytes, to: bytes | None, data: bytes, value: int) -> None:
        nonce = self.mempool.pending_nonce(sender)
        if nonce is None:
            nonce = self.mempool.account(sender).nonce
        transaction = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": nonce,
            "gas": DEPLOYMENT_GAS if to is None else CALL_GAS,
            "maxFeePerGas": MAX_FEE_WEI,
            "maxPriorityFeePerGas": TIP_WEI,
            "value": value,
            "data": data,
        }
        if to is not None:
            transaction["to"] = to
        signed = self._signer(sender).sign_transaction(transaction)
        try:
            self.mempool.submit(bytes(signed.raw_transaction))
        except TransactionRefused as refused:
            log.debug("traffic.refused", sender=sender.hex(), error=str(refused))

    def _signer(self, address: bytes) -> Any:
        if not self._signers:
            from eth_account import Account

            for i in range(TRADERS + 1):
                secret, known = self.keys.account("traffic account", i)
                self._signers[known] = Account.from_key(secret)
        return self._signers[address]


def compute_contract_address(sender: bytes, nonce: int) -> bytes:
    """Compute the address of a contract that an account's transaction creates; nonce below 128."""
    encoded_nonce = bytes([nonce]) if nonce else b"\x80"
    payload = bytes([0x80 + len(sender)]) + sender + encoded_nonce
    return keccak256(bytes([0xC0 + len(payload)]) + payload)[12:]
