"""A whole network in one process: L1, contracts, producers, endorsers, traffic."""

from corollup.devnet.network import Devnet
from corollup.devnet.options import DevnetOptions

__all__ = ["Devnet", "DevnetOptions"]
