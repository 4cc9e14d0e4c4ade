"""What happens in a run: everything is drawn from its seed."""

import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from corollup.l1.appeals import Appeals
from corollup.l1.client import L1Client
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.l1.events import CommitteeOpened, EpochOpened, StateRootCommitted, TablesFrozen
from corollup.l1.inbox import Inbox
from corollup.l1.submitter import SubmissionError, Submitter
from corollup.node.clock import run_virtual
from corollup.node.commit_proofs import show_committed
from corollup.node.producer import ProducerPolicy
from corollup.node.transport import PeerId
from tests.simulation.honest.base import Shape, get_base
from tests.simulation.honest.judge import judge
from tests.simulation.honest.l1 import NodeTransport, Reorg
from tests.simulation.honest.liars import make_liar
from tests.simulation.honest.parts import SharedEndorser
from tests.simulation.honest.witness import Gate, Point, Violation
from tests.simulation.honest.world import Member, World

SHAPES: Final = {Shape(4, 1): 3, Shape(5, 1): 2, Shape(7, 1): 2, Shape(8, 2): 3, Shape(12, 3): 1}
"""Networks of runs, and how often they are drawn; a committee has 4 to 7 seats."""
CHAOS_SECONDS: Final = 14.0
"""Time in which things happen."""
PEACE_SECONDS: Final = 60.0
"""Time in which a healed network must commit again."""
MESSAGE_GAS: Final = 30_000
"""Gas of a message from the L1."""
PEACE_PACKETS: Final = 3
"""Packets that it must commit."""

Happening = Callable[[World], Awaitable[None]]


@dataclass(frozen=True)
class Outcome:
    """What a run showed."""

    seed: int
    violations: tuple[Violation, ...]
    coverage: dict[str, int]
    """How often each kind of event came to pass."""
    signatures: int
    """Signatures of honest keys."""


