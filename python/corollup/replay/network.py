"""
A network for one historical block.

An embedded L1 of the block's time, both contracts, eight seats in one committee, and the block's
miner as the producer. The services are the real ones on a virtual clock, so that nothing waits;
what they compute takes its real time.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from corollup.devnet.deployment import FEE_DEPOSIT_WEI, Deployment
from corollup.devnet.keys import DevnetKeys
from corollup.devnet.options import DevnetOptions, make_config
from corollup.engine import BlsEngine, Engine, ReplayBlock
from corollup.errors import StateError
from corollup.l1.abi import Call
from corollup.l1.account import L1Account
from corollup.l1.client import L1Client, L1Header
from corollup.l1.dev_accounts import DEV_ACCOUNTS, DEV_BALANCE
from corollup.l1.embedded import EmbeddedL1
from corollup.l1.management import ManagementContract
from corollup.l1.state import StateContract
from corollup.node.clock import VirtualClock
from corollup.node.node import Network, Node, Surroundings
from corollup.node.transport import MemoryNetwork, PeerId
from corollup.spec.containers import Config, compute_key_hash, compute_registration_message

MAINNET_CHAIN_ID: Final = 1
"""EIP-155 chain id of every replayed block."""
SEATS: Final = 8
"""Seats, all in the one committee."""
SETUP_SECONDS: Final = 300
"""How far before the block's time its L1 begins; the set-up takes a second a block."""
ANCHOR_AGE_SECONDS: Final = 2
"""Age of the L1 anchor at the block's time."""


@dataclass(slots=True)
class HeldClock:
    """The clock of the L1: set by hand, and moved by those who sleep."""

    time: float
    """Unix seconds."""

    def now(self) -> float:
        """Return the time."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Wait, and move the time by as much."""
        await asyncio.sleep(seconds)
        self.time += seconds


@dataclass(frozen=True, slots=True)
class ReplayNetwork:
    """A deployed network at the time of its block, not running yet."""

    network: Network
    """What its nodes know."""
    l1: EmbeddedL1
    """Its L1; the anchor has been mined."""
    client: L1Client
    """A client of the L1."""
    anchor: L1Header
    """The L1 block that holds the block's randomness."""
    keys: DevnetKeys
    """Every key."""
    clock: VirtualClock
    """The nodes' time; it stands at the block's."""
    peers: MemoryNetwork
    """The network between the nodes."""

    def join(self, peer: PeerId, engine: Engine, folder: Path) -> Node:
        """Build a node without duties that joins the network."""
        around = Surroundings(
            engine=engine,
            clock=self.clock,
            transport=self.peers.join(peer),
            client=self.client,
            data_dir=folder,
            is_new=True,
        )
        return Node(self.network, around)


async def deploy_network(block: ReplayBlock, state_root: bytes, bls: BlsEngine) -> ReplayNetwork:
    """
    Set up the network of a block.

    Args:
        block: The block.
        state_root: Root of the state before it.
        bls: Derives the keys.
    """
    l1_clock = HeldClock(block.timestamp - SETUP_SECONDS)
    payer = (DEV_ACCOUNTS[0].address, DEV_BALANCE * (SEATS + 1))
    l1 = EmbeddedL1(l1_clock, accounts=[payer, (block.beneficiary, DEV_BALANCE)])
    l1.automine = True
    client = L1Client.embedded(l1)
    keys = DevnetKeys(0, bls)

    async def mine_to(number: int) -> None:
        l1.mine(max(0, number - await client.get_block_number()))

    payer_account = L1Account(client, DEV_ACCOUNTS[0].private_key)
    deployment = Deployment(client, bls, payer_account, mine_to)
    network = await deployment.deploy(_make_config(block), state_root)
    await deployment.register(network, [keys.endorser(index) for index in range(SEATS)], [])
    await _register_miner(client, network, keys, block.beneficiary)
    await deployment.open_first_epoch(network)

    l1.automine = False
    l1_clock.time = block.timestamp - ANCHOR_AGE_SECONDS
    l1.set_next_prev_randao(block.prev_randao)
    l1.mine()
    anchor = await client.get_header("latest")
    l1.mine(network.config.anchor_depth)
    l1_clock.time = block.timestamp
    clock = VirtualClock(start=block.timestamp - asyncio.get_running_loop().time())
    return ReplayNetwork(network, l1, client, anchor, keys, clock, MemoryNetwork())


def _make_config(block: ReplayBlock) -> Config:
    shape = DevnetOptions(producers=1, endorsers=SEATS, committees=1)
    return replace(
        make_config(shape, genesis_time=block.timestamp),
        l2_chain_id=MAINNET_CHAIN_ID,
        version=block.version,
        genesis_number=block.number - 1,
        genesis_base_fee=block.base_fee,
        gas_limit=block.gas_limit,
        blob_base_fee=block.blob_base_fee,
    )


async def _register_miner(
    client: L1Client, network: Network, keys: DevnetKeys, miner: bytes
) -> None:
    """Register the block's miner, whose key only its owner has, as the producer."""
    identity, bls = keys.producer(0), keys.bls
    key = bls.to_eip2537_key(bls.compute_public_key(identity.secret))
    message = compute_registration_message(
        await client.get_chain_id(), network.contracts.management, miner, compute_key_hash(key)
    )
    proof = bls.to_eip2537_signature(bls.prove_possession(identity.secret, message))
    management = ManagementContract(client, network.contracts.management)
    state = StateContract(client, network.contracts.state)
    stake = network.config.producer_stake
    calls = [
        management.register_producer(key, proof, 0, stake),
        state.deposit(miner, FEE_DEPOSIT_WEI),
    ]
    await _send_unsigned(client, miner, calls)


async def _send_unsigned(client: L1Client, sender: bytes, calls: Sequence[Call]) -> None:
    for call in calls:
        transaction = {
            "from": f"0x{sender.hex()}",
            "to": f"0x{call.to.hex()}",
            "data": f"0x{call.data.hex()}",
            "value": hex(call.value),
        }
        tx_hash = await client.request("eth_sendTransaction", transaction)
        receipt = await client.get_receipt(bytes.fromhex(tx_hash[2:]))
        if receipt is None or not receipt.succeeded:
            raise StateError(f"transaction {tx_hash} of 0x{sender.hex()} failed")
