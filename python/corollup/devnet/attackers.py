"""Turns nodes of a running devnet into attackers."""

from dataclasses import dataclass, fields
from typing import Any, Final

from corollup.devnet.crimes import Accomplice, Crime, Liar, Plot, Whispers
from corollup.devnet.network import Devnet
from corollup.errors import ErrorCode, UserError
from corollup.node.epochs import Epoch
from corollup.node.node import Node
from corollup.node.transport import MemoryTransport
from corollup.spec.committee import compute_quorum

LEAST_PRODUCERS: Final = 2
"""Producers of a devnet that survives a crime."""
LOOK_SECONDS: Final = 0.2
"""How often the attackers look for an opportunity."""


@dataclass(slots=True)
class Attack:
    """A crime on a devnet, from the first bribe to the announced packet."""

    net: Devnet
    """The devnet."""
    plot: Plot
    """The crime."""

    async def run(self) -> Plot:
        """Corrupt a producer and, where the crime needs one, a committee; wait for the crime."""
        await self._corrupt_producer()
        while not self.plot.done.is_set():
            if self.plot.wanted is not None:
                epoch, self.plot.wanted = self.plot.wanted, None
                await self._corrupt_committee(epoch, self.plot.number)
            await self.net.clock.sleep(LOOK_SECONDS)
        return self.plot

    async def _corrupt_producer(self) -> None:
        # The first producer's node serves the devnet, so it is the last one's that turns.
        net, index = self.net, len(self.net.producers) - 1
        node = await net.replace(net.producers[index])
        peer, data_dir = node.surroundings.transport.peer, node.surroundings.data_dir
        ledger = net.make_ledger(net.state_path(peer, data_dir))
        node.add_producer(net.keys.producer(index), ledger, net.policy)
        assert node.producer is not None
        node.producer = self._turn(node.producer, Liar)
        self._silence(node)
        net.producers[index] = node
        net.start(node)

    async def _corrupt_committee(self, epoch: Epoch, number: int) -> None:
        if any(self.plot.has_quorum(epoch, number + i) for i in range(epoch.committee_count)):
            # Its turn comes.
            return
        voters = [seat for seat in epoch.voters(number, 0) if not seat.is_ejected]
        for seat in voters[: compute_quorum(len(epoch.voters(number, 0)))]:
            if seat.key not in self.plot.seats:
                await self._corrupt_seat(seat.key)

    async def _corrupt_seat(self, key: bytes) -> None:
        net = self.net
        keys = [node.endorsers[0].key.public for node in net.endorsers]
        index = keys.index(key)
        node = await net.replace(net.endorsers[index])
        node.add_seat(net.keys.endorser(index))
        node.endorsers[0] = self._turn(node.endorsers[0], Accomplice)
        # It neither judges its own crime nor answers for it.
        node.jurors = node.revealer = None
        self._silence(node)
        net.endorsers[index] = node
        net.start(node)
        self.plot.seats.add(key)

    def _silence(self, node: Node) -> None:
        """Keep what a node says of the crime among the attackers."""
        inner = node.gossip.transport
        assert isinstance(inner, MemoryTransport)
        node.gossip.transport = Whispers(inner, self.plot, node.l1)
        self.plot.peers.add(inner.peer)

    def _turn(self, service: Any, kind: Any) -> Any:
        """Make an attacker of an honest service that does not run yet."""
        names = [field.name for field in fields(service) if field.init and field.name[0] != "_"]
        attacker = kind(**{name: getattr(service, name) for name in names})
        attacker.plot = self.plot
        return attacker


async def inject(net: Devnet, crime: Crime) -> Plot:
    """
    Commit a crime on a devnet, which goes on meanwhile.

    Raises:
        UserError: If the devnet has no producer to spare.
    """
    if len(net.producers) < LEAST_PRODUCERS:
        raise UserError(
            ErrorCode.DEVNET_SHAPE,
            "a devnet with one producer has none that may turn against it",
            fix=f"Use --producers {LEAST_PRODUCERS} or more.",
        )
    return await Attack(net, Plot(crime)).run()