def silence_logs() -> None:
    """Keep the logs of nodes that have every reason to complain out of sight."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def run_seed(seed: int) -> Outcome:
    """Run the scenario of a seed and judge it."""
    chance = random.Random(seed)
    (shape,) = chance.choices([*SHAPES], [*SHAPES.values()])
    base = get_base(shape)
    seconds = chance.uniform(0.6, 1.6)
    world = World(
        base,
        chance,
        finality_depth=chance.choice([8, 24, 64]),
        policy=ProducerPolicy(packet_seconds=seconds, idle_seconds=seconds),
        make_liar=make_liar,
    )
    draw_members(world)
    run_virtual(world.run(play))
    witness = world.witness
    return Outcome(seed, tuple(witness.violations), dict(witness.coverage), len(witness.signatures))


def draw_members(world: World) -> None:
    """Draw who lies and whose clock is wrong."""
    chance = world.chance
    for member in world.members:
        if chance.random() < 0.5:
            member.skew_seconds = chance.uniform(-1.5, 1.5)
            world.witness.coverage["false clock"] += 1
    world.producers[0].is_liar = chance.random() < 0.75
    world.producers[1].is_fisherman = chance.random() < 0.3
    world.witness.coverage["fisherman"] += world.producers[1].is_fisherman
    size = world.base.network.config.committee_size
    for member in chance.sample(world.seats, (size - 1) // 3):
        if chance.random() < 0.25:
            member.is_liar = True
            world.witness.coverage["blind seat"] += 1


async def play(world: World) -> None:
    """Let things happen, then heal everything and wait until the network commits again."""
    chance = world.chance
    for raw in world.base.transfers:
        mempool = chance.choice(world.producers).node
        if mempool is not None and mempool.mempool is not None:
            mempool.mempool.submit(raw)
    happenings = chance.choices(HAPPENINGS, k=chance.randrange(3, 7))
    for happening in happenings:
        world.spawn(start_later(world, happening))
    await world.clock.sleep(CHAOS_SECONDS)
    await heal(world)
    await wait_for_commits(world)
    note_coverage(world)
    await judge(world)


async def start_later(world: World, happening: Happening) -> None:
    # Rungs take their time to open, so silence comes early.
    latest = 3.0 if happening is silence_seats else CHAOS_SECONDS * 0.6
    await world.clock.sleep(world.chance.uniform(0, latest))
    await happening(world)


async def heal(world: World) -> None:
    """End every trouble, and run every node again."""
    await world.cancel_spawned()
    world.peers.heal()
    conditions = world.peers.conditions
    conditions.loss, conditions.extra_delay_seconds = 0.0, 0.004
    world.peers.duplicates = 0.0
    for member in world.members:
        assert member.node is not None
        member.node.watch.gate.is_l1_away = False
        member.node.watch.crash_at = None
        if not member.is_running:
            await world.stop(member)
            world.start(member)


async def wait_for_commits(world: World) -> None:
    """Invariant 5: with all seats there, packets are committed again."""
    node = world.seats[0].node
    assert node is not None
    before = node.tree.committed_number
    for _ in range(int(PEACE_SECONDS)):
        await world.clock.sleep(1.0)
        if node.tree.committed_number >= before + PEACE_PACKETS:
            return
    world.witness.blame(
        "liveness", f"{before} packets before peace, {node.tree.committed_number} after it"
    )


# What happens


async def reorganize(world: World) -> None:
    """Reorganize the L1 at some moment."""
    await reorganize_now(world)


async def reorganize_at_commit(world: World) -> None:
    """Reorganize the L1 just after a commit."""
    await world.wait_for_event(StateRootCommitted)
    await reorganize_now(world)


async def reorganize_at_epoch(world: World) -> None:
    """Reorganize the L1 around the freeze of the tables or the opening of an epoch."""
    await world.wait_for_event(world.chance.choice([TablesFrozen, EpochOpened, CommitteeOpened]))
    await reorganize_now(world)


async def reorganize_at_seed(world: World) -> None:
    """Reorganize the L1 around the block that gives the seed."""
    await world.wait_for_event(TablesFrozen)
    await world.clock.sleep(world.base.network.config.seed_delay + world.chance.uniform(0, 1.5))
    await reorganize_now(world)


async def reorganize_now(world: World) -> None:
    """Reorganize, and note what was taken away."""
    chance = world.chance
    await world.clock.sleep(chance.choice([0.0, chance.uniform(0, 2)]))
    limit = world.finality_depth
    deepest = min(limit, chance.choice([2, 4, 4, 16, 64]))
    depth = chance.randrange(1, deepest + 1)
    reorg = await world.l1.reorganize(
        depth, keep_transactions=chance.random() < 0.6, missed=chance.randrange(min(depth, 2) + 1)
    )
    note_reorg(world, reorg)


def note_reorg(world: World, reorg: Reorg) -> None:
    """Count a reorganization by its depth and by what it took away."""
    coverage, witness = world.witness.coverage, world.witness
    group = next(end for end in (4, 16, 64) if reorg.depth <= end)
    coverage[f"L1 reorg, up to {group} blocks"] += 1
    kinds = {type(event) for event in reorg.events}
    coverage["L1 reorg of a commit"] += StateRootCommitted in kinds
    coverage["L1 reorg of a freeze"] += TablesFrozen in kinds
    coverage["L1 reorg of an epoch's opening"] += EpochOpened in kinds
    delay = world.base.network.config.seed_delay
    last = reorg.first_block + reorg.depth - 1
    coverage["L1 reorg of a seed"] += any(
        reorg.first_block <= block + delay <= last for block in world.freeze_blocks
    )
    coverage["L1 reorg of a signed anchor"] += any(
        witness.headers[signature.digest].l1_number >= reorg.first_block
        for signature in witness.signatures
    )


async def crash(world: World) -> None:
    """Kill a node, perhaps around a signature, and start it again from its disk."""
    chance = world.chance
    free = [member for member in world.members if not member.is_liar and member.is_running]
    member = chance.choice(free)
    if member.node is None or not member.is_running:
        return
    point = chance.choice([*Point, None])
    if point is not None:
        member.node.watch.crash_at = point
        for _ in range(40):
            if not member.is_running:
                break
            await world.clock.sleep(0.1)
    await restart(world, member, chance.choice([0.0, chance.uniform(0, 4)]))
    world.witness.coverage["restart of a seat" if member.is_seat else "restart of a producer"] += 1


async def restart(world: World, member: Member, seconds: float) -> None:
    """Stop a node for a while."""
    if not world.claim(member):
        return
    await world.stop(member)
    await world.clock.sleep(seconds)
    world.start(member)
    world.release(member)


async def silence_seats(world: World) -> None:
    """Stop so many seats that one committee, or all but one, have no quorum."""
    chance = world.chance
    node = world.producers[-1].node
    if node is None or not node.l1.epochs:
        return
    committees = node.l1.epochs[max(node.l1.epochs)].committees
    by_key = {member.node.endorsers[0].key.public: member for member in world.seats if member.node}
    silenced = chance.sample(committees, chance.choice([1, max(1, len(committees) - 1)]))
    seconds = chance.uniform(4, CHAOS_SECONDS)
    for committee in silenced:
        for seat in chance.sample(committee, len(committee) // 3 + 1):
            world.spawn(restart(world, by_key[seat.key], seconds))
    world.witness.coverage["silent committee"] += 1


async def cut(world: World) -> None:
    """Cut the network in two for a while."""
    chance = world.chance
    peers = [PeerId(member.name) for member in world.members]
    world.peers.partition(chance.sample(peers, chance.randrange(1, len(peers))))
    world.witness.coverage["partition"] += 1
    await world.clock.sleep(chance.uniform(1, 8))
    world.peers.heal()


async def lose(world: World) -> None:
    """Lose messages for a while."""
    world.peers.conditions.loss = world.chance.uniform(0.1, 0.6)
    world.witness.coverage["lost messages"] += 1
    await world.clock.sleep(world.chance.uniform(2, 6))
    world.peers.conditions.loss = 0.0


async def delay(world: World) -> None:
    """Let messages come late, out of order and more than once, for a while."""
    world.peers.conditions.extra_delay_seconds = world.chance.uniform(0.5, 3.5)
    world.peers.duplicates = world.chance.uniform(0, 0.5)
    world.witness.coverage["late, reordered and repeated messages"] += 1
    await world.clock.sleep(world.chance.uniform(2, 8))
    world.peers.conditions.extra_delay_seconds = 0.004
    world.peers.duplicates = 0.0


async def lose_l1(world: World) -> None:
    """Take the L1 away from some nodes for a while."""
    chance = world.chance
    members = chance.sample(world.members, chance.randrange(1, len(world.members)))
    gates = [member.node.watch.gate for member in members if member.node]
    for gate in gates:
        gate.is_l1_away = True
    world.witness.coverage["L1 away"] += 1
    await world.clock.sleep(chance.uniform(1, 6))
    for gate in gates:
        gate.is_l1_away = False


async def flip_verdict(world: World) -> None:
    """Let a broken machine turn a verdict around, and restart it after it signed."""
    member = world.chance.choice([seat for seat in world.seats if not seat.is_liar])
    if member.node is None or not member.is_running:
        return
    engine = member.node.endorsers[0].engine.endorser
    assert isinstance(engine, SharedEndorser)
    engine.flips = 1
    for _ in range(40):
        await world.clock.sleep(0.1)
        if not engine.flips:
            break
    await restart(world, member, 0.0)


async def appeal(world: World) -> None:
    """Appeal a committed packet, so that the seats vote on it."""
    node = world.chance.choice(world.producers).node
    if node is None or not node.l1.payouts:
        return
    contracts = world.base.network.contracts
    client = L1Client(NodeTransport(world.l1, Gate()))
    appeals = Appeals(client, contracts.appeals)
    number = max(node.l1.payouts)
    header = world.witness.headers[node.l1.commits[number].digest]
    call = appeals.appeal(header, show_committed(node.l1, number), await appeals.get_bond())
    with suppress(SubmissionError):
        await Submitter(client, DEV_ACCOUNTS[6].private_key).submit(call)
        world.witness.coverage["appeal"] += 1


async def send_messages(world: World) -> None:
    """Send messages to the L2, which packets must consume."""
    client = L1Client(NodeTransport(world.l1, Gate()))
    inbox = Inbox(client, world.base.network.contracts.inbox)
    submitter = Submitter(client, DEV_ACCOUNTS[7].private_key)
    for _ in range(world.chance.randrange(1, 4)):
        payment = 2 * MESSAGE_GAS * await inbox.get_gas_price()
        call = inbox.send_message(DEV_ACCOUNTS[1].address, payment=payment, gas=MESSAGE_GAS)
        with suppress(SubmissionError):
            await submitter.submit(call)
            world.witness.coverage["message from the L1"] += 1


HAPPENINGS: Final[list[Happening]] = [
    reorganize,
    reorganize_at_commit,
    reorganize_at_epoch,
    reorganize_at_seed,
    crash,
    crash,
    crash,
    silence_seats,
    cut,
    lose,
    delay,
    lose_l1,
    flip_verdict,
    appeal,
    send_messages,
]


def note_coverage(world: World) -> None:
    """Count what the run came to."""
    witness, coverage = world.witness, world.witness.coverage
    node = world.seats[0].node
    assert node is not None
    committed = {commit.digest for commit in node.l1.commits.values()}
    signed = {of.digest for of in witness.signatures if of.status == 1}
    dead = {
        digest
        for digest in signed - committed
        if witness.headers[digest].number <= node.tree.committed_number
    }
    coverage["signed packet that died"] += len(dead)
    coverage["signed packet on a dead one"] += sum(
        witness.headers[digest].parent_hash in dead for digest in dead
    )
    coverage["committed message from the L1"] += max(
        (witness.headers[digest].inbox_count for digest in committed), default=0
    )
    coverage["vote in an appeal"] += len(witness.votes)
    coverage["status 0 signed"] += sum(of.status == 0 for of in witness.signatures)
    turns = {(of.key, witness.headers[of.digest].number, of.digest) for of in witness.signatures}
    numbers = [turn[:2] for turn in turns]
    coverage["two packets of one number signed by one key"] += len(numbers) - len(set(numbers))
    for rung in (1, 2):
        rungs = [commit.event.rung for commit in node.l1.commits.values()]
        coverage[f"commit on rung {rung}"] += rungs.count(rung)
