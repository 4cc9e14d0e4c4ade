"""Charts of the result files, as PNG and as SVG."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

mpl.use("Agg")
# One run and the next give the same file for the same figures.
mpl.rcParams["svg.hashsalt"] = "corollup"

from matplotlib import pyplot as plt  # noqa: E402

Rows = list[dict[str, Any]]

COLOURS: Final = {"lanes": "#2a6f97", "portable": "#f4a259", "bare": "#8d99ae"}
"""One colour a side, the same in every chart."""


def draw_goals(rows: Rows) -> None:
    """Each figure as a share of its goal: a bar that ends left of the line meets it."""
    metrics = list(dict.fromkeys(row["metric"] for row in rows if row["goal"] is not None))
    axes = plt.figure(figsize=(10, 0.42 * len(metrics) + 1.2)).gca()
    for place, backend in enumerate(("lanes", "portable")):
        found = [row for row in rows if row["backend"] == backend and row["goal"] is not None]
        where = [metrics.index(row["metric"]) + 0.4 * place - 0.2 for row in found]
        shares = [row["value"] / row["goal"] for row in found]
        axes.barh(where, shares, height=0.38, label=backend, color=COLOURS[backend])
    axes.axvline(1, color="black", linewidth=1)
    axes.set_yticks(range(len(metrics)), metrics)
    axes.set_xlabel("figure ÷ goal (1 or less meets it)")
    axes.set_xlim(0, 2.5)
    axes.invert_yaxis()
    axes.legend(loc="lower right")


def draw_replay(rows: Rows) -> None:
    """The least times of each mainnet block on one core."""
    axes = plt.figure(figsize=(10, 5)).gca()
    columns = (
        ("bare_min_ms", "bare node", "bare"),
        ("verify_cold_min_ms", "endorser", "lanes"),
        ("build_ms", "producer", "portable"),
    )
    for place, (column, label, colour) in enumerate(columns):
        where = [index + 0.27 * (place - 1) for index in range(len(rows))]
        times = [row[column] for row in rows]
        axes.bar(where, times, width=0.26, label=label, color=COLOURS[colour])
    names = [f"{row['number']}\n{row['txs']} tx" for row in rows]
    axes.set_xticks(range(len(rows)), names, fontsize=8)
    axes.set_ylabel("ms")
    axes.set_title("mainnet blocks: run, verified without the state, built into a packet")
    axes.legend()


CHARTS: Final[Mapping[str, Callable[[Rows], None]]] = {"goals": draw_goals, "replay": draw_replay}
"""How the file of each suite is drawn."""


def draw(results: Path) -> None:
    """Draw the charts of the result files that are there."""
    for name, draw_rows in CHARTS.items():
        file = results / f"{name}.json"
        if not file.exists():
            continue
        draw_rows(json.loads(file.read_text())["rows"])
        for kind, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
            plt.savefig(results / f"{name}.{kind}", bbox_inches="tight", dpi=110, metadata=metadata)
        plt.close()
