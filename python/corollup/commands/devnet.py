"""`corollup devnet`: a rollup with its L1 in this process, packets reaching finality."""

import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corollup.errors import ErrorCode, UserError

if TYPE_CHECKING:
    from corollup.devnet import DevnetOptions
    from corollup.devnet.view import View


def register(app: typer.Typer) -> None:
    """Add the command, and the one below it."""
    group = typer.Typer(invoke_without_command=True)
    group.callback()(devnet)
    group.command("inject")(inject)
    app.add_typer(group, name="devnet")


def inject(
    kind: Annotated[str, typer.Argument(help="bad-endorse, bad-root or equivocate.")],
    instance: Annotated[int, typer.Option(help="Instance of the running devnet.")] = 0,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Commit a crime on a running devnet, whose fisherman then shows it to the L1."""
    import asyncio
    import json

    from corollup.devnet.control import ask, find_socket
    from corollup.devnet.crimes import Crime

    known = [crime.value for crime in Crime]
    if kind not in known:
        raise UserError(
            ErrorCode.ARGUMENT_IMPOSSIBLE,
            f"there is no crime {kind}",
            fix=f"Use one of {', '.join(known)}.",
            exit_code=2,
        )
    answer = asyncio.run(ask(find_socket(instance), {"inject": kind}))
    if json_output:
        print(json.dumps(answer))
        return
    for packet in answer["packets"]:
        print(f"{kind}: packet {packet['number']} {packet['digest']}")


def devnet(
    context: typer.Context,
    seed: Annotated[int, typer.Option(help="Decides keys, shuffles and traffic.")] = 7,
    instance: Annotated[int, typer.Option(help="Shifts the ports by 20 each.")] = 0,
    producers: Annotated[int, typer.Option(help="Registered producers.")] = 2,
    endorsers: Annotated[int, typer.Option(help="Seats, a node each.")] = 8,
    committees: Annotated[int, typer.Option(help="Committees, of equal size.")] = 2,
    l1: Annotated[str | None, typer.Option(help="URL of an L1 node; else one is embedded.")] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder for signing histories and L2 states; else states are in memory."),
    ] = None,
    code_cache_mib: Annotated[int, typer.Option(help="Codes that nodes remember, MiB.")] = 64,
    point_cache_mib: Annotated[int, typer.Option(help="Points that nodes remember, MiB.")] = 16,
    state_history: Annotated[
        int, typer.Option(help="Packets that an L2 state on disk can take back.")
    ] = 128,
    state_cache_mib: Annotated[
        int, typer.Option(help="Memory of a producer beside its L2 state on disk, MiB.")
    ] = 384,
    fisherman: Annotated[
        bool, typer.Option(help="A node that executes everything and reports faults.")
    ] = True,
    headless: Annotated[bool, typer.Option("--headless", help="Plain lines, no table.")] = False,
    packets: Annotated[
        int | None, typer.Option(min=1, help="Stop after as many finalized packets.")
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print an object a line.")] = False,
) -> None:
    """Run a whole network: L1, contracts, producers, endorsers, light traffic."""
    if context.invoked_subcommand is not None:
        return
    import asyncio

    from corollup.devnet import DevnetOptions
    from corollup.logs import configure_logs

    configure_logs(context.obj)
    options = DevnetOptions(
        seed=seed,
        instance=instance,
        producers=producers,
        endorsers=endorsers,
        committees=committees,
        l1_url=l1,
        data_dir=data,
        code_cache_mib=code_cache_mib,
        point_cache_mib=point_cache_mib,
        state_history=state_history,
        state_cache_mib=state_cache_mib,
        fisherman=fisherman,
    )
    options.validate()
    view = _choose_view(headless=headless, json_output=json_output)
    try:
        is_complete = asyncio.run(_run_until_stopped(_run(options, view, packets)))
    finally:
        view.close()
    # Ctrl-C is how a devnet ends, but not one that has to reach a number of packets.
    if not is_complete and packets is not None:
        typer.echo(f"stopped before packet {packets} was finalized", err=True)
        raise typer.Exit(1)


def _choose_view(*, headless: bool, json_output: bool) -> "View":
    import sys

    from corollup.devnet.view import JsonView, LiveView, PlainView

    if json_output:
        return JsonView()
    return LiveView() if sys.stdout.isatty() and not headless else PlainView()


async def _run_until_stopped(work: Coroutine[None, None, None]) -> bool:
    """
    Run until the work is done, or until Ctrl-C or SIGTERM.

    Returns:
        Whether the work is done.
    """
    import asyncio

    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # A shell starts what it runs in the background without an interrupt: this one listens.
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return False
    return True


async def _run(options: "DevnetOptions", view: "View", packets: int | None) -> None:
    from corollup.devnet import Devnet
    from corollup.devnet.control import Control, find_socket
    from corollup.devnet.describe import describe_devnet, describe_packet
    from corollup.engine import get_engine
    from corollup.node.finality import HeadMoved
    from corollup.node.headers import Head

    async with (
        Devnet(options, engine=get_engine(caches=options.make_caches())) as net,
        Control(net, find_socket(options.instance)),
    ):

        def show(moved: HeadMoved) -> None:
            row = describe_packet(net, moved)
            if row is not None:
                view.show_packet(row)

        view.show_ready(await describe_devnet(net))
        net.listeners.append(show)
        await net.wait_for(packets if packets is not None else 2**64, Head.FINALIZED)
