"""A devnet on a node that is not its own."""

from corollup.devnet import Devnet, DevnetOptions
from corollup.node.headers import Head
from tests.l1.conftest import ANVIL, run_anvil, wait_until_ready
from tests.support import skip_or_fail


async def test_packets_are_committed_on_anvil_that_mines_on_demand() -> None:
    from corollup.l1.client import L1Client

    if not ANVIL.exists():
        skip_or_fail(f"no anvil at {ANVIL}: npm ci --ignore-scripts in contracts")
    async with run_anvil(ANVIL) as url:
        client = L1Client.http(url)
        await wait_until_ready(client)
        await client.close()
        options = DevnetOptions(
            l1_url=url, producers=1, endorsers=4, committees=1, traffic=False, serve=False
        )
        async with Devnet(options) as net:
            await net.wait_for(2, Head.COMMITTED)
            node = net.producers[0]
            assert node.l1.commits[2].digest == node.tree.committed_at(2)
