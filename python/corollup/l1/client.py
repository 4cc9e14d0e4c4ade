"""
A client of any L1: the embedded one in this process, anvil, geth, or any node over HTTP.

Values go in and out as bytes and integers; a request is encoded once. `web3` is there for comfort.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

from corollup.errors import CorollupError, RpcError
from corollup.l1.headers import encode_header
from corollup.l1.transport import (
    HttpTransport,
    InProcessTransport,
    L1Transport,
    L1UnreachableError,
)

if TYPE_CHECKING:
    from web3 import AsyncWeb3

    from corollup.l1.embedded import EmbeddedL1

RECEIPT_POLL_SECONDS: Final = 0.05
"""Time between two looks for a receipt."""

REVERTED: Final = 3
"""Error code of a call that reverted."""

METHOD_NOT_FOUND: Final = frozenset({-32601, -32600, -32004})
"""Error codes by which nodes say that they lack a method."""

T = TypeVar("T")

Tag: TypeAlias = Literal["earliest", "finalized", "safe", "latest", "pending"]
Block: TypeAlias = int | Tag


class ContractReverted(RpcError):  # noqa: N818 (named as what happened)
    """A call that reverted, with its output as data."""


@dataclass(frozen=True, slots=True)
class L1Header:
    """The fields of an L1 block that the protocol reads."""

    number: int
    """Block number."""

    hash: bytes
    """Block hash."""

    parent_hash: bytes
    """Hash of the block before."""

    timestamp: int
    """Unix seconds."""

    prev_randao: bytes
    """Randomness of the block."""

    base_fee: int
    """Wei a gas."""

    gas_limit: int
    """Gas limit of the block."""

    gas_used: int
    """Gas used by the block."""


@dataclass(frozen=True, slots=True)
class L1Log:
    """An event."""

    address: bytes
    """The contract."""

    topics: tuple[bytes, ...]
    """The indexed values."""

    data: bytes
    """The other values."""

    block_number: int
    """Number of the block."""

    block_hash: bytes
    """Hash of the block."""

    tx_hash: bytes
    """Hash of the transaction."""

    log_index: int
    """Place in the block."""


@dataclass(frozen=True, slots=True)
class L1Receipt:
    """What a transaction left behind."""

    tx_hash: bytes
    """Hash of the transaction."""

    block_number: int
    """Number of the block."""

    block_hash: bytes
    """Hash of the block."""

    succeeded: bool
    """Whether it did not revert."""

    gas_used: int
    """Gas used."""

    effective_gas_price: int
    """Wei paid a gas."""

    contract_address: bytes | None
    """The contract that it created."""

    logs: tuple[L1Log, ...]
    """Its events."""


@dataclass(slots=True)
class L1Client:
    """The one way in which this package talks to an L1."""

    transport: L1Transport
    """The way to the node."""

    _w3: "AsyncWeb3[Any] | None" = None

    @classmethod
    def embedded(cls, l1: "EmbeddedL1") -> "L1Client":
        """Return a client of an L1 in this process."""
        return cls(InProcessTransport(l1))

    @classmethod
    def http(cls, url: str) -> "L1Client":
        """Return a client of a node that serves HTTP."""
        return cls(HttpTransport(url))

    async def close(self) -> None:
        """Close the connections."""
        await self.transport.close()

    async def request(self, method: str, *params: Any) -> Any:
        """
        Ask the node.

        Raises:
            ContractReverted: If a call reverted.
            RpcError: If the node answers with another error.
            L1UnreachableError: If it does not answer.
        """
        try:
            return await self.transport.request(method, params)
        except RpcError as error:
            if error.code == REVERTED:
                raise ContractReverted(error.code, error.message, error.data) from error
            raise

    async def _ask(self, read: Callable[[Any], T], method: str, *params: Any) -> T:
        answer = await self.request(method, *params)
        try:
            return read(answer)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise L1UnreachableError(f"the answer to {method} is malformed") from error

    @property
    def w3(self) -> "AsyncWeb3[Any]":
        """The same node through web3.py."""
        if self._w3 is None:
            # web3 costs most of a second to import, and no service needs it.
            from corollup.l1.web3_provider import make_web3

            self._w3 = make_web3(self.transport)
        return self._w3

    async def get_chain_id(self) -> int:
        """Return the EIP-155 chain id."""
        return await self._ask(to_int, "eth_chainId")

    async def get_block_number(self, tag: Tag = "latest") -> int:
        """Return the number behind a tag."""
        if tag == "latest":
            return await self._ask(to_int, "eth_blockNumber")
        return (await self.get_header(tag)).number

    async def get_header(self, block: Block | bytes = "latest") -> L1Header:
        """
        Return a header by number, tag or hash.

        Raises:
            UnknownBlockError: If the node has no such block.
        """
        return await self._get_block(block, decode_header)

    async def get_raw_header(self, block: Block | bytes = "latest") -> bytes:
        """
        Return the RLP of a header, whose keccak is the block's hash.

        Raises:
            UnknownBlockError: If the node has no such block.
            EncodingError: If the node's fields do not hash to its block hash.
        """
        return await self._get_block(block, encode_header)

    async def _get_block(self, block: Block | bytes, read: Callable[[Any], T]) -> T:
        if isinstance(block, bytes):
            name, method, key = to_hex(block), "eth_getBlockByHash", to_hex(block)
        else:
            name, method, key = str(block), "eth_getBlockByNumber", to_tag(block)
        found = await self._ask(_or_none(read), method, key, False)
        if found is None:
            raise UnknownBlockError(f"the L1 node has no block {name}")
        return found

    async def get_balance(self, address: bytes, block: Block = "latest") -> int:
        """Return a balance, wei."""
        return await self._ask(to_int, "eth_getBalance", to_hex(address), to_tag(block))

    async def get_nonce(self, address: bytes, block: Block = "pending") -> int:
        """Return the nonce of an account's next transaction."""
        return await self._ask(to_int, "eth_getTransactionCount", to_hex(address), to_tag(block))

    async def get_code(self, address: bytes, block: Block = "latest") -> bytes:
        """Return the code of an account."""
        return await self._ask(to_bytes, "eth_getCode", to_hex(address), to_tag(block))

    async def suggest_fees(self) -> tuple[int, int]:
        """Return max fee and max priority fee, wei a gas, that hold through rising base fees."""
        header = await self.get_header("latest")
        tip = await self._ask(to_int, "eth_maxPriorityFeePerGas")
        return 2 * header.base_fee + tip, tip

    async def call(
        self,
        to: bytes,
        data: bytes,
        *,
        sender: bytes | None = None,
        value: int = 0,
        block: Block = "latest",
    ) -> bytes:
        """
        Call a contract on the state after a block.

        Raises:
            ContractReverted: If it reverts.
        """
        request = _to_request(to, data, sender, value)
        return await self._ask(to_bytes, "eth_call", request, to_tag(block))

    async def estimate_gas(
        self, to: bytes | None, data: bytes, *, sender: bytes, value: int = 0
    ) -> int:
        """
        Return a gas limit with which a transaction succeeds.

        Raises:
            ContractReverted: If it reverts.
        """
        request = _to_request(to, data, sender, value)
        return await self._ask(to_int, "eth_estimateGas", request)

    async def send_raw_transaction(self, raw: bytes) -> bytes:
        """
        Send a signed transaction and return its hash.

        Raises:
            RpcError: If the node refuses it.
        """
        return await self._ask(to_bytes, "eth_sendRawTransaction", to_hex(raw))

    async def get_receipt(self, tx_hash: bytes) -> L1Receipt | None:
        """Return the receipt of a transaction, or `None` while it is not mined."""
        read = _or_none(decode_receipt)
        return await self._ask(read, "eth_getTransactionReceipt", to_hex(tx_hash))

    async def wait_for_receipt(self, tx_hash: bytes, *, timeout_seconds: float = 30.0) -> L1Receipt:
        """
        Wait until a transaction is mined.

        Raises:
            L1TimeoutError: If it is not mined in time.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                while True:
                    receipt = await self.get_receipt(tx_hash)
                    if receipt is not None:
                        return receipt
                    await asyncio.sleep(RECEIPT_POLL_SECONDS)
        except TimeoutError:
            what = f"transaction {to_hex(tx_hash)} is not mined"
            raise L1TimeoutError(f"{what} after {timeout_seconds:g} s") from None

    async def get_logs(
        self,
        *,
        address: bytes | Sequence[bytes] | None = None,
        topics: Sequence[bytes | Sequence[bytes] | None] = (),
        from_block: Block = "latest",
        to_block: Block = "latest",
    ) -> list[L1Log]:
        """
        Return the events of a range of blocks, both ends included.

        Args:
            address: The contract, or several of which any fits.
            topics: One entry a position: a value, several of which any fits, or `None` for any.
            from_block: The first block.
            to_block: The last block.
        """
        query: dict[str, Any] = {
            "fromBlock": to_tag(from_block),
            "toBlock": to_tag(to_block),
            "topics": [_to_topic(topic) for topic in topics],
        }
        if address is not None:
            query["address"] = _to_topic(address)
        return await self._ask(lambda logs: [decode_log(log) for log in logs], "eth_getLogs", query)


class L1TimeoutError(CorollupError):
    """The L1 takes longer than its caller waits."""


class UnknownBlockError(CorollupError):
    """The node has no such block."""


def to_hex(value: bytes) -> str:
    """Return bytes as JSON-RPC writes them."""
    return f"0x{value.hex()}"


def to_int(value: str) -> int:
    """Return the quantity that JSON-RPC wrote."""
    return int(value, 16)


def to_bytes(value: str) -> bytes:
    """Return the bytes that JSON-RPC wrote."""
    return bytes.fromhex(value[2:])


def to_tag(block: Block) -> str:
    """Return a block number or tag as JSON-RPC writes it."""
    return hex(block) if isinstance(block, int) else block


def _or_none(read: Callable[[Any], T]) -> Callable[[Any], T | None]:
    return lambda answer: None if answer is None else read(answer)


def _to_topic(topic: bytes | Sequence[bytes] | None) -> Any:
    if topic is None or isinstance(topic, bytes):
        return None if topic is None else to_hex(topic)
    return [to_hex(value) for value in topic]


def _to_request(
    to: bytes | None, data: bytes, sender: bytes | None, value: int
) -> dict[str, str | None]:
    request: dict[str, str | None] = {"input": to_hex(data), "value": hex(value)}
    if to is not None:
        request["to"] = to_hex(to)
    if sender is not None:
        request["from"] = to_hex(sender)
    return request


def decode_header(fields: Mapping[str, Any]) -> L1Header:
    """Read a block object."""
    return L1Header(
        number=int(fields["number"], 16),
        hash=to_bytes(fields["hash"]),
        parent_hash=to_bytes(fields["parentHash"]),
        timestamp=int(fields["timestamp"], 16),
        prev_randao=to_bytes(fields["mixHash"]),
        base_fee=int(fields["baseFeePerGas"], 16),
        gas_limit=int(fields["gasLimit"], 16),
        gas_used=int(fields["gasUsed"], 16),
    )


def decode_log(fields: Mapping[str, Any]) -> L1Log:
    """Read a log object."""
    return L1Log(
        address=to_bytes(fields["address"]),
        topics=tuple(to_bytes(topic) for topic in fields["topics"]),
        data=to_bytes(fields["data"]),
        block_number=int(fields["blockNumber"], 16),
        block_hash=to_bytes(fields["blockHash"]),
        tx_hash=to_bytes(fields["transactionHash"]),
        log_index=int(fields["logIndex"], 16),
    )


def decode_receipt(fields: Mapping[str, Any]) -> L1Receipt:
    """Read a receipt object."""
    created = fields.get("contractAddress")
    return L1Receipt(
        tx_hash=to_bytes(fields["transactionHash"]),
        block_number=int(fields["blockNumber"], 16),
        block_hash=to_bytes(fields["blockHash"]),
        succeeded=int(fields["status"], 16) == 1,
        gas_used=int(fields["gasUsed"], 16),
        effective_gas_price=int(fields["effectiveGasPrice"], 16),
        contract_address=None if created is None else to_bytes(created),
        logs=tuple(decode_log(log) for log in fields["logs"]),
    )
