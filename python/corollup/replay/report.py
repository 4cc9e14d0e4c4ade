"""What a replayed block gave, beside what its historical header says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from corollup.engine import ReplayBlock

TABLE_HEADING: Final = (
    "   block    txs        gas    keys  witness kB   build ms  verify ms    bare ms"
    "  verify/bare     L1 gas  head"
)
"""Heading of the rows of `format_row`."""


@dataclass(frozen=True, slots=True)
class BlockReport:
    """One block, computed by this project's own nodes."""

    number: int
    """Block number."""
    txs: int
    """Transactions that the packet holds."""
    gas_used: int
    """Gas used."""
    logs_bloom: bytes
    """Bloom filter of the logs, 256 bytes."""
    transactions_root: bytes
    """Ethereum's own root of the transactions."""
    receipts_root: bytes
    """Ethereum's own root of the receipts."""
    keys: int
    """Keys of the state tree that the witness proves."""
    witness_bytes: int
    """Size of the proof and of the values before."""
    build_ms: float
    """Least time of a producer to build the execution result."""
    verify_ms: float
    """Least time of an endorser from the received bytes to its verdict."""
    bare_ms: float
    """Least time to decode, recover senders and execute in revm."""
    l1_gas: int
    """Gas of the L1 transaction that committed the packet."""
    finalized: bool
    """Whether the packet reached the last head."""
    verify_cold_min_ms: float | None = None
    """Least time of an endorser with empty caches; these three are of a bench, taken in turn."""
    verify_warm_min_ms: float | None = None
    """The same with caches that have seen the packet."""
    bare_min_ms: float | None = None
    """Least time to decode, recover senders and execute."""

    def to_json(self) -> dict[str, Any]:
        """Return the report with its bytes in hexadecimal, and without what was not measured."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: f"0x{value.hex()}" if isinstance(value, bytes) else value
            for name, value in values.items()
            if value is not None
        }


def format_row(report: BlockReport) -> str:
    """Format a report as a row of the table."""
    return (
        f"{report.number:>8} {report.txs:>6} {report.gas_used:>10} {report.keys:>7}"
        f" {report.witness_bytes / 1000:>11.1f} {report.build_ms:>10.1f} {report.verify_ms:>10.1f}"
        f" {report.bare_ms:>10.1f} {report.verify_ms / report.bare_ms:>12.2f}"
        f" {report.l1_gas:>10}  {'finalized' if report.finalized else 'not finalized'}"
    )


def find_differences(report: BlockReport, block: ReplayBlock) -> Iterator[str]:
    """Name each value that differs from the block's header, with both values and what they are."""
    pairs: dict[str, tuple[int | bytes, int | bytes]] = {
        "transactions": (len(block.transactions), report.txs),
        "gas used": (block.gas_used, report.gas_used),
        "logs bloom": (block.logs_bloom, report.logs_bloom),
        "transactions root": (block.transactions_root, report.transactions_root),
    }
    if block.receipts_root is not None:
        pairs["receipts root"] = (block.receipts_root, report.receipts_root)
    for what, (expected, found) in pairs.items():
        if expected != found:
            yield (
                f"block {report.number}: the {what} of the block's header is {_show(expected)}, "
                f"the execution gives {_show(found)}"
            )
    if not report.finalized:
        yield f"block {report.number}: the packet was not finalized"


def _show(value: int | bytes) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
