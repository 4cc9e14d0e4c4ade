"""
The method table: every JSON-RPC method that this package serves, on the L2 and the embedded L1.

A method is answered here, by the chain at once, or by the chain on a thread if it can take long.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from corollup import __version__
from corollup.errors import RpcError
from corollup.rpc.chains import Chain, Kind
from corollup.rpc.protocol import METHOD_NOT_FOUND, METHOD_NOT_SUPPORTED
from corollup.rpc.threads import CallThreads


@dataclass(frozen=True, slots=True)
class Context:
    """What a method is answered from."""

    chain: Chain
    """The chain."""

    threads: CallThreads
    """Where calls run that take long."""


Handler = Callable[[Context, str, bytes], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Method:
    """How a method is answered, and on which chain it exists."""

    handle: Handler
    """Answers the method."""

    kind: Kind = Kind.BOTH
    """The chains that have it."""


def _constant(value: Any) -> Handler:
    encoded = msgspec.json.encode(value)

    async def handle(_context: Context, _method: str, _params: bytes) -> bytes:
        return encoded

    return handle


async def _get_client_version(_context: Context, _method: str, _params: bytes) -> bytes:
    return msgspec.json.encode(f"corollup/{__version__}")


async def _ask_chain(context: Context, method: str, params: bytes) -> bytes:
    return await context.chain.request(method, params)


async def _ask_chain_on_thread(context: Context, method: str, params: bytes) -> bytes:
    return await context.threads.run(context.chain.request_blocking, method, params)


async def _refuse_proof(_context: Context, _method: str, _params: bytes) -> bytes:
    raise RpcError(
        METHOD_NOT_SUPPORTED,
        "the state is no Merkle-Patricia tree; on the L2 use corollup_getVerkleProof",
    )


METHODS: Final[Mapping[str, Method]] = {
    # The node
    "web3_clientVersion": Method(_get_client_version),
    "net_listening": Method(_constant(True)),
    "net_peerCount": Method(_constant("0x0")),
    "eth_syncing": Method(_constant(False)),
    "eth_protocolVersion": Method(_constant("0x44")),
    # The chain
    "eth_chainId": Method(_ask_chain),
    "net_version": Method(_ask_chain),
    "eth_blockNumber": Method(_ask_chain),
    "eth_gasPrice": Method(_ask_chain),
    "eth_maxPriorityFeePerGas": Method(_ask_chain),
    "eth_blobBaseFee": Method(_ask_chain),
    "eth_feeHistory": Method(_ask_chain_on_thread),
    # The state
    "eth_accounts": Method(_ask_chain),
    "eth_getBalance": Method(_ask_chain),
    "eth_getTransactionCount": Method(_ask_chain),
    "eth_getCode": Method(_ask_chain),
    "eth_getStorageAt": Method(_ask_chain),
    "eth_call": Method(_ask_chain_on_thread),
    "eth_estimateGas": Method(_ask_chain_on_thread),
    "eth_getProof": Method(_refuse_proof),
    # Blocks, transactions, logs
    "eth_getBlockByNumber": Method(_ask_chain_on_thread),
    "eth_getBlockByHash": Method(_ask_chain_on_thread),
    "eth_getBlockReceipts": Method(_ask_chain_on_thread),
    "eth_getBlockTransactionCountByNumber": Method(_ask_chain),
    "eth_getBlockTransactionCountByHash": Method(_ask_chain),
    "eth_getUncleCountByBlockNumber": Method(_ask_chain),
    "eth_getUncleCountByBlockHash": Method(_ask_chain),
    "eth_getTransactionByHash": Method(_ask_chain),
    "eth_getTransactionByBlockNumberAndIndex": Method(_ask_chain),
    "eth_getTransactionByBlockHashAndIndex": Method(_ask_chain),
    "eth_getRawTransactionByHash": Method(_ask_chain),
    "eth_getTransactionReceipt": Method(_ask_chain),
    "eth_getLogs": Method(_ask_chain_on_thread),
    "debug_getRawHeader": Method(_ask_chain, Kind.L1),
    # The pool
    "eth_sendRawTransaction": Method(_ask_chain),
    "eth_sendTransaction": Method(_ask_chain, Kind.L1),
    # The rollup
    "corollup_getHeads": Method(_ask_chain, Kind.L2),
    "corollup_getPacketByNumber": Method(_ask_chain, Kind.L2),
    "corollup_getVerkleProof": Method(_ask_chain_on_thread, Kind.L2),
    "corollup_getSlotProof": Method(_ask_chain_on_thread, Kind.L2),
    "corollup_getWithdrawals": Method(_ask_chain, Kind.L2),
    "corollup_getWithdrawalProof": Method(_ask_chain, Kind.L2),
    "corollup_getNetwork": Method(_ask_chain, Kind.L2),
    "corollup_getCommitProof": Method(_ask_chain, Kind.L2),
    # The development chain
    "evm_mine": Method(_ask_chain, Kind.L1),
    "evm_setAutomine": Method(_ask_chain, Kind.L1),
    "evm_increaseTime": Method(_ask_chain, Kind.L1),
    "evm_setNextBlockTimestamp": Method(_ask_chain, Kind.L1),
    "evm_snapshot": Method(_ask_chain, Kind.L1),
    "evm_revert": Method(_ask_chain, Kind.L1),
    **{
        f"{tool}_{command}": Method(_ask_chain, Kind.L1)
        for tool in ("anvil", "hardhat")
        for command in (
            "mine",
            "setPrevRandao",
            "reorg",
            "dropTransaction",
            "impersonateAccount",
            "stopImpersonatingAccount",
            "setBalance",
            "setNonce",
            "setCode",
            "setStorageAt",
        )
    },
}
"""Every method, by its name."""


async def answer_method(context: Context, method: str, params: bytes) -> bytes:
    """
    Answer a method of the table.

    Raises:
        RpcError: If the chain has no such method, or there is no result.
    """
    entry = METHODS.get(method)
    if entry is None or context.chain.kind not in entry.kind:
        raise RpcError(METHOD_NOT_FOUND, f"the method {method} does not exist")
    return await entry.handle(context, method, params)
