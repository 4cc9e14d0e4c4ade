"""What a running devnet says of itself."""

from corollup.devnet.network import Devnet
from corollup.devnet.options import L2_CHAIN_ID
from corollup.devnet.view import PacketRow, Ready
from corollup.l1.client import to_hex
from corollup.node.finality import HeadMoved
from corollup.spec.committee import compute_quorum
from corollup.spec.security import compute_hypergeometric_tail


async def describe_devnet(net: Devnet) -> Ready:
    """Describe the network and where it answers."""
    options = net.options
    quorum = compute_quorum(options.committee_size)
    malicious = -(-options.endorsers // 3)
    capture = compute_hypergeometric_tail(
        options.endorsers, malicious, options.committee_size, quorum
    )
    return Ready(
        seed=options.seed,
        l1_url=net.l1_url,
        l1_chain_id=await net.client.get_chain_id(),
        l2_url=net.l2_url,
        l2_chain_id=L2_CHAIN_ID,
        management_contract=to_hex(net.network.contracts.management),
        state_contract=to_hex(net.network.contracts.state),
        producers=options.producers,
        endorsers=options.endorsers,
        committees=options.committees,
        quorum=quorum,
        malicious=malicious,
        capture_probability=float(capture),
    )


def describe_packet(net: Devnet, moved: HeadMoved) -> PacketRow | None:
    """Describe a packet that reached a head; nothing if it was replaced since."""
    node = net.producers[0]
    packet = node.tree.get(moved.digest)
    epoch = None if packet is None else node.l1.epoch_at(packet.header.l1_number)
    if packet is None or epoch is None:
        return None
    assert node.producer is not None
    quorum = node.aggregator.quorum(packet.digest, 1)
    commit = node.l1.commits.get(packet.number)
    rung = quorum.rung if quorum else 0
    return PacketRow(
        packet=packet.number,
        status=moved.head.value,
        digest=to_hex(packet.digest),
        view=packet.header.view,
        transactions=node.producer.chain.transaction_counts.get(packet.number),
        gas_used=packet.header.gas_used,
        committee=epoch.committee_index(packet.number, 0),
        signed=len(quorum.positions) if quorum else 0,
        voters=len(epoch.voters(packet.number, rung)),
        l1_block=commit.l1_number if commit else None,
    )
