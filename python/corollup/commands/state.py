"""`corollup state`: the L2 state of a node, into a snapshot and out of one."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from corollup.engine import SnapshotSummary

JsonOption = Annotated[bool, typer.Option("--json", help="Print an object a line.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    help_text = "Write the L2 state of a node as a snapshot, or start a node from one."
    state = typer.Typer(no_args_is_help=True, help=help_text)
    state.command("export")(export)
    state.command("import")(import_)
    app.add_typer(state, name="state")


def export(
    state: Annotated[Path, typer.Argument(help="State file of a node that does not run.")],
    snapshot: Annotated[Path, typer.Argument(help="Where the snapshot goes.")],
    json_output: JsonOption = False,
) -> None:
    """Write a state as one file, whose bytes follow from the state alone."""
    from corollup.engine import export_state

    _require_readable(state, "Name the state file of a node.")
    _print_summary(
        "exported", export_state(state, snapshot, _make_progress(json_output)), json_output
    )


def import_(
    snapshot: Annotated[Path, typer.Argument(help="A snapshot.")],
    state: Annotated[Path, typer.Argument(help="State file to make; it must not be there.")],
    json_output: JsonOption = False,
) -> None:
    """Build a state from a snapshot: every commitment anew, and the root compared."""
    from corollup.engine import import_state

    _require_readable(snapshot, "Name a file that `corollup state export` wrote.")
    _print_summary(
        "imported", import_state(snapshot, state, _make_progress(json_output)), json_output
    )


def _require_readable(path: Path, fix: str) -> None:
    from corollup.errors import ErrorCode, UserError

    try:
        path.open("rb").close()
    except OSError as error:
        raise UserError(
            ErrorCode.FILE_UNREADABLE,
            f"{path} cannot be read",
            why=error.strerror or str(error),
            fix=fix,
            exit_code=2,
        ) from error


def _make_progress(json_output: bool) -> Callable[[int], None]:
    def report(stems: int) -> None:
        if json_output:
            print(json.dumps({"event": "progress", "stems": stems}), flush=True)
        elif sys.stderr.isatty():
            print(f"\r{stems:,} stems", end="", file=sys.stderr, flush=True)

    return report


def _describe(summary: "SnapshotSummary") -> dict[str, Any]:
    return {
        "number": summary.number,
        "digest": f"0x{summary.digest.hex()}",
        "state_root": f"0x{summary.state_root.hex()}",
        "stems": summary.stems,
        "codes": summary.codes,
    }


def _print_summary(done: str, summary: "SnapshotSummary", json_output: bool) -> None:
    if json_output:
        print(json.dumps({"event": done, **_describe(summary)}))
        return
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(
        f"{done}: packet {summary.number}, {summary.stems} stems, {summary.codes} codes, "
        f"root 0x{summary.state_root.hex()}"
    )
