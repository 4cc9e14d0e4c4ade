"""What commands that send an L1 transaction share: connecting, telling its cost, sending it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corollup.errors import ErrorCode, UserError

if TYPE_CHECKING:
    from corollup.l1.abi import Call
    from corollup.l1.client import L1Client

WEI_AN_ETHER = 10**18
SECRET_BYTES = 32

L1Option = Annotated[str, typer.Option("--l1", help="URL of an L1 node.")]
KeyOption = Annotated[Path, typer.Option("--key-file", help="File with the L1 private key in hex.")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Tell what it costs, and send nothing.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
L1_URL = "http://127.0.0.1:8545"


@dataclass(frozen=True, slots=True)
class Action:
    """One transaction that a command is about to send."""

    what: str
    """It, in a few words."""
    call: "Call"
    """The call."""
    locked: str = "value"
    """What the ETH sent along is: a stake, a bond."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Further values, as JSON takes them."""


def read_secret(path: Path) -> bytes:
    """
    Read a secret key of 32 bytes from a file of hex.

    Raises:
        UserError: If there is none.
    """
    try:
        secret = bytes.fromhex(path.read_text("utf-8").strip().removeprefix("0x"))
    except OSError as error:
        raise UserError(
            ErrorCode.FILE_UNREADABLE, f"{path} cannot be read", why=str(error.strerror)
        ) from error
    except ValueError as error:
        raise UserError(ErrorCode.FILE_MALFORMED, f"{path} is not hex") from error
    if len(secret) != SECRET_BYTES:
        raise UserError(
            ErrorCode.FILE_MALFORMED, f"{path} has {len(secret)} bytes, a key has {SECRET_BYTES}"
        )
    return secret


def read_address(text: str, flag: str) -> bytes:
    """
    Read an address that a flag names.

    Raises:
        UserError: If it is none.
    """
    try:
        address = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        address = b""
    if len(address) != 20:
        raise UserError(
            ErrorCode.ARGUMENT_IMPOSSIBLE,
            f"{flag} {text} is no address",
            fix="Use 0x and 40 hex digits.",
            exit_code=2,
        )
    return address


def ask_l1(url: str, ask: "Callable[[L1Client], Awaitable[Any]]") -> Any:
    """
    Ask an L1 node.

    Raises:
        UserError: If it does not answer, or a contract refuses.
    """
    from corollup.l1.client import ContractReverted, L1Client
    from corollup.l1.reverts import describe_revert
    from corollup.l1.transport import L1UnreachableError

    async def connect() -> Any:
        async with AsyncExitStack() as stack:
            client = L1Client.http(url)
            stack.push_async_callback(client.close)
            return await ask(client)

    try:
        return asyncio.run(connect())
    except L1UnreachableError as error:
        raise UserError(
            ErrorCode.L1_UNREACHABLE, f"L1 {url} does not answer", fix="Start it, or use --l1."
        ) from error
    except ContractReverted as error:
        raise UserError(
            ErrorCode.CONTRACT_REFUSES,
            "the contract refuses",
            why=describe_revert(error.data),
        ) from error


def act(
    url: str,
    secret: bytes,
    make: "Callable[[L1Client, bytes], Awaitable[Action]]",
    *,
    dry_run: bool,
    json_output: bool,
) -> None:
    """
    Tell what a transaction costs, send it and wait until it is mined.

    Args:
        url: The L1 node.
        secret: Private key of the sender.
        make: Makes the action of a client and the sender's address.
        dry_run: Whether nothing is sent.
        json_output: Whether one JSON object is printed.

    Raises:
        UserError: If the L1 does not answer, or the contract refuses.
    """
    from corollup.l1.account import L1Account

    async def run(client: "L1Client") -> dict[str, Any]:
        account = L1Account(client, secret)
        action = await make(client, account.address)
        call = action.call
        gas = await client.estimate_gas(
            call.to, call.data, sender=account.address, value=call.value
        )
        max_fee, _ = await client.suggest_fees()
        told = {
            "action": action.what,
            "sender": f"0x{account.address.hex()}",
            action.locked: str(call.value),
            "gas": gas,
            "gas_price": str(max_fee),
            "gas_cost": str(gas * max_fee),
            **action.facts,
        }
        if not dry_run:
            receipt = await account.transact(call.to, call.data, value=call.value)
            told["transaction"] = f"0x{receipt.tx_hash.hex()}"
            told["block"] = receipt.block_number
            told["gas_used"] = receipt.gas_used
        return told

    told = ask_l1(url, run)
    if json_output:
        print(json.dumps(told))
        return
    for name, value in told.items():
        shown = value
        if name in ("gas_cost", "stake", "bond", "value"):
            shown = f"{int(value) / WEI_AN_ETHER:.9f} ETH"
        print(f"{name.replace('_', ' '):12}  {shown}")
    if dry_run:
        print("Nothing was sent.")
