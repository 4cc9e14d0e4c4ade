"""The section of the README with measured figures, written from the result files."""

import json
import re
from pathlib import Path
from typing import Any, Final

HEADING: Final = "## Measured\n"
"""First line of the section, which ends before the next heading."""
SHOWN_BLOCKS: Final = (4370000, 12300570, 17666333)
"""The mainnet blocks of the table."""

EXPLANATION: Final = (
    "One core, empty caches, AVX-512 lanes where the processor has them. A bare node decodes,"
    " recovers the senders (libsecp256k1) and runs the block in memory: what every node does."
    " The endorser has the producer's hints of the senders; the witness is the Verkle proof and the"
    " values that it shows."
)
"""What the columns of the table are."""

Rows = list[dict[str, Any]]


def render_section(results: Path) -> str:
    """The section, heading included."""
    goals = json.loads((results / "goals.json").read_text())
    replay = json.loads((results / "replay.json").read_text())
    machine = goals["machine"]
    return "\n".join(
        [
            HEADING,
            (
                f"{machine['cores']} cores of an {machine['cpu']}; `make bench` writes"
                " [all figures](benches/results/README.md), those that miss their goal too.\n"
            ),
            render_blocks(replay["rows"]),
            EXPLANATION,
            render_sentences(goals["rows"]),
            "\n",
        ]
    )


def render_blocks(rows: Rows) -> str:
    """A table of some blocks."""
    lines = [
        (
            "| mainnet block | transactions | gas | bare node | build the packet"
            " | verify without the state | witness |"
        ),
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['number']} | {row['txs']} | {row['gas_used'] / 1e6:.1f} M"
        f" | {row['bare_min_ms']:.1f} ms | {row['build_ms']:.1f} ms"
        f" | {row['verify_cold_min_ms']:.1f} ms | {row['witness_bytes'] / 1000:.0f} kB |"
        for row in rows
        if row["number"] in SHOWN_BLOCKS
    ]
    return "\n".join(lines) + "\n"


def render_sentences(rows: Rows) -> str:
    """What the goals say of endorsers and aggregators."""
    figures = {(row["metric"], row["backend"]): row for row in reversed(rows)}
    fastest = "lanes" if any(row["backend"] == "lanes" for row in rows) else "portable"
    verify = "EN verify ÷ bare node, sum, 1 core"
    own, portable = (figures[verify, backend]["value"] for backend in (fastest, "portable"))
    without_hints = figures["EN verify without hints ÷ bare node, sum, 1 core", fastest]["value"]
    compared = figures["128 endorsements ÷ py_ecc", fastest]
    times = 1 / compared["value"]
    milliseconds = compared["value"] * compared["peer_value"]
    return (
        f"In a state of 10⁶ further accounts an endorser verifies the blocks of 10 Mgas and more in"
        f" {own:.2f} times what a bare node takes with AVX-512 lanes ({without_hints:.2f} without"
        f" hints), {portable:.2f} times without lanes;"
        f" 128 endorsements take {milliseconds:.1f} ms from bytes to a checked sum,"
        f" {round(times, -1):.0f} times less than py_ecc."
    )


def find_section(readme: str) -> str:
    """The section as it stands in a README."""
    found = re.search(rf"^{re.escape(HEADING)}.*?(?=^## )", readme, re.MULTILINE | re.DOTALL)
    if found is None:
        raise LookupError(f"the README has no section {HEADING.strip()!r}")
    return found[0]


def update(readme: Path, results: Path) -> None:
    """Write the section anew."""
    text = readme.read_text()
    readme.write_text(text.replace(find_section(text), render_section(results)))
