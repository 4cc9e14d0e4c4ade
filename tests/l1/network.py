"""A network on a test L1: its contracts, its keys, and packets that its members sign."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from corollup.devnet.deployment import Deployment
from corollup.engine import get_engine
from corollup.l1.abi import Call
from corollup.l1.account import L1Account
from corollup.l1.client import L1Header, L1Receipt
from corollup.l1.dev_accounts import DEV_ACCOUNTS
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
from corollup.node.node import Identity, Network
from corollup.spec.committee import compute_committee_index, compute_committees
from corollup.spec.containers import (
    Config,
    Header,
    compute_digest,
    compute_endorse_message,
    compute_key_hash,
    compute_payload_hash,
    decode_payload,
    encode_payload,
)
from corollup.spec.merkle import compute_merkle_root
from tests.l1.conftest import TestL1
from tests.rollup import CONFIG

BLS = get_engine("native").bls
TRANSACTIONS: Final = (b"\x02" + b"\x11" * 109, b"\x02" + b"\x22" * 109)
PAYLOAD: Final = encode_payload(TRANSACTIONS)
ZERO: Final = bytes(32)


def make_identity(index: int) -> Identity:
    return Identity(
        secret=BLS.derive_secret_key(b"\x05" * 32, f"m/{index}"),
        l1_secret=(index + 1).to_bytes(32, "big"),
    )


@dataclass
class TestNetwork:
    """A deployed network of one producer, with its first epoch opened."""

    __test__ = False

    l1: TestL1
    network: Network
    payer: L1Account
    producer: Identity
    endorsers: list[Identity]
    seed: bytes
    tips: dict[bytes, Tip] = field(default_factory=dict)

    @classmethod
    async def start(cls, l1: TestL1, committees: int, committee_size: int) -> "TestNetwork":
        payer, deployment, network = await deploy(l1, committees, committee_size)
        producer = make_identity(0)
        endorsers = [make_identity(1 + i) for i in range(committees * committee_size)]
        await deployment.register(network, endorsers, [producer])
        await deployment.open_first_epoch(network)
        management = ManagementContract(l1.client, network.contracts.management)
        epoch = await management.get_epoch(1)
        this = cls(l1, network, payer, producer, endorsers, epoch.seed)
        genesis = Tip(
            network.genesis.compute_hash(), make_state_root(0), network.config.genesis_base_fee
        )
        this.tips[genesis.compute_hash()] = genesis
        for index in range(committees):
            await this.open_committee(index)
        await l1.mine(2)
        return this

    @property
    def operator(self) -> L1Account:
        """The producer's account."""
        return L1Account(self.l1.client, self.producer.l1_secret)

    @property
    def config(self) -> Config:
        return self.network.config

    @property
    def contract(self) -> StateContract:
        return StateContract(self.l1.client, self.network.contracts.state)

    @cached_property
    def committees(self) -> list[list[int]]:
        """Member ids of the committees; the producer was registered first, with id 1."""
        ids = range(2, 2 + len(self.endorsers))
        return compute_committees(self.seed, ids, self.config.committees)

    def secret_of(self, member: int) -> bytes:
        return self.endorsers[member - 2].secret

    def address_of(self, member: int) -> bytes:
        return L1Account(self.l1.client, self.endorsers[member - 2].l1_secret).address

    def key_of(self, member: int) -> bytes:
        return BLS.compute_public_key(self.secret_of(member))

    async def open_committee(self, index: int) -> None:
        members = self.committees[index]
        keys = [BLS.to_eip2537_key(self.key_of(member)) for member in members]
        management = ManagementContract(self.l1.client, self.network.contracts.management)
        await send(self.payer, management.open_committee(1, index, members, keys))

    async def commit(self, turns: list[Turn]) -> L1Receipt:
        return await send(self.payer, self.contract.commit(turns))

    async def make_turns(self, count: int, absent: int = 0, payload: bytes = PAYLOAD) -> list[Turn]:
        """Make the next packets on the committed head, all but `absent` members signing."""
        head = await self.contract.get_head()
        number, tip = head.number, self.tips[head.tip_hash]
        latest = await self.l1.client.get_block_number()
        anchor = await self.l1.client.get_header(latest - self.config.anchor_depth)
        turns = []
        for _ in range(count):
            header = replace(
                self.make_header(number + 1, tip, anchor),
                transactions_root=compute_merkle_root(decode_payload(payload)),
                payload_hash=compute_payload_hash(payload),
            )
            turns.append(self.seal(header, absent, payload=payload))
            number, tip = header.number, self.note_tip(header)
        return turns

    def note_tip(self, header: Header) -> Tip:
        """Remember what a header leaves, whose gas used is the target, for the next one."""
        tip = Tip(
            compute_digest(self.network.domain, header), header.post_state_root, header.base_fee
        )
        self.tips[tip.compute_hash()] = tip
        return tip

    def make_header(self, number: int, tip: Tip, anchor: L1Header) -> Header:
        config, timestamp = self.config, anchor.timestamp
        return Header(
            version=config.version,
            number=number,
            parent_hash=tip.digest,
            view=(timestamp - config.genesis_time) // config.view_seconds,
            producer=self.operator.address,
            timestamp=timestamp,
            gas_limit=config.gas_limit,
            gas_used=config.gas_limit // 2,
            base_fee=tip.next_base_fee,
            l1_number=anchor.number,
            l1_hash=anchor.hash,
            prev_randao=ZERO,
            pre_state_root=tip.state_root,
            post_state_root=make_state_root(number),
            transactions_root=compute_merkle_root(TRANSACTIONS),
            access_root=ZERO,
            update_root=ZERO,
            trace_root=ZERO,
            receipts_root=ZERO,
            withdrawals_root=compute_merkle_root([]),
            inbox_count=0,
            inbox_hash=ZERO,
            payload_hash=compute_payload_hash(PAYLOAD),
            data_hash=ZERO,
            fee_gas_price=10**9,
            fee_gas_limit=config.gas_limit,
        )

    def seal(
        self, header: Header, absent: int = 0, status: int = 1, payload: bytes = PAYLOAD
    ) -> Turn:
        """Sign a packet, a turn of its own; its producer with status 1, the others `status`."""
        config = self.config
        index = compute_committee_index(self.seed, header.number, 0, config.committees)
        members = self.committees[index]
        digest = compute_digest(self.network.domain, header)
        message = compute_endorse_message(digest, status)
        signatures = [BLS.sign(self.secret_of(member), message) for member in members[absent:]]
        own = BLS.sign(self.producer.secret, compute_endorse_message(digest, 1))
        keys = [self.key_of(member) for member in members]
        quorum = QuorumProof(
            rung=0,
            committees=(
                CommitteeKey(tuple(members), BLS.to_eip2537_key(BLS.aggregate_keys(keys))),
            ),
            signers=tuple(range(absent, len(members))),
            changed_keys=tuple(BLS.to_eip2537_key(key) for key in keys[:absent]),
            submitter=NO_SEAT,
        )
        signature = BLS.to_eip2537_signature(BLS.aggregate([*signatures, own]))
        producer_key = BLS.to_eip2537_key(BLS.compute_public_key(self.producer.secret))
        address, stake = self.operator.address, config.producer_stake
        entry = address + compute_key_hash(producer_key) + bytes(16) + stake.to_bytes(16, "big")
        return Turn(
            Election(self.seed, compute_merkle_root([entry]), stake),
            ProducerProof(address, producer_key, 0, stake, 0, 1, ()),
            (CommitPacket(header, payload, quorum),),
            signature,
        )

    def start_from_known(self, turn: Turn) -> Turn:
        """Count the signers from their committee's last set, which is the same."""
        [packet] = turn.packets
        quorum = packet.quorum
        members = quorum.committees[0].members
        keys = [self.key_of(members[position]) for position in quorum.signers]
        base = SignerSet(quorum.signers, BLS.to_eip2537_key(BLS.aggregate_keys(keys)))
        known = replace(quorum, changed_keys=(), base=base)
        return replace(turn, packets=(replace(packet, quorum=known),))


async def deploy(
    l1: TestL1, committees: int, committee_size: int
) -> tuple[L1Account, Deployment, Network]:
    """Deploy the contracts; nobody is registered yet."""
    latest = await l1.client.get_header("latest")
    config = replace(
        CONFIG,
        committees=committees,
        committee_size=committee_size,
        genesis_time=latest.timestamp - 100,
    )

    async def wait_for_block(number: int) -> None:
        await l1.mine(max(0, number - await l1.client.get_block_number()))

    payer = L1Account(l1.client, DEV_ACCOUNTS[0].private_key)
    deployment = Deployment(l1.client, BLS, payer, wait_for_block)
    return payer, deployment, await deployment.deploy(config, make_state_root(0))


async def send(account: L1Account, call: Call) -> L1Receipt:
    return await account.transact(call.to, call.data, value=call.value)


def make_state_root(number: int) -> bytes:
    """Some state root of a packet."""
    return number.to_bytes(32, "little")
