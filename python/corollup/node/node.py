"""
A node: all its services, built in one place and run in one task group.

    gossip → endorser → aggregator → committer → finality        every seat
    mempool → producer → gossip                                   a producer too
    case → vote → verdict, demand → answer                        every seat
    own execution → evidence → report                             a fisherman
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from corollup.engine import Engine, Ledger, decode_transaction
from corollup.l1.account import MAX_TRANSACTION_GAS
from corollup.l1.appeals import Appeals
from corollup.l1.client import L1Client
from corollup.l1.contracts import Contracts
from corollup.l1.management import ManagementContract
from corollup.l1.reveals import Reveals
from corollup.l1.state import StateContract
from corollup.l1.submitter import Submitter, compute_address
from corollup.l1.verdicts import FaultContract
from corollup.node.accused import Prosecutor
from corollup.node.aggregator import Aggregator, Quorum
from corollup.node.appeals import AppealService
from corollup.node.clock import Clock
from corollup.node.committer import Committer
from corollup.node.contradictions import Contradictions
from corollup.node.endorser import Endorser
from corollup.node.finality import Finality
from corollup.node.fisherman import Fisherman
from corollup.node.gossip import Gossip
from corollup.node.headers import HeaderTree, Packet
from corollup.node.keys import SigningKey
from corollup.node.l1_view import L1View
from corollup.node.local_chain import LocalChain
from corollup.node.mempool import (
    MAX_INIT_CODE_BYTES,
    Account,
    Mempool,
    MempoolLimits,
    PooledTransaction,
    Refusal,
    TransactionRefused,
    require_init_code_size,
)
from corollup.node.messages import Endorsement, TransactionGossip
from corollup.node.penalties import Penalties
from corollup.node.producer import Producer, ProducerPolicy
from corollup.node.revealer import Revealer
from corollup.node.signing_history import SigningHistory
from corollup.node.storage import CodeStore, ResultStore
from corollup.node.transport import PeerId, Transport
from corollup.spec.containers import Config, Genesis

INBOX_ENDORSEMENTS: Final = 4096
"""Endorsements that wait for the aggregator."""


@dataclass(frozen=True, slots=True)
class Network:
    """What every node of a network knows."""

    config: Config
    """Its parameters."""
    genesis: Genesis
    """Its start."""
    domain: bytes
    """Its domain."""
    contracts: Contracts
    """Its contracts."""
    start_block: int
    """L1 block from which their events are read."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A registered key and the account that registered it."""

    secret: bytes = field(repr=False)
    """BLS secret key, 32 bytes."""
    l1_secret: bytes = field(repr=False)
    """Private key of the operator's L1 account, 32 bytes."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a node is put into: everything that a simulation replaces."""

    engine: Engine
    """Verification and signatures."""
    clock: Clock
    """Time."""
    transport: Transport
    """Peers."""
    client: L1Client
    """The L1."""
    data_dir: Path
    """Where signing histories and state files are."""
    is_new: bool = False
    """Whether its keys never signed, so that histories are created."""


