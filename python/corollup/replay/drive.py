"""
A historical block from its transactions to finality.

    execution result → endorsements → aggregate → commit → finalized

Each seat decodes and verifies the bytes that it received itself. One of them is given corrupted
copies only, and does not sign.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec

from corollup.engine import (
    Candidate,
    EndorserEngine,
    GenesisState,
    Ledger,
    ReplayBlock,
    get_engine,
)
from corollup.errors import StateError
from corollup.l1.events import StateRootCommitted, decode_event
from corollup.node.clock import run_virtual
from corollup.node.finality import HeadMoved
from corollup.node.headers import Head
from corollup.node.messages import RESULT_KIND, Announce
from corollup.node.node import Node
from corollup.node.signing_history import SigningHistory
from corollup.node.transport import PeerId
from corollup.replay.network import MAINNET_CHAIN_ID, SEATS, ReplayNetwork, deploy_network
from corollup.replay.report import BlockReport
from corollup.spec.access_list import AccessList
from corollup.spec.containers import ExecutionResult, Header, compute_endorse_message
from corollup.spec.verdict import Context, Verdict

MISLED_SEAT: Final = 7
"""The seat whose every copy of a body is corrupted."""
FINALITY_SECONDS: Final = 120.0
"""Virtual time within which the packet has to be finalized."""
FEE_GAS_PRICE: Final = 1_000_000_000
"""Endorsing fee that the producer offers, wei a gas."""
BENCH_RUNS: Final = 5
"""How often each time is taken for a bench; the least counts."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A block that went the whole way."""

    report: BlockReport
    """What it gave."""
    result: bytes
    """The encoded execution result."""
    hints: bytes
    """What travels beside it."""


def replay_block(block: ReplayBlock, *, further_accounts: int = 0, bench: bool = False) -> Replayed:
    """
    Drive a block through producer, committee, aggregate and L1 commit.

    Args:
        block: The block.
        further_accounts: Accounts in the state beside those that the block touches.
        bench: Take each time `BENCH_RUNS` times.

    Raises:
        StateError: If a transaction is refused, or the protocol does not finalize the packet.
    """
    with tempfile.TemporaryDirectory(prefix="corollup-replay-") as folder:
        return run_virtual(_replay(block, further_accounts, Path(folder), bench=bench))


async def _replay(
    block: ReplayBlock, further_accounts: int, folder: Path, *, bench: bool
) -> Replayed:
    native = get_engine()
    timed = TimedEndorser(native.endorser)
    engine = replace(native, endorser=timed)
    state = block.genesis_state(further_accounts)
    net = await deploy_network(block, state.root, engine.bls)
    ledger = _make_ledger(net, state)
    build_seconds: list[float] = []
    for _ in range(BENCH_RUNS if bench else 1):
        with measure(build_seconds):
            candidate = _build(net, ledger, block)
    message = compute_endorse_message(candidate.digest, 1)
    signature = engine.bls.sign(net.keys.producer(0).secret, message)
    encoded = candidate.sign(signature)
    ledger.append(candidate)

    producer = net.join(PeerId("producer"), engine, folder)
    seats = [net.join(_seat_name(index), engine, folder) for index in range(SEATS)]
    for index, node in enumerate(seats):
        node.add_seat(net.keys.endorser(index))
    net.peers.conditions.garble = _corrupt_for_misled_seat
    producer.results.put(candidate.digest, encoded, candidate.hints)
    announce = Announce(net.network.domain, Header.decode(candidate.header), signature)
    await _run_until_finalized(net, [producer, *seats], announce)
    _require_honest_votes(seats)

    if bench:
        cold, warm, bare = block.race(encoded, candidate.hints, BENCH_RUNS)
        raced = {
            "verify_cold_min_ms": _to_ms(cold),
            "verify_warm_min_ms": _to_ms(warm),
            "bare_min_ms": _to_ms(bare),
        }
    else:
        _, [bare] = block.run_bare(1)
        raced = {}
    times = {
        "build_ms": _to_ms(min(build_seconds)),
        "verify_ms": _to_ms(min(timed.seconds)),
        "bare_ms": _to_ms(bare),
    }
    report = await _report(net, ledger, encoded, times | raced)
    return Replayed(report, encoded, candidate.hints)


@dataclass(slots=True)
class TimedEndorser:
    """An endorser engine that keeps the time of each verification that found a packet valid."""

    engine: EndorserEngine
    """Verifies."""
    seconds: list[float] = field(default_factory=list)
    """The times."""

    def verify(self, encoded: bytes, context: Context) -> Verdict:
        """Verify the bytes of an execution result."""
        taken: list[float] = []
        with measure(taken):
            verdict = self.engine.verify(encoded, context)
        if verdict.status == 1:
            self.seconds += taken
        return verdict


