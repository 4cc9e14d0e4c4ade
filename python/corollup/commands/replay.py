"""`corollup replay`: real Ethereum blocks from packet to finality."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from corollup.replay.drive import Replayed
    from corollup.replay.files import BlockFiles


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay)


def replay(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(help="Folders of many blocks, or of one.", metavar="PATH…")
    ],
    json_output: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a block.")
    ] = False,
    save_results: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write execution results as NUMBER.result, with NUMBER.hints."
        ),
    ] = None,
    accounts: Annotated[
        int, typer.Option(min=0, help="Further accounts in the state of each block.")
    ] = 0,
    bench: Annotated[
        bool, typer.Option("--bench", help="Take each time five times in turn; the least counts.")
    ] = False,
    backend: Annotated[
        Literal["auto", "portable"] | None,
        typer.Option(help="Arithmetic of the native core: the fastest, or that of every machine."),
    ] = None,
) -> None:
    """
    Drive historical Ethereum blocks through producer, committee, aggregate and L1 commit.

    What the execution gives is compared with each block's own header.
    """
    from corollup.engine import choose_backend
    from corollup.errors import CorollupError
    from corollup.logs import configure_logs
    from corollup.replay.files import read_blocks
    from corollup.replay.report import TABLE_HEADING, format_row

    configure_logs(context.obj)
    if backend is not None:
        choose_backend(backend)
    if save_results is not None:
        _make_folder(save_results)
    if not json_output:
        print(TABLE_HEADING)
    failed = False
    for files in read_blocks(paths):
        try:
            replayed, differences = _replay(files, accounts, bench=bench)
        except CorollupError as error:
            differences = [f"block {files.name}: {error}"]
        else:
            report = replayed.report
            print(json.dumps(report.to_json()) if json_output else format_row(report), flush=True)
            if save_results is not None:
                _write(save_results / f"{report.number}.result", replayed.result)
                _write(save_results / f"{report.number}.hints", replayed.hints)
        for difference in differences:
            failed = True
            typer.echo(difference, err=True)
    if failed:
        raise typer.Exit(1)


def _replay(files: "BlockFiles", accounts: int, *, bench: bool) -> tuple["Replayed", list[str]]:
    """Replay one block; returns what differs from its header, too."""
    from corollup.engine import ReplayBlock
    from corollup.replay.drive import replay_block
    from corollup.replay.report import find_differences

    block = ReplayBlock(files.block, files.pre_state, files.codes, files.block_hashes)
    replayed = replay_block(block, further_accounts=accounts, bench=bench)
    return replayed, list(find_differences(replayed.report, block))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(f"{folder} cannot be made", error) from error


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise _unwritable(f"{file} cannot be written", error) from error


def _unwritable(what: str, error: OSError) -> Exception:
    from corollup.errors import ErrorCode, UserError

    return UserError(
        ErrorCode.FILE_UNREADABLE,
        what,
        why=error.strerror or str(error),
        fix="Name a folder that can be written.",
        exit_code=2,
    )