@dataclass(slots=True, eq=False, repr=False)
class Node:
    """The services of one node, which share its view of the L1 and of the headers."""

    network: Network
    """The network that it joined."""
    surroundings: Surroundings
    """Everything outside of it."""
    tree: HeaderTree = field(init=False)
    """The headers."""
    results: ResultStore = field(init=False)
    """The execution results at hand."""
    codes: CodeStore = field(init=False)
    """The codes that peers need not send."""
    penalties: Penalties = field(init=False)
    """Who is not listened to."""
    l1: L1View = field(init=False)
    """The L1."""
    gossip: Gossip = field(init=False)
    """The peers."""
    aggregator: Aggregator = field(init=False)
    """The quorums."""
    finality: Finality = field(init=False)
    """The heads."""
    mempool: Mempool | None = None
    """Pending transactions, on a producer."""
    producer: Producer | None = None
    """The producer, if it is one."""
    endorsers: list[Endorser] = field(default_factory=list)
    """The seats that it votes for."""
    committers: list[Committer] = field(default_factory=list)
    """The operators that it commits for."""
    jurors: AppealService | None = None
    """Its seats as jurors, if it has any."""
    revealer: Revealer | None = None
    """What answers demands, if it has seats."""
    fisherman: Fisherman | None = None
    """What reports faults, if it does."""
    _histories: list[SigningHistory] = field(default_factory=list)
    _gossiped: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(1024))

    def __post_init__(self) -> None:
        network, around = self.network, self.surroundings
        self.tree = HeaderTree(network.domain, network.config, network.genesis)
        self.results = ResultStore()
        self.codes = CodeStore()
        self.penalties = Penalties(around.clock)
        self.l1 = L1View(
            client=around.client,
            engine=around.engine,
            clock=around.clock,
            config=network.config,
            management=ManagementContract(around.client, network.contracts.management),
            state=StateContract(around.client, network.contracts.state),
            start_block=network.start_block,
            watched=network.contracts.watched,
        )
        self.tree.is_lost = self.l1.is_lost
        self.tree.is_judged = self.l1.is_judged
        endorsements: asyncio.Queue[tuple[PeerId, Endorsement]] = asyncio.Queue(INBOX_ENDORSEMENTS)
        self.gossip = Gossip(
            transport=around.transport,
            engine=around.engine,
            clock=around.clock,
            tree=self.tree,
            l1=self.l1,
            results=self.results,
            penalties=self.penalties,
            endorsements=endorsements,
        )
        self.aggregator = Aggregator(
            engine=around.engine,
            clock=around.clock,
            tree=self.tree,
            l1=self.l1,
            penalties=self.penalties,
            inbox=endorsements,
        )
        self.finality = Finality(tree=self.tree, l1=self.l1, aggregator=self.aggregator)
        self.gossip.listeners.append(self._on_packet)
        self.aggregator.listeners.append(self._on_quorum)
        self.l1.listeners.append(self._on_l1_block)

    def add_seat(self, identity: Identity) -> None:
        """Vote and commit for a seat."""
        around = self.surroundings
        key, submitter = self._open_key(identity), self._open_account(identity.l1_secret)
        self._add_juror(key, submitter)
        self.endorsers.append(
            Endorser(
                key=key,
                engine=around.engine,
                clock=around.clock,
                tree=self.tree,
                l1=self.l1,
                gossip=self.gossip,
                results=self.results,
                codes=self.codes,
                penalties=self.penalties,
                inbox=self.aggregator.inbox,
            )
        )
        self.committers.append(
            Committer(
                engine=around.engine,
                clock=around.clock,
                tree=self.tree,
                l1=self.l1,
                aggregator=self.aggregator,
                gossip=self.gossip,
                results=self.results,
                submitter=submitter,
            )
        )

    def _add_juror(self, key: SigningKey, submitter: Submitter) -> None:
        """Vote in appeals for a seat; the first one's operator sends verdicts and answers."""
        if self.jurors is not None:
            self.jurors.keys.append(key)
            return
        around, contracts = self.surroundings, self.network.contracts
        self.jurors = AppealService(
            keys=[key],
            engine=around.engine,
            clock=around.clock,
            tree=self.tree,
            l1=self.l1,
            gossip=self.gossip,
            results=self.results,
            appeals=Appeals(around.client, contracts.appeals),
            submitter=submitter,
        )
        self.revealer = Revealer(
            engine=around.engine,
            tree=self.tree,
            l1=self.l1,
            gossip=self.gossip,
            results=self.results,
            reveals=Reveals(around.client, contracts.reveals),
            submitter=submitter,
        )

    def _open_account(self, l1_secret: bytes) -> Submitter:
        around = self.surroundings
        name = compute_address(l1_secret).hex()[:16]
        path = around.data_dir / f"{name}.transactions"
        return Submitter(around.client, l1_secret, journal_path=path)

    def add_producer(self, identity: Identity, ledger: Ledger, policy: ProducerPolicy) -> None:
        """Produce for a registered producer, on a ledger that holds the genesis."""
        around = self.surroundings
        chain, mempool = self._make_chain(ledger)
        self.producer = Producer(
            operator=compute_address(identity.l1_secret),
            key=self._open_key(identity),
            policy=policy,
            clock=around.clock,
            chain=chain,
            mempool=mempool,
            l1=self.l1,
            gossip=self.gossip,
            results=self.results,
        )

    def add_fisherman(self, l1_secret: bytes, ledger: Ledger | None = None) -> Fisherman:
        """
        Report faults from an account.

        Args:
            l1_secret: Private key of the account, which pays for reports and gets the rewards.
            ledger: A ledger that holds the genesis; a producer's node uses its own.
        """
        around, contracts = self.surroundings, self.network.contracts
        if ledger is not None:
            self._make_chain(ledger)
        chain = self.finality.chain
        assert chain is not None
        bls = around.engine.bls
        fisherman = Fisherman(
            engine=around.engine,
            clock=around.clock,
            tree=self.tree,
            l1=self.l1,
            gossip=self.gossip,
            results=self.results,
            chain=chain,
            prosecutor=Prosecutor(bls, self.l1, self.aggregator.shares),
            contradictions=Contradictions(self.tree, bls),
            faults=FaultContract(around.client, contracts),
            appeals=Appeals(around.client, contracts.appeals),
            reveals=Reveals(around.client, contracts.reveals),
            submitter=self._open_account(l1_secret),
            keeps_chain=self.producer is None,
        )
        self.gossip.listeners.append(fisherman.see)
        self.gossip.endorsement_listeners.append(fisherman.contradictions.hear)
        self.fisherman = fisherman
        return fisherman

    def _make_chain(self, ledger: Ledger) -> tuple[LocalChain, Mempool]:
        """Execute what is committed and what may be, on a ledger that holds the genesis."""
        mempool = Mempool(
            decode=self._decode_transaction,
            account=lambda address: Account(*ledger.account(address)),
            limits=MempoolLimits(gas=min(self.network.config.gas_limit, MAX_TRANSACTION_GAS)),
            on_accepted=self._on_transaction,
        )
        chain = LocalChain(
            ledger=ledger,
            clock=self.surroundings.clock,
            tree=self.tree,
            l1=self.l1,
            gossip=self.gossip,
            results=self.results,
            mempool=mempool,
        )
        self.mempool = self.gossip.mempool = self.finality.mempool = mempool
        self.finality.chain = chain
        return chain, mempool

    async def run(self) -> None:
        """Run every service until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.l1.run())
                tasks.create_task(self.gossip.run())
                tasks.create_task(self.gossip.run_retries())
                tasks.create_task(self.aggregator.run())
                tasks.create_task(self._share_transactions())
                for service in self._roles():
                    tasks.create_task(service.run())
        finally:
            self.close()

    def close(self) -> None:
        """Let go of signing histories and ledger; the node signs and executes nothing more."""
        for history in self._histories:
            history.close()
        if self.finality.chain is not None:
            self.finality.chain.ledger.close()

    def _roles(
        self,
    ) -> list[Endorser | Committer | Producer | AppealService | Revealer | Fisherman]:
        single = (self.producer, self.jurors, self.revealer, self.fisherman)
        others = [service for service in single if service is not None]
        return [*self.endorsers, *self.committers, *others]

    def _open_key(self, identity: Identity) -> SigningKey:
        around = self.surroundings
        public = around.engine.bls.compute_public_key(identity.secret)
        path = around.data_dir / f"{public.hex()[:16]}.history"
        history = SigningHistory.open(path, create=around.is_new)
        self._histories.append(history)
        return SigningKey(around.engine, identity.secret, public, history)

    def _decode_transaction(self, raw: bytes) -> PooledTransaction:
        info = decode_transaction(raw)
        if info.chain_id not in (None, self.network.config.l2_chain_id):
            raise TransactionRefused(Refusal.WRONG_CHAIN_ID, f"signed for {info.chain_id}")
        if len(raw) > MAX_INIT_CODE_BYTES:
            require_init_code_size(raw)
        return PooledTransaction(
            raw=raw,
            hash=info.hash,
            sender=info.sender,
            nonce=info.nonce,
            gas_limit=info.gas_limit,
            intrinsic_gas=info.intrinsic_gas,
            max_fee_per_gas=info.max_fee_per_gas,
            max_priority_fee_per_gas=info.max_priority_fee_per_gas,
            value=info.value,
        )

    def _on_transaction(self, tx: PooledTransaction) -> None:
        if not self._gossiped.full():
            self._gossiped.put_nowait(tx.raw)

    async def _share_transactions(self) -> None:
        while True:
            raw = await self._gossiped.get()
            await self.gossip.publish(TransactionGossip(self.network.domain, raw))

    def _on_packet(self, packet: Packet) -> None:
        for endorser in self.endorsers:
            endorser.consider(packet)
        self._wake()

    def _on_quorum(self, _: Quorum) -> None:
        self._wake()

    def _on_l1_block(self) -> None:
        self.gossip.l1_moved.set()
        self._wake()

    def _wake(self) -> None:
        """Move the heads, and let every service look at what changed."""
        self.finality.update()
        for service in self._roles():
            service.alarm.ring()
