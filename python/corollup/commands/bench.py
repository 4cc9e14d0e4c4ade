"""`corollup bench`: measure the native core beside its peers."""

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from corollup.bench.rows import Row

BackendChoice = Literal["all", "auto", "portable"]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    bench = typer.Typer(no_args_is_help=True, help="Measure the native core beside its peers.")

    @bench.callback()
    def group() -> None:
        """Measure the native core beside its peers."""

    bench.command("run")(run)
    app.add_typer(bench, name="bench")


def run(
    suite: Annotated[Literal["goals"], typer.Option(help="What is measured.")] = "goals",
    quick: Annotated[
        bool, typer.Option("--quick", help="Take each time five times, for a run of minutes.")
    ] = False,
    backend: Annotated[
        BackendChoice,
        typer.Option(help="Both backends, the fastest of this machine, or the portable one."),
    ] = "all",
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="PART", help="Measure this part alone; may be given again."),
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a row.")
    ] = False,
) -> None:
    """
    Measure every row of the goals, each beside a peer in the same run.

    Rows of mainnet blocks need the folder that COROLLUP_DATA names; what is lacking is told on the
    error stream. A goal that is missed is shown and is no failure.
    """
    from corollup.bench.suite import FULL_RUNS, QUICK_RUNS, SUITES, run_suite

    known = list(SUITES[suite])
    parts = only or known
    _require_known(parts, known)
    runs = QUICK_RUNS if quick else FULL_RUNS
    if not json_output:
        print(TABLE_HEADING)
    for _, row in run_suite(parts, _backends(backend), runs, partial(typer.echo, err=True)):
        shown = json.dumps(row.to_json(), ensure_ascii=False) if json_output else format_row(row)
        print(shown, flush=True)


def _backends(choice: BackendChoice) -> list[str]:
    from corollup.engine import available_backends

    return list(available_backends()) if choice == "all" else [choice]


def _require_known(parts: list[str], known: list[str]) -> None:
    from corollup.errors import ErrorCode, UserError

    for part in parts:
        if part not in known:
            raise UserError(
                ErrorCode.ARGUMENT_IMPOSSIBLE,
                f"there is no part {part!r}",
                fix=f"Name one of {', '.join(known)}.",
                exit_code=2,
            )


TABLE_HEADING = f"{'metric':<56} {'backend':<9} {'value':>9} {'unit':<6} {'goal':>6}     peer"
"""Heading of the rows of `format_row`."""


def format_row(row: "Row") -> str:
    """Format a row of the table."""
    goal = "" if row.goal is None else f"{row.goal:g}"
    mark = {True: "met", False: "not", None: ""}[row.ok]
    return (
        f"{row.metric:<56} {row.backend:<9} {row.value:>9.4g} {row.unit:<6} {goal:>6} {mark:<3}"
        f" {row.peer_value:.4g} ({row.peer})"
    )
