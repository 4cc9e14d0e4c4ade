"""What a node knows of the L1, from the real contracts on the embedded chain."""

import asyncio
from dataclasses import dataclass, replace

import pytest
from structlog.testing import capture_logs

from corollup.devnet.deployment import FEE_DEPOSIT_WEI, Deployment
from corollup.devnet.keys import DevnetKeys
from corollup.devnet.options import DevnetOptions, make_config
from corollup.engine import get_engine
from corollup.errors import EncodingError
from corollup.l1.account import L1Account
from corollup.l1.client import L1Client
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.l1.embedded import EmbeddedL1
from corollup.l1.events import decode_event
from corollup.l1.management import ManagementContract
from corollup.l1.state import StateContract
from corollup.l1.submitter import compute_address
from corollup.l1.transport import L1UnreachableError
from corollup.node import l1_view
from corollup.node.l1_view import L1View
from corollup.node.node import Network
from corollup.spec.committee import compute_committees, compute_ticket
from corollup.spec.encoding import keccak256
from tests.clock import FakeClock
from tests.node.builders import make_header

OPTIONS = DevnetOptions(endorsers=6, committees=2, producers=2)
ENGINE = get_engine()
KEYS = DevnetKeys(OPTIONS.seed, ENGINE.bls)


@dataclass
class Set:
    """A deployed network before its first epoch."""

    l1: EmbeddedL1
    deployment: Deployment
    network: Network

    def make_view(self) -> L1View:
        client = self.deployment.client
        return L1View(
            client=client,
            engine=ENGINE,
            clock=self.l1.clock,
            config=self.network.config,
            state=StateContract(client, self.network.contracts.state),
            management=ManagementContract(client, self.network.contracts.management),
            start_block=self.network.start_block,
        )


async def set_up() -> Set:
    l1 = EmbeddedL1(clock=FakeClock())
    l1.automine = True
    client = L1Client.embedded(l1)

    async def wait_for_block(number: int) -> None:
        l1.mine(max(0, number - await client.get_block_number()))

    payer = L1Account(client, DEV_ACCOUNTS[0].private_key)
    deployment = Deployment(client, ENGINE.bls, payer, wait_for_block)
    config = make_config(OPTIONS, (await client.get_header()).timestamp)
    network = await deployment.deploy(config, b"\x05" * 32)
    await deployment.register(
        network,
        [KEYS.endorser(i) for i in range(OPTIONS.endorsers)],
        [KEYS.producer(i) for i in range(OPTIONS.producers)],
    )
    return Set(l1, deployment, network)


async def test_view_draws_the_epoch_that_the_contract_opened() -> None:
    bench = await set_up()
    activation = await bench.deployment.open_first_epoch(bench.network)
    view = bench.make_view()
    await view.update()

    assert view.epoch_at(activation - 1) is None
    epoch = view.epoch_at(activation)
    assert epoch is not None
    keys = [ENGINE.bls.compute_public_key(KEYS.endorser(i).secret) for i in range(6)]
    assert [seat.key for seat in epoch.seats] == keys
    drawn = compute_committees(epoch.seed, keys, 2)
    assert [[seat.key for seat in committee] for committee in epoch.committees] == drawn
    for turn in range(20):
        producer = epoch.producer(turn)
        assert producer.start <= compute_ticket(epoch.seed, turn, 2 * 10**18) < producer.end
        assert view.is_scheduled(epoch, turn, producer.operator)
    operators = [compute_address(KEYS.producer(i).l1_secret) for i in range(2)]
    assert view.covers == dict.fromkeys(operators, FEE_DEPOSIT_WEI)


async def test_reorganization_drops_what_happened_in_the_lost_blocks() -> None:
    bench = await set_up()
    view = bench.make_view()
    await view.update()
    members = dict(view.members)
    activation = await bench.deployment.open_first_epoch(bench.network)
    await view.update()
    assert set(view.epochs) == {1}
    lost = view.header(activation)

    depth = view.head_number - activation + 2
    bench.l1.reorg(depth)
    await view.update()
    assert view.epochs == {}
    assert view.frozen is not None
    assert view.members == members
    assert view.header(activation) != lost
    assert view.header(view.head_number) == view.head


async def test_header_is_lost_while_the_l1_has_another_block_for_its_anchor() -> None:
    bench = await set_up()
    view = bench.make_view()
    activation = await bench.deployment.open_first_epoch(bench.network)
    bench.l1.mine(2)
    await view.update()
    anchor = view.head
    assert anchor is not None
    assert anchor.number > activation
    header = make_header(1, l1_number=anchor.number, l1_hash=anchor.hash)
    assert not view.is_lost(header)
    assert not view.is_lost(replace(header, l1_number=anchor.number + 1))

    bench.l1.reorg(1)
    await view.update()
    assert view.is_lost(header)


async def test_view_asks_nothing_more_while_the_head_stands() -> None:
    bench = await set_up()
    view = bench.make_view()
    heads: list[int] = []
    view.listeners.append(lambda: heads.append(view.head_number))
    await view.update()
    await view.update()
    assert heads == [view.head_number]
    bench.l1.mine()
    await view.update()
    assert heads == [view.head_number - 1, view.head_number]


def test_log_of_another_event_is_none_and_a_malformed_one_is_refused() -> None:
    assert decode_event([], b"") is None
    assert decode_event([keccak256(b"Transfer(address,address,uint256)")], b"") is None
    topic = keccak256(b"EpochOpened(uint64,uint64,bytes32,uint64)")
    with pytest.raises(EncodingError, match=r"^event EpochOpened: "):
        decode_event([topic, bytes(32)], b"\x01")
    with pytest.raises(EncodingError, match=r"^event EpochOpened: "):
        decode_event([topic], bytes(96))


async def test_outage_is_logged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = await set_up()
    view = ready.make_view()
    monkeypatch.setattr(l1_view, "POLL_SECONDS", 0.001)
    failures = ["away", "away", "busy", "busy"]

    async def update() -> None:
        if not failures:
            raise asyncio.CancelledError
        raise L1UnreachableError(failures.pop(0))

    monkeypatch.setattr(L1View, "update", lambda _: update())
    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await view.run()
    assert [entry["error"] for entry in logs] == ["away", "busy"]
