"""What the contracts' calls cost, measured on an embedded L1 with real keys and signatures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from corollup.devnet.deployment import Deployment
from corollup.devnet.options import DevnetOptions, make_config
from corollup.engine import BlsEngine
from corollup.l1.abi import Call
from corollup.l1.account import L1Account
from corollup.l1.client import L1Client, L1Header, L1Receipt
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.l1.embedded import EmbeddedL1
from corollup.l1.management import ManagementContract
from corollup.l1.payouts import NO_SEAT
from corollup.l1.state import (
    CommitPacket,
    CommitteeKey,
    Election,
    ProducerProof,
    QuorumProof,
    SignerSet,
    StateContract,
    Tip,
    Turn,
)
from corollup.node.clock import VirtualClock
from corollup.node.node import Identity, Network
from corollup.spec.committee import compute_committee_index, compute_committees
from corollup.spec.containers import (
    Header,
    compute_digest,
    compute_endorse_message,
    compute_key_hash,
    compute_payload_hash,
    encode_payload,
)
from corollup.spec.encoding import keccak256
from corollup.spec.merkle import compute_merkle_root

COMMITTEE_SIZE: Final = 128
"""Seats of a committee, as on a public network."""
COMMITTEES: Final = 2
"""Committees that take turns."""
GENESIS_TIME: Final = 1_900_000_000.0
"""Time of the embedded L1's first block, unix seconds."""
PAYOUTS_SLOT: Final = 3
"""Storage slot of the State Contract's ring of payouts."""
FILLED_SLOTS: Final = 64
"""Ring slots that are filled first: a network's first lap, which takes new slots, is no measure."""
PAYLOAD: Final = encode_payload([])
ZERO: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class GasRow:
    """What a call took."""

    metric: str
    """The call."""
    gas: int
    """Gas used by its transaction, a packet where the metric says so."""
    goal: int
    """Most that it should take."""

    @property
    def ok(self) -> bool:
        """Whether the goal is met."""
        return self.gas <= self.goal


@dataclass(slots=True)
class _Field:
    """A deployed network of one producer whose keys are all here."""

    client: L1Client
    bls: BlsEngine
    payer: L1Account
    network: Network
    producer: Identity
    seats: Sequence[Identity]
    seed: bytes
    tip: Tip
    """The last packet."""
    number: int = 0

    @property
    def contract(self) -> StateContract:
        return StateContract(self.client, self.network.contracts.state)

    def members(self, index: int) -> list[int]:
        ids = range(2, 2 + len(self.seats))
        return compute_committees(self.seed, ids, COMMITTEES)[index]

    def secret_of(self, member: int) -> bytes:
        return self.seats[member - 2].secret

    def l1_key(self, secrets: Sequence[bytes]) -> bytes:
        keys = [self.bls.compute_public_key(secret) for secret in secrets]
        return self.bls.to_eip2537_key(self.bls.aggregate_keys(keys))

    async def send(self, call: Call) -> L1Receipt:
        return await self.payer.transact(call.to, call.data, value=call.value)


async def measure_gas(bls: BlsEngine) -> list[GasRow]:
    """Measure commits and registration; payloads are empty, as the embedded L1 takes no blobs."""
    field, registration = await _start(bls)
    rows = [GasRow("registration with possession proof", registration, 230_000)]
    await _commit(field, COMMITTEES, absent=0, known=None)
    await _fill_ring(field)
    everybody = set(range(COMMITTEE_SIZE))
    gas = await _commit(field, 1, absent=0, known=everybody)
    rows.append(GasRow("commit, one packet, n = 128, unchanged absentees", gas, 245_000))
    for count, goal in ((5, 130_000), (10, 115_000)):
        gas = await _commit(field, count, absent=0, known=everybody) // count
        rows.append(GasRow(f"commit, a packet of {count}", gas, goal))
    gas = await _commit(field, 1, absent=42, known=None)
    rows.append(GasRow("commit, 42 new absentees at n = 128", gas, 470_000))
    return rows


async def _start(bls: BlsEngine) -> tuple[_Field, int]:
    l1 = EmbeddedL1(clock=VirtualClock(GENESIS_TIME))
    l1.automine = True
    client = L1Client.embedded(l1)
    payer = L1Account(client, DEV_ACCOUNTS[0].private_key)
    l1.set_balance(payer.address, 10**24)
    latest = await client.get_header("latest")
    config = replace(
        make_config(DevnetOptions(), latest.timestamp - 100),
        committees=COMMITTEES,
        committee_size=COMMITTEE_SIZE,
        seat_price=10**15,
    )

    async def wait_for_block(number: int) -> None:
        l1.mine(max(0, number - await client.get_block_number()))

    deployment = Deployment(client, bls, payer, wait_for_block)
    network = await deployment.deploy(config, ZERO)
    identities = [
        Identity(
            secret=bls.derive_secret_key(b"\x05" * 32, f"m/{i}"),
            l1_secret=DEV_ACCOUNTS[1].private_key,
        )
        for i in range(1 + COMMITTEES * COMMITTEE_SIZE)
    ]
    producer, *seats = identities
    await deployment.register(network, seats, [producer])
    registration = int(
        (await client.request("eth_getBlockByNumber", "latest", False))["gasUsed"], 16
    )
    await deployment.open_first_epoch(network)
    management = ManagementContract(client, network.contracts.management)
    seed = (await management.get_epoch(1)).seed
    tip = Tip(network.genesis.compute_hash(), ZERO, config.genesis_base_fee)
    field = _Field(client, bls, payer, network, producer, seats, seed, tip)
    for index in range(COMMITTEES):
        members = field.members(index)
        keys = [field.l1_key([field.secret_of(member)]) for member in members]
        await field.send(management.open_committee(1, index, members, keys))
    l1.mine(2)
    return field, registration


