"""The set-up of a network on its L1: contracts, stakes, the first epoch."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from corollup.devnet.creations import Creation, list_creations, predict_contracts
from corollup.engine import BlsEngine
from corollup.errors import StateError
from corollup.l1.abi import Call
from corollup.l1.account import L1Account
from corollup.l1.client import L1Client, L1Receipt
from corollup.l1.events import EpochOpened, TablesFrozen, decode_event
from corollup.l1.management import ManagementContract
from corollup.l1.state import StateContract
from corollup.node.node import Identity, Network
from corollup.spec.containers import Config, compute_key_hash, compute_registration_message

FEE_DEPOSIT_WEI: Final = 1000 * 10**18
"""What a producer's fee account starts with."""
OPERATOR_WEI: Final = 100 * 10**18
"""What an operator gets beside its stake, for gas."""

Event = TablesFrozen | EpochOpened


def compute_outlay(config: Config, producers: int, endorsers: int, genesis_wei: int) -> int:
    """Compute what a set-up takes from the account that pays for it, wei, without gas."""
    producer = config.producer_stake + OPERATOR_WEI + FEE_DEPOSIT_WEI
    stakes = producers * producer + endorsers * (config.seat_price + OPERATOR_WEI)
    return stakes + genesis_wei


@dataclass(slots=True)
class Deployment:
    """Sets a network up with one account that pays for all."""

    client: L1Client
    """The L1."""
    bls: BlsEngine
    """Proves possession of keys."""
    payer: L1Account
    """Deploys the contracts and funds the operators."""
    wait_for_block: Callable[[int], Awaitable[None]]
    """Waits until the L1 has a block of this number."""

    async def deploy(
        self, config: Config, genesis_state_root: bytes, genesis_wei: int | None = None
    ) -> Network:
        """
        Deploy all contracts, each with the addresses that the others are going to have.

        Args:
            config: Parameters of the network.
            genesis_state_root: Root of its genesis.
            genesis_wei: What the accounts of the genesis have, which funds the bridge before the
                first packet; none for a network without a bridge.

        Raises:
            StateError: If another transaction of the paying account came in between.
        """
        start = await self.client.get_block_number()
        nonce = await self.client.get_nonce(self.payer.address)
        has_bridge = genesis_wei is not None
        contracts = predict_contracts(self.payer.address, nonce, has_bridge)
        for creation in list_creations(config, genesis_state_root, contracts, genesis_wei or 0):
            await self._create(creation)
        state = StateContract(self.client, contracts.state)
        return Network(
            config=config,
            genesis=await state.get_genesis(),
            domain=await state.get_domain(),
            contracts=contracts,
            start_block=start,
        )

    async def _create(self, creation: Creation) -> None:
        receipt = await self.payer.transact(None, creation.init_code, value=creation.value)
        if receipt.contract_address != creation.address:
            raise StateError(
                f"{creation.name} was not created at 0x{creation.address.hex()} "
                f"by transaction 0x{receipt.tx_hash.hex()}"
            )

    async def register(
        self, network: Network, endorsers: Sequence[Identity], producers: Sequence[Identity]
    ) -> None:
        """Give every key its stake and its place, and every producer a fee account."""
        management = ManagementContract(self.client, network.contracts.management)
        state = StateContract(self.client, network.contracts.state)
        config = network.config
        # The tables freeze with the first call after the last seat is taken: seats come last.
        for position, identity in enumerate(producers):
            operator = await self._register(
                management.address,
                management.register_producer,
                identity,
                position,
                config.producer_stake,
            )
            await self._send(self.payer, state.deposit(operator.address, FEE_DEPOSIT_WEI))
        for position, identity in enumerate(endorsers):
            await self._register(
                management.address, management.register_seat, identity, position, config.seat_price
            )

    async def _register(
        self,
        contract: bytes,
        register: Callable[[bytes, bytes, int, int], Call],
        identity: Identity,
        position: int,
        stake: int,
    ) -> L1Account:
        operator = L1Account(self.client, identity.l1_secret)
        await self.payer.transact(operator.address, value=stake + OPERATOR_WEI)
        key = self.bls.to_eip2537_key(self.bls.compute_public_key(identity.secret))
        message = compute_registration_message(
            await self.client.get_chain_id(), contract, operator.address, compute_key_hash(key)
        )
        proof = self.bls.prove_possession(identity.secret, message)
        call = register(key, self.bls.to_eip2537_signature(proof), position, stake)
        await self._send(operator, call)
        return operator

    async def open_first_epoch(self, network: Network) -> int:
        """Freeze the tables, wait for the seed, open the epoch; return its activation block."""
        management = ManagementContract(self.client, network.contracts.management)
        frozen = self._find(TablesFrozen, await self._send(self.payer, management.freeze()))
        seed_block = await management.get_seed_block()
        await self.wait_for_block(seed_block + 1)
        rlp = await self.client.get_raw_header(seed_block)
        receipt = await self._send(self.payer, management.open_epoch(rlp, frozen.seats))
        activation: int = self._find(EpochOpened, receipt).activation_block
        await self.wait_for_block(activation + network.config.anchor_depth)
        return activation

    async def _send(self, account: L1Account, call: Call) -> L1Receipt:
        return await account.transact(call.to, call.data, value=call.value)

    @staticmethod
    def _find(kind: type[Event], receipt: L1Receipt) -> Any:
        events = (decode_event(list(entry.topics), entry.data) for entry in receipt.logs)
        return next(event for event in events if isinstance(event, kind))
