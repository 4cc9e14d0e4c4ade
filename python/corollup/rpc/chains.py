"""The chains behind the server, as its methods see them."""

from dataclasses import dataclass
from enum import Flag, auto
from typing import Any, Protocol

import msgspec

from corollup.engine import Ledger, describe_pending_transaction
from corollup.errors import CorollupError, RpcError
from corollup.l1.embedded import EmbeddedL1
from corollup.rpc.protocol import INVALID_PARAMS, METHOD_NOT_SUPPORTED, TRANSACTION_REJECTED


class Kind(Flag):
    """Which chain a method is for."""

    L1 = auto()
    """The embedded L1, a development chain."""

    L2 = auto()
    """The rollup."""

    BOTH = L1 | L2
    """Either."""


class Chain(Protocol):
    """A chain that answers JSON-RPC methods."""

    @property
    def kind(self) -> Kind:
        """Which chain it is."""
        ...

    async def request(self, method: str, params: bytes) -> bytes:
        """
        Answer a method; parameters and result are JSON.

        Raises:
            RpcError: If there is no result.
        """
        ...

    def request_blocking(self, method: str, params: bytes) -> bytes:
        """Answer a method that only reads, on any thread."""
        ...


@dataclass(frozen=True, slots=True)
class L1Chain:
    """The embedded L1."""

    l1: EmbeddedL1
    """The chain."""

    @property
    def kind(self) -> Kind:
        """Which chain it is."""
        return Kind.L1

    async def request(self, method: str, params: bytes) -> bytes:
        """Answer a method; parameters and result are JSON."""
        return self.l1.request_json(method, params)

    def request_blocking(self, method: str, params: bytes) -> bytes:
        """Answer a method that only reads, on any thread."""
        return self.l1.request_json(method, params)


class TransactionRefusedError(CorollupError):
    """A transaction that the pool does not take."""


class TransactionSink(Protocol):
    """The pool of a producer."""

    async def submit(self, raw: bytes) -> bytes:
        """
        Take a signed transaction and return its hash.

        Raises:
            TransactionRefusedError: If the pool does not take it.
        """
        ...

    def pending_nonce(self, address: bytes) -> int | None:
        """Return the nonce after the pool's transactions of an account; `None` if it has none."""
        ...

    def pending_transaction(self, tx_hash: bytes) -> bytes | None:
        """Return a signed transaction of the pool."""
        ...


class NetworkSource(Protocol):
    """What a node knows of its network on the L1, as JSON takes it."""

    def describe_network(self) -> dict[str, Any]:
        """Describe the network: contracts, configuration, first L1 block."""
        ...

    def prove_commit(self, number: int) -> dict[str, Any] | None:
        """Show the commit of a packet as the bridge takes it; nothing if it is not committed."""
        ...


@dataclass(frozen=True, slots=True)
class L2Chain:
    """The rollup, as a producer executed it, and its pool."""

    ledger: Ledger
    """The executed packets."""

    sink: TransactionSink
    """Where transactions go."""

    source: NetworkSource | None = None
    """What is known of the L1; without it, its methods are not served."""

    @property
    def kind(self) -> Kind:
        """Which chain it is."""
        return Kind.L2

    async def request(self, method: str, params: bytes) -> bytes:
        """Answer a method; parameters and result are JSON."""
        match method:
            case "eth_sendRawTransaction":
                return await self._submit(params)
            case "eth_accounts":
                return b"[]"
            case "eth_getTransactionCount":
                return self._get_transaction_count(params)
            case "eth_getTransactionByHash":
                return self._get_transaction(params)
            case "corollup_getNetwork":
                return msgspec.json.encode(self._require_source().describe_network())
            case "corollup_getCommitProof":
                return self._prove_commit(params)
        return self.ledger.request(method, params)

    def request_blocking(self, method: str, params: bytes) -> bytes:
        """Answer a method that only reads, on any thread."""
        return self.ledger.request(method, params)

    def _require_source(self) -> NetworkSource:
        if self.source is None:
            raise RpcError(METHOD_NOT_SUPPORTED, "this node follows no L1")
        return self.source

    def _prove_commit(self, params: bytes) -> bytes:
        match _decode_list(params):
            case [str(text)] if text.startswith("0x"):
                number = _decode_number(text)
            case _:
                raise RpcError(INVALID_PARAMS, "want the number of a packet")
        return msgspec.json.encode(self._require_source().prove_commit(number))

    async def _submit(self, params: bytes) -> bytes:
        match _decode_list(params):
            case [str(raw)]:
                raw_bytes = _decode_hex(raw)
            case _:
                raise RpcError(INVALID_PARAMS, "want one signed transaction")
        try:
            tx_hash = await self.sink.submit(raw_bytes)
        except TransactionRefusedError as error:
            raise RpcError(TRANSACTION_REJECTED, str(error)) from error
        return msgspec.json.encode(f"0x{tx_hash.hex()}")

    def _get_transaction_count(self, params: bytes) -> bytes:
        answer = self.ledger.request("eth_getTransactionCount", params)
        match _decode_list(params):
            case [str(address), "pending"]:
                pending = self.sink.pending_nonce(_decode_hex(address))
                if pending is not None:
                    executed = int(msgspec.json.decode(answer), 16)
                    return msgspec.json.encode(hex(max(pending, executed)))
        return answer

    def _get_transaction(self, params: bytes) -> bytes:
        answer = self.ledger.request("eth_getTransactionByHash", params)
        if answer == b"null":
            (tx_hash,) = _decode_list(params)
            raw = self.sink.pending_transaction(_decode_hex(tx_hash))
            if raw is not None:
                return describe_pending_transaction(raw)
        return answer


def _decode_list(params: bytes) -> list[Any]:
    try:
        return msgspec.json.decode(params, type=list[Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise RpcError(INVALID_PARAMS, f"invalid params: {error}") from error


def _decode_hex(text: str) -> bytes:
    try:
        if text.startswith("0x"):
            return bytes.fromhex(text[2:])
    except ValueError:
        pass
    raise RpcError(INVALID_PARAMS, "not bytes in hexadecimal with 0x")


def _decode_number(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError as error:
        raise RpcError(INVALID_PARAMS, f"{text} is no number") from error
