"""`corollup devnet`: a rollup with its L1 in this process, packets reaching finality."""

import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from corollup.devnet import DevnetOptions
    from corollup.devnet.view import View


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("devnet")(devnet)


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
    headless: Annotated[bool, typer.Option("--headless", help="Plain lines, no table.")] = False,
    packets: Annotated[
        int | None, typer.Option(min=1, help="Stop after as many finalized packets.")
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print an object a line.")] = False,
) -> None:
    """Run a whole network: L1, contracts, producers, endorsers, light traffic."""
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
    from corollup.devnet.describe import describe_devnet, describe_packet
    from corollup.engine import get_engine
    from corollup.node.finality import HeadMoved
    from corollup.node.headers import Head

    async with Devnet(options, engine=get_engine(caches=options.make_caches())) as net:

        def show(moved: HeadMoved) -> None:
            row = describe_packet(net, moved)
            if row is not None:
                view.show_packet(row)

        view.show_ready(await describe_devnet(net))
        net.listeners.append(show)
        await net.wait_for(packets if packets is not None else 2**64, Head.FINALIZED)
