"""`corollup bridge`: deposits, withdrawals and the escape."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corollup.commands.transactions import (
    L1_URL,
    WEI_AN_ETHER,
    Action,
    DryRunOption,
    JsonOption,
    KeyOption,
    L1Option,
    act,
    ask_l1,
    read_address,
    read_secret,
)
from corollup.errors import ErrorCode, RpcError, StateError, UserError

if TYPE_CHECKING:
    from corollup.l1.bridge_user import BridgeUser
    from corollup.l1.client import L1Client
    from corollup.l1.withdrawals import MessageProof

L2_URL = "http://127.0.0.1:9545"

L2Option = Annotated[str, typer.Option("--l2", help="URL of an L2 node that follows the L1.")]
EtherArgument = Annotated[str, typer.Argument(help="Amount, ETH.")]
TransactionArgument = Annotated[str, typer.Argument(help="L2 transaction that sent the message.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Move ETH between the L1 and the L2.")
    for command in (status, deposit, withdraw, prove, finalize, escape):
        group.command()(command)
    app.add_typer(group, name="bridge")


def status(l1: L1Option = L1_URL, l2: L2Option = L2_URL, json_output: JsonOption = False) -> None:
    """Tell what the bridge has and owes, and how far the chain is."""

    async def ask(client: "L1Client") -> dict[str, Any]:
        async with _open(client, l2) as user:
            found = await user.get_status()
            return {
                "bridge": f"0x{user.contracts.bridge.hex()}",
                "inbox": f"0x{user.contracts.inbox.hex()}",
                "owed": str(found.owed),
                "balance": str(found.balance),
                "shortfall": str(found.shortfall),
                "fast_door_room": str(found.fast_room),
                "messages": found.messages,
                "consumed": found.consumed,
                "message_gas_price": found.gas_price,
                "committed": found.committed,
                "finalized": found.finalized,
                "escape_root": f"0x{found.escape_root.hex()}",
            }

    _print(ask_l1(l1, ask), json_output)


def deposit(
    amount: EtherArgument,
    key_file: KeyOption,
    to: Annotated[str | None, typer.Option(help="Who gets it on the L2; else the sender.")] = None,
    l1: L1Option = L1_URL,
    l2: L2Option = L2_URL,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Deposit ETH: a message to the L2, which packets cannot leave out."""
    wei = _read_wei(amount)

    async def make(client: "L1Client", sender: bytes) -> Action:
        target = read_address(to, "--to") if to else sender
        async with _open(client, l2) as user:
            value = 0 if target == sender else wei
            call = await user.send_message(target, mint=wei, value=value)
            index = await user.inbox.get_message_count()
        return Action("deposit", call, facts={"to": f"0x{target.hex()}", "message": index})

    act(l1, read_secret(key_file), make, dry_run=dry_run, json_output=json_output)


def withdraw(
    amount: EtherArgument,
    key_file: KeyOption,
    to: Annotated[str | None, typer.Option(help="Who gets it on the L1; else the sender.")] = None,
    l2: L2Option = L2_URL,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Send ETH to the outbox of the L2; `finalize` pays it on the L1."""
    from corollup.l1.bridge_user import make_withdrawal

    wei = _read_wei(amount)

    async def make(_client: "L1Client", sender: bytes) -> Action:
        target = read_address(to, "--to") if to else sender
        return Action("withdrawal", make_withdrawal(target, wei), facts={"to": f"0x{target.hex()}"})

    act(l2, read_secret(key_file), make, dry_run=dry_run, json_output=json_output)


def prove(
    transaction: TransactionArgument,
    l1: L1Option = L1_URL,
    l2: L2Option = L2_URL,
    json_output: JsonOption = False,
) -> None:
    """Show where a message is under the root of its committed packet, and whether it was paid."""

    async def ask(client: "L1Client") -> dict[str, Any]:
        async with _open(client, l2) as user:
            proof = await user.prove_message(_read_hash(transaction))
            withdrawal = proof.placed.withdrawal
            return _describe(proof) | {
                "path": [f"0x{node.hex()}" for node in proof.path],
                "is_final": proof.number <= await user.get_finalized_number(),
                "is_paid": await user.bridge.is_paid(withdrawal.nonce),
            }

    _print(ask_l1(l1, ask), json_output)


def finalize(
    transaction: TransactionArgument,
    key_file: KeyOption,
    l1: L1Option = L1_URL,
    l2: L2Option = L2_URL,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Pay a message of the outbox on the L1, through the first door that is open to it."""

    async def make(client: "L1Client", _sender: bytes) -> Action:
        async with _open(client, l2) as user:
            proof = await user.prove_message(_read_hash(transaction))
            return Action("payment", await user.finalize(proof), facts=_describe(proof))

    act(l1, read_secret(key_file), make, dry_run=dry_run, json_output=json_output)


def escape(
    key_file: KeyOption,
    of: Annotated[str | None, typer.Option(help="The account; else the sender.")] = None,
    l1: L1Option = L1_URL,
    l2: L2Option = L2_URL,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Pay an account its balance in the last state, once the escape is open."""

    async def make(client: "L1Client", sender: bytes) -> Action:
        owner = read_address(of, "--of") if of else sender
        async with _open(client, l2) as user:
            call = await user.escape_account(owner)
        return Action("escape", call, facts={"account": f"0x{owner.hex()}"})

    act(l1, read_secret(key_file), make, dry_run=dry_run, json_output=json_output)


@asynccontextmanager
async def _open(l1: "L1Client", l2_url: str) -> "AsyncIterator[BridgeUser]":
    """
    Open the bridge of an L2 node's network.

    Raises:
        UserError: If the node does not answer, or what is asked is not possible.
    """
    from corollup.l1.bridge_user import BridgeUser
    from corollup.l1.client import ContractReverted, L1Client
    from corollup.l1.transport import L1UnreachableError

    l2 = L1Client.http(l2_url)
    try:
        yield await BridgeUser.connect(l1, l2)
    except L1UnreachableError as error:
        raise UserError(
            ErrorCode.L1_UNREACHABLE, f"L2 {l2_url} does not answer", fix="Start it, or use --l2."
        ) from error
    except ContractReverted:
        raise
    except (StateError, RpcError) as error:
        raise UserError(ErrorCode.BRIDGE_REFUSES, str(error)) from error
    finally:
        await l2.close()


def _describe(proof: "MessageProof") -> dict[str, Any]:
    withdrawal = proof.placed.withdrawal
    return {
        "packet": proof.number,
        "nonce": withdrawal.nonce,
        "to": f"0x{withdrawal.target.hex()}",
        "amount": str(withdrawal.value),
    }


def _print(told: dict[str, Any], json_output: bool) -> None:
    if json_output:
        print(json.dumps(told))
        return
    for name, value in told.items():
        print(f"{name.replace('_', ' '):18}  {value}")


def _read_hash(text: str) -> bytes:
    try:
        tx_hash = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        tx_hash = b""
    if len(tx_hash) != 32:
        raise UserError(
            ErrorCode.ARGUMENT_IMPOSSIBLE, f"{text} is no transaction hash", exit_code=2
        )
    return tx_hash


def _read_wei(amount: str) -> int:
    try:
        wei = Decimal(amount) * WEI_AN_ETHER
    except InvalidOperation:
        wei = Decimal(-1)
    if not wei.is_finite() or wei < 0 or wei != int(wei):
        raise UserError(ErrorCode.ARGUMENT_IMPOSSIBLE, f"{amount} is no amount", exit_code=2)
    return int(wei)
