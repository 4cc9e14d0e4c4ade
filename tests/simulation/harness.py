"""A whole devnet in virtual time: real services, real contracts, one seed one run."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from corollup.devnet import Devnet, DevnetOptions
from corollup.errors import EncodingError
from corollup.node.clock import VirtualClock, run_virtual
from corollup.node.headers import Head
from corollup.node.messages import Announce, Endorsement, decode_message
from corollup.node.node import Node
from corollup.node.producer import ProducerPolicy
from corollup.node.transport import PeerId
from corollup.spec.containers import Header, compute_digest

START = 1_900_000_000.0

Garble = Callable[[PeerId, PeerId, bytes], bytes]


@dataclass(repr=False)
class Tap:
    """Hears everything that is said on the network, and may change what one peer hears."""

    garble: Garble | None = None
    announces: dict[bytes, Header] = field(default_factory=dict)
    endorsements: dict[bytes, set[tuple[bytes, int]]] = field(
        default_factory=lambda: defaultdict(set)
    )

    def __call__(self, sender: PeerId, receiver: PeerId, message: bytes) -> bytes:
        try:
            heard = decode_message(message)
        except EncodingError:
            heard = None
        if isinstance(heard, Announce):
            self.announces[compute_digest(heard.domain, heard.header)] = heard.header
        elif isinstance(heard, Endorsement):
            self.endorsements[heard.key].add((heard.digest, heard.status))
        return message if self.garble is None else self.garble(sender, receiver, message)

    def assert_nobody_is_slashable(self) -> None:
        """Offence O1: two status-1 digests of one (number, view), or 0 and 1 of one digest."""
        assert self.endorsements
        for signed in self.endorsements.values():
            digests = [digest for digest, _ in signed]
            assert len(digests) == len(set(digests)), "0 and 1 of one digest"
            turns = [
                (self.announces[digest].number, self.announces[digest].view)
                for digest, status in signed
                if status == 1
            ]
            assert len(turns) == len(set(turns)), "two digests of one (number, view)"


@dataclass(repr=False)
class Simulation:
    """A running devnet and what was heard."""

    net: Devnet
    tap: Tap

    async def reach(self, number: int, head: Head = Head.FINALIZED) -> None:
        """Wait until a packet reached a head."""
        await self.net.wait_for(number, head)

    async def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""
        await self.net.clock.sleep(seconds)

    def assert_one_chain(self) -> None:
        """Every node holds the same committed digests, and no honest EN committed an offence."""
        nodes = [*self.net.producers, *self.net.endorsers]
        shortest = min(node.tree.committed_number for node in nodes)
        for number in range(shortest + 1):
            assert len({node.tree.committed_at(number) for node in nodes}) == 1
        self.tap.assert_nobody_is_slashable()

    async def replace(self, node: Node, **changes: bool) -> Node:
        """Crash a node and build its successor, which is not started yet."""
        peer = node.surroundings.transport.peer
        await self.net.stop(node)
        return self.net.build_node(peer, node.surroundings.data_dir, **changes)


def simulate(
    scenario: Callable[[Simulation], Awaitable[None]],
    *,
    seed: int = 7,
    producers: int = 1,
    endorsers: int = 4,
    committees: int = 1,
    traffic: bool = False,
    policy: ProducerPolicy | None = None,
    data_dir: Path | None = None,
) -> None:
    """Run a scenario on a devnet of its own, to its end."""

    async def run() -> None:
        options = DevnetOptions(
            seed=seed,
            producers=producers,
            endorsers=endorsers,
            committees=committees,
            traffic=traffic,
            serve=False,
            data_dir=data_dir,
        )
        net = Devnet(options, VirtualClock(START), policy=policy or ProducerPolicy())
        simulation = Simulation(net, Tap())
        net.peers.conditions.garble = simulation.tap
        async with net:
            await scenario(simulation)
            simulation.assert_one_chain()

    run_virtual(run())
