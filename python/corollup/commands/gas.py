"""`corollup gas`: what the contracts' calls cost on L1."""

import asyncio
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Give `app` the command."""
    app.command()(gas)


def gas(
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a row: metric, gas, goal, ok.")
    ] = False,
) -> None:
    """Measure the contracts' calls on an embedded L1, with real keys; it takes a minute."""
    from corollup.devnet.gas import measure_gas
    from corollup.engine import get_engine

    rows = asyncio.run(measure_gas(get_engine("native").bls))
    if json:
        import msgspec

        for row in rows:
            values = {"metric": row.metric, "gas": row.gas, "goal": row.goal, "ok": row.ok}
            print(msgspec.json.encode(values).decode())
        return
    width = max(len(row.metric) for row in rows)
    for row in rows:
        mark = "met" if row.ok else "missed"
        print(f"{row.metric:{width}}  {row.gas:>9,}  goal {row.goal:>9,}  {mark}")
