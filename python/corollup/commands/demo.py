"""`corollup demo`: what the protocol promises, shown on a devnet of its own."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from corollup.errors import ErrorCode, UserError

if TYPE_CHECKING:
    from corollup.demo import Demo
    from corollup.demo.stage import Stage, Step


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name of the demo; none lists them.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show a promise of the protocol on a devnet of its own; exit 0 only if it is kept."""
    from corollup.demo import DEMOS, load_demo
    from corollup.demo.stage import DemoFailed, Stage
    from corollup.logs import configure_logs

    if name is None:
        for known in DEMOS:
            print(f"{known:12}  {load_demo(known).summary}")
        return
    if name not in DEMOS:
        raise UserError(
            ErrorCode.ARGUMENT_IMPOSSIBLE,
            f"there is no demo {name}",
            fix=f"Use one of {', '.join(DEMOS)}.",
            exit_code=2,
        )
    configure_logs(context.obj)
    chosen = load_demo(name)
    stage = Stage(tell=(lambda _: None) if json_output else _print_step)
    failure = ""
    try:
        asyncio.run(_play(chosen, stage))
    except DemoFailed as error:
        failure = str(error)
    except TimeoutError:
        failure = f"the promised end is not reached within {chosen.limit_seconds:g} s"
    if json_output:
        _print_json(chosen, stage, failure)
    else:
        _print_end(stage, failure)
    if failure:
        raise typer.Exit(1)


async def _play(demo: "Demo", stage: "Stage") -> None:
    async with asyncio.timeout(demo.limit_seconds):
        await demo.run(stage)


def _print_step(step: "Step") -> None:
    tx = f"  L1 0x{step.tx_hash.hex()}" if step.tx_hash else ""
    print(f"{step.seconds:7.2f} s  {step.what}{tx}", flush=True)


def _print_end(stage: "Stage", failure: str) -> None:
    for balance in stage.balances:
        change = f"{balance.change_ether:+.6f} ETH"
        print(f"  {balance.name:28}  {balance.before} → {balance.after} wei  {change}")
    print(f"FAILED: {failure}" if failure else "The promised end is reached.")


def _print_json(demo: "Demo", stage: "Stage", failure: str) -> None:
    import msgspec

    steps = [
        {
            "what": step.what,
            "seconds": step.seconds,
            "transaction": f"0x{step.tx_hash.hex()}" if step.tx_hash else None,
            **step.facts,
        }
        for step in stage.steps
    ]
    balances = [
        {"name": of.name, "before": str(of.before), "after": str(of.after)} for of in stage.balances
    ]
    result = {
        "demo": demo.name,
        "ok": not failure,
        "failure": failure or None,
        "steps": steps,
        "transactions": [f"0x{tx_hash.hex()}" for tx_hash in stage.transactions],
        "balances": balances,
    }
    print(msgspec.json.encode(result).decode())
