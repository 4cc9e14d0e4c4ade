"""How a devnet shows itself: a live table, plain lines, or an object a line."""

import json
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO

from corollup import __version__
from corollup.l1.client import to_hex
from corollup.l1.dev_accounts import DEV_ACCOUNTS
from corollup.node.headers import Head

if TYPE_CHECKING:
    from rich.live import Live

SHOWN_PACKETS: Final = 12
"""Rows of the live table."""
GAS_A_MEGAGAS: Final = 1_000_000
"""Gas of one Mg."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A devnet that runs."""

    seed: int
    """Its seed."""
    l1_url: str | None
    """Where its L1 answers."""
    l1_chain_id: int
    """EIP-155 chain id of the L1."""
    l2_url: str | None
    """Where its L2 answers."""
    l2_chain_id: int
    """EIP-155 chain id of the L2."""
    management_contract: str
    """Address of the Management Contract."""
    state_contract: str
    """Address of the State Contract."""
    producers: int
    """Registered producers."""
    endorsers: int
    """Seats."""
    committees: int
    """Committees."""
    quorum: int
    """Signers that a committee needs."""
    malicious: int
    """A third of the seats, rounded up."""
    capture_probability: float
    """That a draw gives so many malicious seats the quorum of a committee."""


@dataclass(frozen=True, slots=True)
class PacketRow:
    """What is shown of a packet."""

    packet: int
    """Packet number."""
    status: str
    """Its head."""
    digest: str
    """Digest of its header, the L2 block hash."""
    view: int
    """Turn of the schedule."""
    transactions: int | None
    """Transactions that it holds, as far as this node executed it."""
    gas_used: int
    """Gas used."""
    committee: int
    """Its assigned committee."""
    signed: int
    """Signers that this node saw."""
    voters: int
    """Seats that could sign."""
    l1_block: int | None
    """L1 block of its commit."""


class View(Protocol):
    """Where a devnet's events go."""

    def show_ready(self, ready: Ready) -> None:
        """Show that the devnet runs."""
        ...

    def show_packet(self, row: PacketRow) -> None:
        """Show that a packet reached a head."""
        ...

    def close(self) -> None:
        """Show nothing more."""
        ...


@dataclass(slots=True)
class JsonView:
    """An object a line."""

    output: TextIO = sys.stdout
    """Where lines go."""

    def show_ready(self, ready: Ready) -> None:
        """Print the event `ready`."""
        accounts = [
            {"address": to_hex(account.address), "private_key": to_hex(account.private_key)}
            for account in DEV_ACCOUNTS
        ]
        self._print({"event": "ready", **asdict(ready), "accounts": accounts})

    def show_packet(self, row: PacketRow) -> None:
        """Print an event `packet` for each head that a packet reached."""
        self._print({"event": "packet", **asdict(row)})

    def close(self) -> None:
        """Nothing to end."""

    def _print(self, event: dict[str, Any]) -> None:
        print(json.dumps(event), file=self.output, flush=True)


@dataclass(slots=True)
class PlainView:
    """A line a packet, printed when it is finalized."""

    output: TextIO = sys.stdout
    """Where lines go."""

    def show_ready(self, ready: Ready) -> None:
        """Print what runs where, and the head of the table."""
        for line in describe_ready(ready):
            print(line, file=self.output, flush=True)
        print(f" {HEADINGS}", file=self.output, flush=True)

    def show_packet(self, row: PacketRow) -> None:
        """Print the row of a finalized packet."""
        if row.status == Head.FINALIZED.value:
            print(f" {format_row(row)}", file=self.output, flush=True)

    def close(self) -> None:
        """Nothing to end."""


class LiveView:
    """A table of the last packets, redrawn as they move."""

    def __init__(self) -> None:
        self._rows: dict[int, PacketRow] = {}
        self._live: Live | None = None

    def show_ready(self, ready: Ready) -> None:
        """Print what runs where, and start the table."""
        from rich.console import Console
        from rich.live import Live

        console = Console()
        for line in describe_ready(ready):
            console.print(line, highlight=False)
        self._live = Live(self._render(), console=console, refresh_per_second=8)
        self._live.start()

    def show_packet(self, row: PacketRow) -> None:
        """Redraw the table."""
        self._rows[row.packet] = row
        for packet in sorted(self._rows)[:-SHOWN_PACKETS]:
            del self._rows[packet]
        if self._live is not None:
            self._live.update(self._render())

    def close(self) -> None:
        """Leave the table as it is."""
        if self._live is not None:
            self._live.stop()

    def _render(self) -> Any:
        from rich.text import Text

        text = Text()
        text.append(f" {HEADINGS}\n", style="dim")
        for packet in sorted(self._rows):
            row = self._rows[packet]
            text.append(f" {format_row(row)}\n", style=_STYLES[row.status])
        text.append(" Ctrl-C stops", style="dim")
        return text


HEADINGS: Final = "packet  view  txs      gas  committee  signed  L1 block  status"
"""Head of the table."""
_STYLES: Final = {
    "executed": "default",
    "endorsed": "cyan",
    "committed": "yellow",
    "finalized": "green",
}


def describe_ready(ready: Ready) -> list[str]:
    """Describe a devnet that runs."""
    size = ready.endorsers // ready.committees
    drawn = f"{ready.committees} × {size}, quorum {ready.quorum}"
    malicious = f"{ready.malicious} of {ready.endorsers} malicious"
    capture = f"P[capture | {malicious}] = {ready.capture_probability:.1e} each"
    lines = [
        f"corollup {__version__} · devnet · seed {ready.seed}",
        "",
        f"  ✓ L1                     {ready.l1_url or 'in process':<24} chain {ready.l1_chain_id}",
        f"  ✓ contracts deployed     MC {ready.management_contract}",
        f"                           SC {ready.state_contract}",
        f"  ✓ keys registered        {ready.producers} producers · {ready.endorsers} endorsers",
        f"  ✓ committees drawn       {drawn}   {capture}   small devnet!",
        f"  ✓ L2 RPC                 {ready.l2_url or 'in process':<24} chain {ready.l2_chain_id}",
        "",
        "  Funded L2 accounts: those of the test mnemonic, 100 ETH each",
    ]
    first = DEV_ACCOUNTS[0]
    lines += [
        f"  (0) {to_hex(first.address)}  key {to_hex(first.private_key)}",
        "  Dev keys are public. Never send real money to them.",
        "",
    ]
    return lines


def format_row(row: PacketRow) -> str:
    """Format a packet as a row under `HEADINGS`."""
    transactions = "-" if row.transactions is None else str(row.transactions)
    gas = f"{row.gas_used / GAS_A_MEGAGAS:.2f} Mg"
    signed = f"{row.signed}/{row.voters}"
    l1_block = "-" if row.l1_block is None else str(row.l1_block)
    committee = f"#{row.committee}"
    return (
        f"{row.packet:>6}  {row.view:>4}  {transactions:>3}  {gas:>7}  {committee:>9}"
        f"  {signed:>6}  {l1_block:>8}  {row.status}"
    )
