"""Render the result files as one page of Markdown."""

import json
from itertools import groupby
from pathlib import Path
from typing import Any, Final


def render(results: Path) -> str:
    """The page `benches/results/README.md`."""
    pages = ["# Measurements\n\nWritten by `make bench` from the JSON files beside this page.\n"]
    for suite in SUITES:
        file = results / f"{suite}.json"
        if not file.exists():
            continue
        document = json.loads(file.read_text())
        machine = ", ".join(f"{key} {value}" for key, value in document["machine"].items())
        chart = f"![{suite}]({suite}.svg)\n\n" if suite in CHARTED else ""
        table = TABLES[suite](document["rows"])
        pages.append(f"## {suite}\n\nMachine: {machine}.\n\n{chart}{table}")
    if (results / "soak.json").exists():
        pages.append(render_soak(json.loads((results / "soak.json").read_text())))
    if (results / "honest.json").exists():
        pages.append(render_honest(json.loads((results / "honest.json").read_text())))
    return "\n".join(pages)


def keep(file: Path, document: dict[str, Any]) -> None:
    """Write a result file, whole or not at all, and the page beside it again, if there is one."""
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(document, indent=1) + "\n")
    partial.replace(file)
    page = file.with_name("README.md")
    if page.exists():
        page.write_text(render(file.parent))


def render_soak(document: dict[str, Any]) -> str:
    """What the last run of `make soak` checked."""
    result = document["result"]
    return (
        f"## soak\n\nOf commit {result['commit']}: {result['packets']} random packets of the seeds"
        f" below {result['next_seed']}, each also altered, gave the same bytes and verdicts on 1, 2"
        f" and 8 threads with {' and '.join(document['backends'])}, with and without hints: three"
        f" of these settings a packet in turn, and all for every 32nd;"
        f" {result['reference_packets']} small ones the same as the specification."
        f" {document['packets_a_second']:g} packets a second.\n"
    )


def render_honest(document: dict[str, Any]) -> str:
    """What the last run of `make soak-honest` went through."""
    result = document["result"]
    found = (
        f"Of commit {result['commit']}: in the seeds below {result['next_seed']} no key of an"
        f" honest node gave evidence of a fault; {result['signatures']} of its signatures were"
        f" judged. {document['seeds_a_second']:g} seeds a second."
    )
    rows = [f"| {kind} | {seeds} |" for kind, seeds in result["coverage"].items()]
    lines = ["## honest", "", found, "", "| what came to pass | seeds |", "|---|---:|", *rows]
    return "\n".join(lines) + "\n"


def render_goals(rows: list[dict[str, Any]]) -> str:
    """A table of the goals, one line a metric and peer, with both backends."""
    lines = [
        "| figure | unit | lanes | goal | portable | goal | peer | its figure |",
        "|---|---|---:|---:|---:|---:|---|---:|",
    ]
    by_metric: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        by_metric.setdefault((row["metric"], row["peer"]), {})[row["backend"]] = row
    for (metric, peer), found in by_metric.items():
        cells = [
            cell for backend in ("lanes", "portable") for cell in render_goal(found.get(backend))
        ]
        one = next(reversed(found.values()))
        ends = (one["unit"], *cells, peer, f"{one['peer_value']:.3g}")
        lines.append(f"| {metric} | {' | '.join(ends)} |")
    return "\n".join(lines) + "\n"


def render_goal(row: dict[str, Any] | None) -> tuple[str, str]:
    """A figure, bold where it misses its goal, and the goal."""
    if row is None:
        return "–", "–"
    value = f"{row['value']:.3g}"
    if row["goal"] is None:
        return value, "–"
    return (value if row["ok"] else f"**{value}**"), f"≤ {row['goal']:g}"


def render_groups(rows: list[dict[str, Any]]) -> str:
    """A table of groups: median seconds, and how many times the fastest of the group."""
    lines = ["| work | by | median | × fastest |", "|---|---|---:|---:|"]
    for group, members in groupby(sorted(rows, key=group_of), key=group_of):
        ranked = sorted(members, key=lambda row: float(row["seconds"]))
        for row in ranked:
            ratio = row["seconds"] / ranked[0]["seconds"]
            lines.append(
                f"| {group} | {row['name']} | {format_seconds(row['seconds'])} | {ratio:,.1f} |"
            )
    return "\n".join(lines) + "\n"


def render_times(rows: list[dict[str, Any]]) -> str:
    """A table of the median seconds of each work."""
    lines = ["| work | size or step | median |", "|---|---|---:|"]
    lines += [
        f"| {row['group']} | {row['name']} | {format_seconds(row['seconds'])} |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def render_replay(rows: list[dict[str, Any]]) -> str:
    """A table of blocks: building and verifying, each as a multiple of bare execution."""
    columns = ("block", "txs", "gas", "keys", "witness kB", "build ms", "bare ms")
    ratios = ("verify cold ms", "warm ms", "build ÷ bare", "verify cold ÷ bare", "L1 gas")
    lines = [f"| {' | '.join(columns + ratios)} |", "|" + "---:|" * len(columns + ratios)]
    lines += [
        f"| {row['number']} | {row['txs']} | {row['gas_used']} | {row['keys']}"
        f" | {row['witness_bytes'] / 1000:.0f} | {row['build_ms']:.1f} | {row['bare_min_ms']:.1f}"
        f" | {row['verify_cold_min_ms']:.1f} | {row['verify_warm_min_ms']:.1f}"
        f" | {row['build_ms'] / row['bare_min_ms']:.1f}"
        f" | {row['verify_cold_min_ms'] / row['bare_min_ms']:.1f} | {row['l1_gas']} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def render_state(rows: list[dict[str, Any]]) -> str:
    """A table of the steps of a large state, with the most memory that each held."""
    lines = [
        "| work | accounts | time | memory | an account | file |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['name']} | {row['accounts']:,} | {format_seconds(row['seconds'])}"
        f" | {show_mebibytes(row['peak_bytes'])} | {row['peak_bytes'] / row['accounts']:.0f} B"
        f" | {show_mebibytes(row['bytes'])} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def show_mebibytes(size: int) -> str:
    """A size in MiB, a dash for nothing."""
    return f"{size / 2**20:.0f} MiB" if size else "–"


def group_of(row: dict[str, Any]) -> str:
    """The name of the work that a row measures."""
    return str(row["group"])


def format_seconds(seconds: float) -> str:
    """Seconds in the unit that leaves one to three digits before the point."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


CHARTED: Final = ("goals", "replay")
"""The suites that have a chart."""
TABLES: Final = {
    "goals": render_goals,
    "python": render_groups,
    "replay": render_replay,
    "rust": render_times,
    "state": render_state,
}
"""How each suite is shown. A figure that misses its goal is bold."""
SUITES: Final = tuple(TABLES)
"""The suites in the order of the page."""