@contextmanager
def measure(seconds: list[float]) -> Iterator[None]:
    """Add the time that the block takes to a list."""
    start = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - start)


def _to_ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _seat_name(index: int) -> PeerId:
    return PeerId(f"seat-{index}")


def _corrupt_for_misled_seat(_: PeerId, receiver: PeerId, message: bytes) -> bytes:
    """Change one byte in the middle of every body on its way to the misled seat."""
    if receiver != _seat_name(MISLED_SEAT) or message[:1] != bytes([RESULT_KIND]):
        return message
    middle = len(message) // 2
    return message[:middle] + bytes([message[middle] ^ 1]) + message[middle + 1 :]


def _make_ledger(net: ReplayNetwork, state: GenesisState) -> Ledger:
    return Ledger(
        chain_id=MAINNET_CHAIN_ID,
        config=net.network.config.encode(),
        genesis=net.network.genesis.encode(),
        domain=net.network.domain,
        state=state,
    )


def _build(net: ReplayNetwork, ledger: Ledger, block: ReplayBlock) -> Candidate:
    producer = net.keys.producer(0)
    candidate = ledger.build(
        transactions=block.transactions,
        timestamp=block.timestamp,
        view=0,
        producer=block.beneficiary,
        producer_key=net.keys.bls.compute_public_key(producer.secret),
        l1_number=net.anchor.number,
        l1_hash=net.anchor.hash,
        prev_randao=net.anchor.prev_randao,
        fee_gas_price=FEE_GAS_PRICE,
        fee_gas_limit=block.gas_limit,
    )
    for index, why, _ in candidate.refused:
        raise StateError(f"transaction {index} is refused: {why}")
    return candidate


async def _run_until_finalized(
    net: ReplayNetwork, nodes: Sequence[Node], announce: Announce
) -> None:
    """Run the nodes and the L1 from the producer's announce to the last head."""
    producer, number = nodes[0], announce.header.number
    finalized = asyncio.Event()

    def watch(moved: HeadMoved) -> None:
        if moved.head is Head.FINALIZED and moved.number == number:
            finalized.set()

    producer.finality.listeners.append(watch)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(node.run()) for node in nodes]
        running.append(tasks.create_task(net.l1.run()))
        await asyncio.sleep(0)
        producer.gossip.keep(PeerId("producer"), announce)
        await producer.gossip.publish(announce)
        try:
            async with asyncio.timeout(FINALITY_SECONDS):
                await finalized.wait()
        except TimeoutError:
            raise StateError("the packet was not finalized") from None
        finally:
            for task in running:
                task.cancel()


def _require_honest_votes(seats: Sequence[Node]) -> None:
    """Demand that the misled seat signed nothing, and every other seat status 1 once."""
    for index, node in enumerate(seats):
        with SigningHistory.open(node.endorsers[0].key.history.path) as history:
            signed = [record.status for record in history.records()]
        expected = [] if index == MISLED_SEAT else [1]
        if signed != expected:
            raise StateError(f"seat {index} signed {signed}, expected {expected}")


async def _report(
    net: ReplayNetwork, ledger: Ledger, encoded: bytes, times: dict[str, float]
) -> BlockReport:
    result = ExecutionResult.decode(encoded)
    number = result.header.number
    params = msgspec.json.encode([hex(number), False])
    values = msgspec.json.decode(ledger.request("eth_getBlockByNumber", params))
    keys = len(AccessList.decode(result.body.access_list).get_entries())
    return BlockReport(
        number=number,
        txs=len(values["transactions"]),
        gas_used=result.header.gas_used,
        logs_bloom=_from_hex(values["logsBloom"]),
        transactions_root=_from_hex(values["transactionsRoot"]),
        receipts_root=_from_hex(values["receiptsRoot"]),
        keys=keys,
        witness_bytes=len(result.body.proof) + 32 * keys,
        l1_gas=await _find_commit_gas(net, number),
        finalized=True,
        **times,
    )


async def _find_commit_gas(net: ReplayNetwork, number: int) -> int:
    """Return the gas of the L1 transaction that committed the packet."""
    logs = await net.client.get_logs(
        address=net.network.contracts.state, from_block=net.network.start_block
    )
    for entry in logs:
        event = decode_event(list(entry.topics), entry.data)
        if isinstance(event, StateRootCommitted) and event.number == number:
            receipt = await net.client.get_receipt(entry.tx_hash)
            assert receipt is not None
            return receipt.gas_used
    raise StateError("the packet was not committed")


def _from_hex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
