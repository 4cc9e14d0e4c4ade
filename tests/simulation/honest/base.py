"""The network from which every run of a shape starts: contracts and stakes, set up once."""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

from corollup.devnet.deployment import Deployment
from corollup.devnet.keys import DevnetKeys
from corollup.devnet.options import DevnetOptions, make_config
from corollup.engine import GenesisState, get_engine
from corollup.l1.account import L1Account
from corollup.l1.client import L1Client
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.node.clock import run_virtual
from corollup.node.node import Identity, Network
from corollup.spec.containers import Config
from tests.simulation.honest.l1 import HeldClock, SimulatedL1

START: Final = 1_900_000_000.0
"""Time at which every run begins, unix seconds."""
SETUP_SECONDS: Final = 300
"""How far the set-up lies before it; each of its blocks takes a second."""
DEPTH: Final = 64
"""Blocks between the set-up and the start, so that no reorganization reaches the set-up."""
L2_WEI: Final = 10**20
"""What each development account starts with on the L2, wei."""
TRANSFERS: Final = 12
"""Transactions that a run may use."""


@dataclass(frozen=True)
class Shape:
    """The size of a network."""

    seats: int
    committees: int
    producers: int = 2


@dataclass
class Base:
    """A chain on which a network is set up, up to the freeze of its tables."""

    shape: Shape
    l1: SimulatedL1
    network: Network
    deployment: Deployment
    genesis: GenesisState
    endorsers: list[Identity]
    producers: list[Identity]
    transfers: list[bytes]
    _snapshot: int = field(init=False)

    def __post_init__(self) -> None:
        self._snapshot = self.l1.chain.snapshot()

    def go_back(self) -> None:
        """Take the chain back to the set-up."""
        assert self.l1.chain.revert(self._snapshot)
        self._snapshot = self.l1.chain.snapshot()
        self.l1.clock.clock, self.l1.clock.held_at = None, START - SETUP_SECONDS
        self.l1.chain.automine = True


def make_short_config(shape: Shape, genesis_time: int) -> Config:
    """Make the parameters of a network whose epochs and rungs fit into a short run."""
    options = DevnetOptions(
        producers=shape.producers, endorsers=shape.seats, committees=shape.committees
    )
    return replace(
        make_config(options, genesis_time),
        view_seconds=2,
        t1_seconds=3,
        t2_seconds=8,
        epoch_blocks=14,
        seed_delay=2,
        appeal_window=8,
    )


@cache
def get_base(shape: Shape) -> Base:
    """Return the set-up of a shape, which this process makes once."""
    return run_virtual(set_up(shape))


async def set_up(shape: Shape) -> Base:
    """Deploy the contracts and register the keys."""
    engine = get_engine()
    keys = DevnetKeys(7, engine.bls)
    l1 = SimulatedL1(keys, HeldClock(START - SETUP_SECONDS))
    client = L1Client.embedded(l1.chain)

    async def wait_for_block(number: int) -> None:
        await l1.mine(max(0, number - await client.get_block_number()))

    payer = L1Account(client, DEV_ACCOUNTS[0].private_key)
    deployment = Deployment(client, engine.bls, payer, wait_for_block)
    genesis = GenesisState([(account.address, L2_WEI, 0, b"", {}) for account in DEV_ACCOUNTS])
    genesis_time = (await client.get_header("latest")).timestamp
    config = make_short_config(shape, genesis_time)
    network = await deployment.deploy(config, genesis.root, L2_WEI * len(DEV_ACCOUNTS))
    endorsers = [keys.endorser(i) for i in range(shape.seats)]
    producers = [keys.producer(i) for i in range(shape.producers)]
    await deployment.register(network, endorsers, producers)
    transfers = [sign_transfer(network, nonce) for nonce in range(TRANSFERS)]
    return Base(shape, l1, network, deployment, genesis, endorsers, producers, transfers)


def sign_transfer(network: Network, nonce: int) -> bytes:
    """Sign a transfer of the first development account."""
    from eth_account import Account

    fields: dict[str, Any] = {
        "type": 2,
        "chainId": network.config.l2_chain_id,
        "nonce": nonce,
        "gas": 21_000,
        "maxFeePerGas": 10**11,
        "maxPriorityFeePerGas": 10**9,
        "to": DEV_ACCOUNTS[1].address,
        "value": 1,
        "data": b"",
    }
    return bytes(
        Account.from_key(DEV_ACCOUNTS[0].private_key).sign_transaction(fields).raw_transaction
    )