async def _fill_ring(field: _Field) -> None:
    """Fill the next ring slots as an earlier lap of the same producer did."""
    producer = L1Account(field.client, field.producer.l1_secret).address
    for slot in range(FILLED_SLOTS):
        place = keccak256(slot.to_bytes(32, "big") + PAYOUTS_SLOT.to_bytes(32, "big"))
        paid = (1 << 160) | int.from_bytes(producer, "big")
        for offset, value in ((0, 1), (1, paid)):
            word = int.from_bytes(place, "big") + offset
            await field.client.request(
                "anvil_setStorageAt",
                f"0x{field.network.contracts.state.hex()}",
                f"0x{word:064x}",
                f"0x{value:064x}",
            )


async def _commit(field: _Field, count: int, *, absent: int, known: set[int] | None) -> int:
    """Commit the next packets as one turn, and return its gas."""
    config = field.network.config
    latest = await field.client.get_block_number()
    anchor = await field.client.get_header(latest - config.anchor_depth)
    packets, signatures = [], []
    for _ in range(count):
        header = _make_header(field, anchor)
        digest = compute_digest(field.network.domain, header)
        message = compute_endorse_message(digest, 1)
        index = compute_committee_index(field.seed, header.number, 0, COMMITTEES)
        members = field.members(index)
        secrets = [field.secret_of(member) for member in members]
        signing = [*secrets[absent:], field.producer.secret]
        signatures += [field.bls.sign(secret, message) for secret in signing]
        base = SignerSet(tuple(sorted(known)), field.l1_key(secrets)) if known else None
        quorum = QuorumProof(
            rung=0,
            committees=(CommitteeKey(tuple(members), field.l1_key(secrets)),),
            signers=tuple(range(absent, COMMITTEE_SIZE)),
            changed_keys=tuple(field.l1_key([secret]) for secret in secrets[:absent]),
            submitter=NO_SEAT,
            base=base,
        )
        packets.append(CommitPacket(header, PAYLOAD, quorum))
        field.number = header.number
        field.tip = Tip(digest, header.post_state_root, header.base_fee)
    signature = field.bls.to_eip2537_signature(field.bls.aggregate(signatures))
    election, producer = _prove_producer(field)
    turn = Turn(election, producer, tuple(packets), signature)
    return (await field.send(field.contract.commit([turn]))).gas_used


def _prove_producer(field: _Field) -> tuple[Election, ProducerProof]:
    stake = field.network.config.producer_stake
    key = field.l1_key([field.producer.secret])
    address = L1Account(field.client, field.producer.l1_secret).address
    entry = address + compute_key_hash(key) + bytes(16) + stake.to_bytes(16, "big")
    election = Election(field.seed, compute_merkle_root([entry]), stake)
    return election, ProducerProof(address, key, 0, stake, 0, 1, ())


def _make_header(field: _Field, anchor: L1Header) -> Header:
    config, tip = field.network.config, field.tip
    root = keccak256(tip.digest)
    return Header(
        version=config.version,
        number=field.number + 1,
        parent_hash=tip.digest,
        view=(anchor.timestamp - config.genesis_time) // config.view_seconds,
        producer=L1Account(field.client, field.producer.l1_secret).address,
        timestamp=anchor.timestamp,
        gas_limit=config.gas_limit,
        gas_used=config.gas_limit // 2,
        base_fee=tip.next_base_fee,
        l1_number=anchor.number,
        l1_hash=anchor.hash,
        prev_randao=anchor.prev_randao,
        pre_state_root=tip.state_root,
        post_state_root=root,
        transactions_root=compute_merkle_root([]),
        access_root=root,
        update_root=root,
        trace_root=ZERO,
        receipts_root=root,
        withdrawals_root=compute_merkle_root([]),
        inbox_count=0,
        inbox_hash=ZERO,
        payload_hash=compute_payload_hash(PAYLOAD),
        data_hash=ZERO,
        fee_gas_price=10**9,
        fee_gas_limit=config.gas_limit,
    )
