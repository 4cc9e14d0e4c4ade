"""Messages from the L1 to the L2 and back, with the real services and contracts."""

import pytest

from corollup.l1.account import L1Account
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.l1.inbox import Inbox
from corollup.node.headers import Head
from corollup.node.producer import Producer
from corollup.spec.containers import Header, InboxSection
from tests.simulation.harness import Simulation, simulate

RECEIVER = b"\x77" * 20
DEPOSIT = 10**15


async def send_message(simulation: Simulation) -> int:
    """Deposit on the L1 for a call on the L2 that passes half of it on; return the L1 block."""
    net = simulation.net
    inbox = Inbox(net.client, net.network.contracts.inbox)
    price = await inbox.get_gas_price()
    payer = L1Account(net.client, DEV_ACCOUNTS[5].private_key)
    gas = 30_000
    call = inbox.send_message(
        RECEIVER, payment=2 * price * gas + DEPOSIT, value=DEPOSIT // 2, gas=gas
    )
    receipt = await payer.transact(call.to, call.data, value=call.value)
    return receipt.block_number


async def wait_for_inbox(simulation: Simulation, count: int) -> Header:
    """Wait for the first committed packet that consumed so many messages."""
    net = simulation.net
    number = 0
    while True:
        number += 1
        await simulation.reach(number, Head.COMMITTED)
        producer = net.producers[0].producer
        assert producer is not None
        words = producer.chain.ledger.header(number)
        assert words is not None
        header = Header.decode(words)
        if header.inbox_count >= count:
            return header


def test_deposit_is_minted_on_the_l2() -> None:
    async def scenario(simulation: Simulation) -> None:
        await simulation.reach(1, Head.COMMITTED)
        sent_at = await send_message(simulation)
        header = await wait_for_inbox(simulation, 1)
        assert header.l1_number >= sent_at
        producer = simulation.net.producers[0].producer
        assert producer is not None
        _, balance = producer.chain.ledger.account(RECEIVER)
        assert balance == DEPOSIT // 2
        await simulation.reach(header.number + 1)

    simulate(scenario)


def test_nobody_endorses_a_packet_that_leaves_out_a_due_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(simulation: Simulation) -> None:
        net = simulation.net
        await simulation.reach(1, Head.COMMITTED)
        producer = net.producers[0].producer
        assert producer is not None
        monkeypatch.setattr(Producer, "_select_messages", lambda *_: InboxSection())
        sent_at = await send_message(simulation)
        delay = net.network.config.forced_inclusion_delay
        await simulation.sleep(delay + 20)
        endorsed = producer.chain.tree.committed_number
        header = Header.decode(producer.chain.ledger.header(endorsed) or b"")
        assert header.l1_number < sent_at + delay, "a packet past the delay was committed"
        await simulation.sleep(10)
        assert producer.chain.tree.committed_number == endorsed

        monkeypatch.undo()
        forced = await wait_for_inbox(simulation, 1)
        assert forced.number > endorsed

    simulate(scenario)
