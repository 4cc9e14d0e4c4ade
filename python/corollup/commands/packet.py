"""`corollup packet`: look at execution results in files."""

import json
import statistics
import time
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
    backend: Annotated[
        Literal["auto", "portable"] | None,
        typer.Option(help="Arithmetic of the native core: the fastest, or that of every machine."),
    ] = None,
    hints: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What a producer sends beside it to spare recoveries."),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Ask that every commitment of the proof is in the group."),
    ] = False,
    repeat: Annotated[
        int | None,
        typer.Option(min=1, metavar="K", help="Verify K times, cold each time; tell the times."),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Verify an execution result from its file alone: no state, no L1."""
    from corollup.engine import choose_backend, get_engine
    from corollup.spec.verdict import Context

    if backend is not None:
        choose_backend(backend)
    encoded, endorser = _read(file), get_engine(engine).endorser
    context = Context(hints=_read(hints) if hints else None, strict=strict)
    seconds = []
    for _ in range(repeat or 1):
        start = time.perf_counter()
        verdict = endorser.verify(encoded, context)
        seconds.append(time.perf_counter() - start)
    times = _describe_times(seconds) if repeat else {}
    if json_output:
        print(json.dumps(_describe(verdict) | times))
    else:
        _print(verdict)
        if times:
            print(TIMES.format(**times))
    if verdict.status != 1:
        raise typer.Exit(1)


TIMES = (
    "{runs} times on {backend}: least {verify_min_ms} ms, median {verify_median_ms} ms,"
    " peak memory {peak_rss_mib} MiB"
)
"""How `--repeat` is told."""


def _describe_times(seconds: list[float]) -> dict[str, Any]:
    from corollup.engine import backend

    return {
        "runs": len(seconds),
        "backend": backend(),
        "verify_min_ms": round(1e3 * min(seconds), 3),
        "verify_median_ms": round(1e3 * statistics.median(seconds), 3),
        "peak_rss_mib": round(_read_peak_mib(), 1),
    }


def _read_peak_mib() -> float:
    """Return the most memory that this process has had at once."""
    # getrusage counts what the process was before it became this program, too.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


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
