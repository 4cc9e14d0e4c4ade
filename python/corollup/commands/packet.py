"""`corollup packet`: look at execution results in files."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from corollup.engine import Verdict


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
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Verify an execution result from its file alone: no state, no L1."""
    from corollup.engine import verify_execution_result

    verdict = verify_execution_result(_read(file))
    if json_output:
        print(json.dumps(_describe(verdict)))
    else:
        _print(verdict)
    if verdict.status != 1:
        raise typer.Exit(1)


def _read(file: Path) -> bytes:
    from corollup.errors import ErrorCode, UserError

    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(
            ErrorCode.FILE_UNREADABLE,
            f"{file} cannot be read",
            why=error.strerror or str(error),
            fix="Name the file of an execution result.",
            exit_code=2,
        ) from error


def _describe(verdict: "Verdict") -> dict[str, Any]:
    from corollup.spec.containers import Header

    header = None if verdict.header is None else Header.decode(verdict.header)
    return {
        "valid": verdict.status == 1,
        "status": verdict.status,
        "reason": verdict.reason,
        "class": verdict.reason_class,
        "message": verdict.message,
        "digest": None if verdict.digest is None else f"0x{verdict.digest.hex()}",
        "number": header and header.number,
        "gas_used": header and header.gas_used,
        "checks_not_done": verdict.checks_not_done,
    }


def _print(verdict: "Verdict") -> None:
    facts = _describe(verdict)
    if verdict.reason is None:
        print(f"valid: packet {facts['number']}, gas {facts['gas_used']}, digest {facts['digest']}")
    else:
        print(f"rejected: {verdict.reason}")
        print(f"{verdict.reason_class}: {verdict.message}")
    if verdict.checks_not_done:
        print(f"not checked without a node: {', '.join(verdict.checks_not_done)}")
