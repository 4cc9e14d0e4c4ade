"""`corollup packet`: look at execution results in files."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from corollup.spec.verdict import Verdict


def register(app: typer.Typer) -> None:
    """Add the command group."""
    packet = typer.Typer(no_args_is_help=True, help="Look at execution results in files.")

    @packet.callback()
    def group() -> None:
        """Look at execution results in files."""

    packet.command("verify")(verify)
    app.add_typer(packet, name="packet")


def verify(
    file: Annotated[Path, typer.Argument(help="An encoded execution result.")],
    engine: Annotated[
        Literal["native", "reference"],
        typer.Option(help="The native core, or the specification in pure Python."),
    ] = "native",
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Verify an execution result from its file alone: no state, no L1."""
    from corollup.engine import get_engine
    from corollup.spec.verdict import Context

    verdict = get_engine(engine).endorser.verify(_read(file), Context())
    if json_output:
        print(json.dumps(_describe(verdict)))
    else:
        _print(verdict)
    if verdict.status != 1:
        raise typer.Exit(1)


def _read(file: Path) -> bytes:
    from corollup.errors import ErrorCode, UserError
    from corollup.spec.constants import MAX_RESULT_BYTES

    try:
        with file.open("rb") as opened:
            # One byte over the limit is enough to be refused: a device may never end.
            return opened.read(MAX_RESULT_BYTES + 1)
    except OSError as error:
        raise UserError(
            ErrorCode.FILE_UNREADABLE,
            f"{file} cannot be read",
            why=error.strerror or str(error),
            fix="Name the file of an execution result.",
            exit_code=2,
        ) from error


def _describe(verdict: "Verdict") -> dict[str, Any]:
    reason, header = verdict.reason, verdict.header
    return {
        "valid": verdict.status == 1,
        "status": verdict.status,
        "reason": reason and reason.value,
        "class": reason and reason.reason_class.value,
        "message": verdict.message,
        "digest": None if verdict.digest is None else f"0x{verdict.digest.hex()}",
        "number": header and header.number,
        "gas_used": header and header.gas_used,
        "checks_not_done": list(verdict.checks_not_done),
    }


def _print(verdict: "Verdict") -> None:
    facts = _describe(verdict)
    if verdict.reason is None:
        print(f"valid: packet {facts['number']}, gas {facts['gas_used']}, digest {facts['digest']}")
    else:
        print(f"rejected: {facts['reason']}")
        print(f"{facts['class']}: {verdict.message}")
    if verdict.checks_not_done:
        print(f"not checked without a node: {', '.join(verdict.checks_not_done)}")
