"""From a transaction to finality, with the real services and contracts."""

from corollup.devnet.traffic import compute_contract_address
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.node.headers import Head
from tests.simulation.harness import Simulation, simulate


def sign_transfer(simulation: Simulation, nonce: int, value: int) -> bytes:
    from eth_account import Account

    signed = Account.from_key(DEV_ACCOUNTS[0].private_key).sign_transaction(
        {
            "type": 2,
            "chainId": simulation.net.network.config.l2_chain_id,
            "nonce": nonce,
            "gas": 21_000,
            "maxFeePerGas": 10**11,
            "maxPriorityFeePerGas": 10**9,
            "to": DEV_ACCOUNTS[1].address,
            "value": value,
            "data": b"",
        }
    )
    return bytes(signed.raw_transaction)


def test_transaction_reaches_finality_with_one_producer_and_four_endorsers() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        node = net.producers[0]
        assert node.mempool is not None
        assert node.producer is not None
        heads: list[tuple[int, Head]] = []
        net.listeners.append(lambda moved: heads.append((moved.number, moved.head)))
        ledger = node.producer.chain.ledger
        _, before = ledger.account(DEV_ACCOUNTS[1].address)
        hash_ = node.mempool.submit(sign_transfer(simulation, 0, 12345))
        await simulation.reach(3)

        assert ledger.account(DEV_ACCOUNTS[1].address) == (0, before + 12345)
        assert node.mempool.pending_transaction(hash_) is None
        assert node.mempool.rejection(hash_) is None
        for number in (1, 2, 3):
            reached = [head for packet, head in heads if packet == number]
            assert reached == [Head.EXECUTED, Head.ENDORSED, Head.COMMITTED, Head.FINALIZED]
        for endorser in net.endorsers:
            assert endorser.finality.finalized_number >= 2

    simulate(scenario)


def test_two_committees_verify_traffic_in_parallel() -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        await simulation.reach(12)
        node = net.producers[0]
        assert node.producer is not None
        ledger = node.producer.chain.ledger
        deployer = net.keys.account("traffic account", 0)[1]
        assert ledger.account(deployer)[0] == 20
        pool = compute_contract_address(deployer, 2)
        assert ledger.account(pool)[0] == 1
        epoch = node.l1.epochs[1]
        assert {epoch.committee_index(number, 0) for number in (1, 2)} == {0, 1}
        producers = {header.producer for header in simulation.tap.announces.values()}
        assert len(producers) == 2

    simulate(scenario, producers=2, endorsers=8, committees=2, traffic=True)


def test_epochs_follow_each_other() -> None:
    async def scenario(simulation: Simulation) -> None:
        await simulation.sleep(130)
        node = simulation.net.producers[0]
        assert max(node.l1.epochs) >= 3
        numbers = [commit.event.epoch for commit in node.l1.commits.values()]
        assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))
        assert node.finality.finalized_number > 40

    simulate(scenario)


def test_one_seed_gives_one_chain() -> None:
    digests: list[list[bytes]] = []

    async def scenario(simulation: Simulation) -> None:
        await simulation.reach(4)
        tree = simulation.net.producers[0].tree
        digests.append([tree.committed_at(number) for number in range(5)])

    simulate(scenario, traffic=True)
    simulate(scenario, traffic=True)
    assert digests[0] == digests[1]
