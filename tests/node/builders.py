"""Headers, configurations and trees for the tests of the node."""

from corollup.node.headers import HeaderTree, Packet
from corollup.node.messages import Announce
from corollup.spec.containers import Config, Genesis, Header
from corollup.spec.encoding import get_codecs

DOMAIN = b"\x0d" * 32


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


def make_header(number: int, parent_hash: bytes = b"\0" * 32, **changes: object) -> Header:
    """A header whose other fields are zero."""
    values: dict[str, object] = {
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
