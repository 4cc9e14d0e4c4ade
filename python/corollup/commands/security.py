"""`corollup security`: how likely a committee is captured or stalled."""

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from corollup.errors import ArgumentError, ErrorCode, UserError

if TYPE_CHECKING:
    from decimal import Decimal

    from corollup.spec.security import Election, Risk

DEFAULT_COMMITTEE_SIZE: Final = 128
"""Members of a committee on a public network."""

DEFAULT_COMMITTEES: Final = 8
"""Committees on a public network: 1024 seats."""

SHOWN_SIZES: Final = (32, 64, 128)
"""Committee sizes of the proposal's table, shown for comparison."""


def register(app: typer.Typer) -> None:
    """Give `app` the command."""
    app.command()(security)


def security(
    nodes: Annotated[
        int | None, typer.Option(help="Nodes N; what the committees need if not given.")
    ] = None,
    byzantine: Annotated[
        str, typer.Option(metavar="K|a/b", help="Malicious nodes: a number, or a share of N.")
    ] = "1/3",
    committee_size: Annotated[
        int | None, typer.Option(help="Members n of a committee.  [default: 128, or what fits]")
    ] = None,
    committees: Annotated[
        int | None, typer.Option(help="Committees M of a draw.  [default: 8, or what fits]")
    ] = None,
    quorum: Annotated[
        str, typer.Option(metavar="a/b", help="Share of a committee that is a quorum, rounded up.")
    ] = "2/3",
    epoch_seconds: Annotated[int, typer.Option(help="Seconds from one draw to the next.")] = 21_600,
    binomial: Annotated[
        bool, typer.Option("--binomial", help="Draw from an unbounded number of nodes.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """How likely a committee is captured or stalled, exactly."""
    from corollup.spec.security import Election

    committee_size, committees, nodes = _fill_in(committee_size, committees, nodes)
    try:
        election = Election(
            nodes=nodes,
            byzantine=_parse_byzantine(byzantine),
            committee_size=committee_size,
            committees=committees,
            quorum_share=_parse_share("--quorum", quorum),
            epoch_seconds=epoch_seconds,
            binomial=binomial,
        )
    except ArgumentError as error:
        raise _refuse(str(error)) from None
    if json:
        _print_json(election)
    else:
        _print_tables(election)


def _fill_in(size: int | None, committees: int | None, nodes: int | None) -> tuple[int, int, int]:
    """Choose what was not given so that the committees fit the nodes, N = M·n if possible."""
    if size is None:
        fits = nodes // max(committees or 1, 1) if nodes is not None else DEFAULT_COMMITTEE_SIZE
        size = max(fits if committees is not None else min(fits, DEFAULT_COMMITTEE_SIZE), 1)
    if committees is None:
        committees = max(nodes // max(size, 1), 1) if nodes is not None else DEFAULT_COMMITTEES
    return size, committees, committees * size if nodes is None else nodes


def _parse_byzantine(text: str) -> int | Fraction:
    return int(text) if _is_number(text) else _parse_share("--byzantine", text)


def _parse_share(option: str, text: str) -> Fraction:
    numerator, slash, denominator = text.partition("/")
    if not (slash and _is_number(numerator) and _is_number(denominator) and int(denominator)):
        expected = "a number or a share a/b" if option == "--byzantine" else "a share a/b"
        raise _refuse(f"{option} is {text!r}, expected {expected}")
    return Fraction(int(numerator), int(denominator))


def _is_number(text: str) -> bool:
    """Whether the text is a number of at most 18 decimal digits."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def _refuse(why: str) -> UserError:
    return UserError(ErrorCode.ARGUMENT_IMPOSSIBLE, "impossible election", why=why, exit_code=2)


def _print_json(election: "Election") -> None:
    import msgspec

    from corollup.spec.security import assess_capture, assess_stall

    document: dict[str, Any] = {
        "model": _name_model(election),
        "nodes": None if election.binomial else election.nodes,
        "byzantine": None if election.binomial else election.byzantine_nodes,
        "byzantine_share": str(election.byzantine_share),
        "committee_size": election.committee_size,
        "committees": election.committees,
        "quorum": election.quorum,
        "blocking": election.blocking,
        "epoch_seconds": election.epoch_seconds,
        "draws_per_year": election.draws_per_year,
        **_describe_risk("capture", assess_capture(election)),
        **_describe_risk("stall", assess_stall(election)),
    }
    # A number of any exponent: a probability of 1e-400 is no zero.
    encoder = msgspec.json.Encoder(decimal_format="number")
    print(msgspec.json.format(encoder.encode(document)).decode())


def _describe_risk(name: str, risk: "Risk") -> dict[str, "Decimal"]:
    from decimal import Context

    rounding = Context(prec=17)
    return {
        f"{name}_probability": rounding.plus(risk.single),
        f"{name}_probability_any_committee": rounding.plus(risk.any_committee),
        f"{name}_probability_per_year": rounding.plus(risk.per_year),
    }


def _print_tables(election: "Election") -> None:
    from dataclasses import replace

    from rich.console import Console
    from rich.table import Table

    from corollup.spec.security import assess_capture, assess_stall

    console = Console(highlight=False)
    console.print(_describe(election), soft_wrap=True)
    sizes = {size for size in SHOWN_SIZES if _fits(election, size)} | {election.committee_size}
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for title in ("members", "event", "needs", "one committee", "any of them", "in a year"):
        table.add_column(title, justify="left" if title == "event" else "right")
    for size in sorted(sizes):
        same = size == election.committee_size
        other = election if same else replace(election, committee_size=size)
        for event, risk in (("captured", assess_capture(other)), ("stalled", assess_stall(other))):
            numbers = (risk.single, risk.any_committee, risk.per_year)
            first = str(size) if event == "captured" else ""
            needs = f"≥ {risk.members}"
            shown = (f"{number:.3e}" for number in numbers)
            table.add_row(first, event, needs, *shown, style="" if same else "dim")
    console.print(table)
    console.print(
        "captured: malicious members are a quorum and endorse what they like.\n"
        "stalled: without the malicious members there is no quorum; the next rung takes over.\n"
        "any of them, in a year: upper bounds; the sum over committees, then independent draws.",
        soft_wrap=True,
    )


def _fits(election: "Election", size: int) -> bool:
    return election.binomial or election.committees * size <= election.nodes


def _describe(election: "Election") -> str:
    share = election.byzantine_share
    drawn = (
        f"each member malicious with probability {share}"
        if election.binomial
        else f"{election.nodes} nodes, {election.byzantine_nodes} malicious"
    )
    return (
        f"{drawn} · {election.committees} committees of {election.committee_size} · "
        f"quorum {election.quorum} · {_name_model(election)}\n"
        f"a draw every {election.epoch_seconds} s, {election.draws_per_year} a year\n"
    )


def _name_model(election: "Election") -> str:
    return "binomial" if election.binomial else "hypergeometric"
