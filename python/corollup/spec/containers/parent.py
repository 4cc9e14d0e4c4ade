"""What a packet stands on: the network's genesis, or the header before it."""

from dataclasses import dataclass
from typing import Final

from corollup.spec.containers.config import Config, Genesis
from corollup.spec.containers.header import Header
from corollup.spec.containers.messages import compute_digest
from corollup.spec.encoding import Bytes32, Reader

GENESIS_KIND: Final = b"\0"
HEADER_KIND: Final = b"\1"


@dataclass(frozen=True, slots=True)
class GenesisParent:
    """The first packet's parent."""

    config: Config
    """The configuration, to which the genesis hash commits."""

    genesis: Genesis
    """The genesis."""

    @property
    def number(self) -> int:
        """The number that the next packet's number follows."""
        return self.config.genesis_number

    @property
    def state_root(self) -> Bytes32:
        """The state root that the next packet starts from."""
        return self.genesis.state_root

    def encode(self) -> bytes:
        """Write the kind and the words of the configuration and the genesis."""
        return GENESIS_KIND + self.config.encode() + self.genesis.encode()


@dataclass(frozen=True, slots=True)
class HeaderParent:
    """Any other packet's parent."""

    header: Header
    """The header."""

    @property
    def number(self) -> int:
        """The number that the next packet's number follows."""
        return self.header.number

    @property
    def state_root(self) -> Bytes32:
        """The state root that the next packet starts from."""
        return self.header.post_state_root

    def encode(self) -> bytes:
        """Write the kind and the words of the header."""
        return HEADER_KIND + self.header.encode()


Parent = GenesisParent | HeaderParent
"""What a packet stands on."""


def compute_parent_hash(domain: Bytes32, parent: Parent) -> Bytes32:
    """Compute the hash by which the next packet names its parent."""
    if isinstance(parent, GenesisParent):
        return parent.genesis.compute_hash()
    return compute_digest(domain, parent.header)


def read_parent(reader: Reader) -> Parent:
    """
    Read a parent from the front of a message.

    Raises:
        EncodingError: If there is none, or a configuration is not the genesis's.
    """
    kind = reader.take(1, "parent kind")
    if kind == GENESIS_KIND:
        config = Config.decode(reader.take(Config.get_size(), "parent config"))
        genesis = Genesis.decode(reader.take(Genesis.get_size(), "parent genesis"))
        if config.compute_hash() != genesis.config_hash:
            reader.fail("the parent config is not the genesis's")
        return GenesisParent(config, genesis)
    if kind != HEADER_KIND:
        reader.fail(f"unknown parent kind {kind[0]}")
    return HeaderParent(Header.decode(reader.take(Header.get_size(), "parent header")))
