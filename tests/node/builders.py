"""Headers, configurations and trees for the tests of the node."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from corollup.engine import get_engine
from corollup.l1.management import ManagementContract
from corollup.l1.state import StateContract
from corollup.node.clock import Clock
from corollup.node.epochs import Epoch, ScheduledKey, Seat
from corollup.node.headers import HeaderTree, Packet
from corollup.node.l1_view import L1View
from corollup.node.messages import Announce
from corollup.spec.containers import Config, Genesis, Header
from corollup.spec.encoding import get_codecs

if TYPE_CHECKING:
    from corollup.l1.client import L1Client

DOMAIN = b"\x0d" * 32
BLS = get_engine().bls


def make_config(**changes: int) -> Config:
    """The parameters of a small network."""
    values = dict.fromkeys(get_codecs(Config), 0) | {
        "l2_chain_id": 267655,
        "version": 1,
        "genesis_time": 1_000_000,
        "gas_limit": 30_000_000,
        "view_seconds": 4,
        "t1_seconds": 6,
        "t2_seconds": 30,
        "anchor_depth": 1,
        "anchor_max_age": 64,
        "committees": 2,
        "committee_size": 4,
        "min_fee_gas_price": 1,
    }
    return Config(**(values | changes))


def make_header(number: int, parent_hash: bytes = b"\0" * 32, **changes: Any) -> Header:
    """A header whose other fields are zero."""
    values: dict[str, Any] = {
        name: 0 if hasattr(codec, "bits") else b"\0" * codec.size
        for name, codec in get_codecs(Header).items()
    }
    return Header(
        **(values | {"version": 1, "number": number, "parent_hash": parent_hash} | changes)
    )


def make_tree(**changes: int) -> HeaderTree:
    """A tree with nothing but its genesis."""
    config = make_config(**changes)
    genesis = Genesis(config.compute_hash(), b"\x01" * 32, 5, b"\x02" * 32)
    return HeaderTree(DOMAIN, config, genesis)


def add_packet(tree: HeaderTree, parent: Packet | None, view: int = 0, now: float = 0.0) -> Packet:
    """Add a header on a packet, or on the genesis."""
    digest = tree.committed_at(0) if parent is None else parent.digest
    number = 1 if parent is None else parent.number + 1
    header = make_header(number, digest, view=view, timestamp=1_000_000 + 4 * view)
    packet = tree.add(Announce(DOMAIN, header, b"\0" * 96), now)
    assert packet is not None
    return packet


def make_seat(index: int) -> tuple[bytes, Seat]:
    """A secret key and its seat; every seat has an operator of its own."""
    secret = BLS.derive_secret_key(b"\x07" * 32, f"m/12381/3600/{index}/0")
    key = BLS.compute_public_key(secret)
    return secret, Seat(index + 1, bytes([index + 1]) * 20, key, BLS.to_eip2537_key(key))


def make_epoch(seats: list[Seat], committees: int = 2) -> Epoch:
    """An epoch of these seats, active from the first L1 block on, with one producer."""
    secret = BLS.derive_secret_key(b"\x08" * 32, "m/12381/3600/0/0")
    key = BLS.compute_public_key(secret)
    producer = ScheduledKey(b"\0" * 20, key, BLS.to_eip2537_key(key), 0, 100)
    return Epoch(1, 0, b"\x03" * 32, tuple(seats), (producer,), committees)


def make_l1_view(config: Config, epoch: Epoch, clock: Clock) -> L1View:
    """A view that knows an epoch and asks nobody."""
    client = cast("L1Client", None)
    view = L1View(
        client=client,
        engine=get_engine(),
        clock=clock,
        config=config,
        state=StateContract(client, b"\x0a" * 20),
        management=ManagementContract(client, b"\x0b" * 20),
        start_block=0,
    )
    view.epochs[epoch.number] = epoch
    return view


@dataclass(slots=True)
class SettableClock:
    """A clock that stands until it is moved."""

    time: float = 0.0

    def now(self) -> float:
        """Return the time that was set."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Move the time without waiting."""
        self.time += seconds
