"""What a node in this process answers: of its network on the L1, and as a wallet would ask it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from corollup.l1.client import to_hex
from corollup.node.commit_proofs import show_withdrawals
from corollup.node.l1_view import L1View
from corollup.node.node import Network
from corollup.rpc.chains import L2Chain


@dataclass(frozen=True, slots=True)
class NodeSource:
    """The L1 as a node sees it."""

    network: Network
    """The network."""
    l1: L1View
    """Its contracts' events."""

    def describe_network(self) -> dict[str, Any]:
        """Describe the network: contracts, configuration, first L1 block."""
        contracts = asdict(self.network.contracts)
        return {
            "contracts": {name: to_hex(address) for name, address in contracts.items()},
            "config": to_hex(self.network.config.encode()),
            "startBlock": hex(self.network.start_block),
        }

    def prove_commit(self, number: int) -> dict[str, Any] | None:
        """Show the commit of a packet as the bridge takes it; nothing if it is not committed."""
        if number not in self.l1.commits:
            return None
        proof = show_withdrawals(self.l1, number)
        return {
            "slot": hex(proof.slot),
            "submitter": to_hex(proof.record.submitter),
            "refund": hex(proof.record.refund),
            "parts": [to_hex(part) for part in proof.record.parts],
            "index": hex(proof.index),
            "digest": to_hex(proof.digest),
            "withdrawalsRoot": to_hex(proof.withdrawals_root),
            "feesHash": to_hex(proof.fees_hash),
        }


@dataclass(frozen=True, slots=True)
class L2Transport:
    """The way to an L2 node in this process."""

    chain: L2Chain
    """The chain that it serves."""

    async def request(self, method: str, params: Sequence[Any]) -> Any:
        """Ask the chain."""
        return msgspec.json.decode(await self.chain.request(method, msgspec.json.encode(params)))

    async def close(self) -> None:
        """Do nothing: the chain belongs to its node."""
