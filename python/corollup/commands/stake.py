"""`corollup stake`: keys, stakes and places of endorsers and producers."""

import json
from enum import StrEnum
from pathlib import Path
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
from corollup.errors import ErrorCode, UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from corollup.l1.abi import Call
    from corollup.l1.client import L1Client
    from corollup.l1.management import ManagementContract

ContractOption = Annotated[
    str, typer.Option("--management", help="Address of the Management Contract.")
]
BlsOption = Annotated[Path, typer.Option("--bls-key-file", help="File with the BLS secret in hex.")]
MemberArgument = Annotated[int, typer.Argument(min=1, help="Id of the member.")]


class RoleName(StrEnum):
    """What a key is for."""

    SEAT = "seat"
    PRODUCER = "producer"


RoleOption = Annotated[RoleName, typer.Option("--role", help="What the key is for.")]
PositionOption = Annotated[int, typer.Option(min=0, help="Place in the table of the role.")]
StakeOption = Annotated[
    float | None, typer.Option("--stake", help="ETH to stake; what the place costs if left out.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Register, top up, leave: stakes and keys.")
    for command in (show, register_key, top_up, leave, start_exit, withdraw):
        group.command(NAMES[command])(command)
    group.command("displace", help="Take an occupied place with its stake and the margin more.")(
        register_key
    )
    group.command("rotate-key", help="Take your own place with another key and the same stake.")(
        register_key
    )
    app.add_typer(group, name="stake")


def show(
    management: ContractOption,
    member: Annotated[int | None, typer.Argument(min=1, help="Id; all if left out.")] = None,
    l1: L1Option = L1_URL,
    json_output: JsonOption = False,
) -> None:
    """Show members with their stakes, by id or as the tables have them."""
    from corollup.l1.events import Role
    from corollup.l1.management import ManagementContract

    address = read_address(management, "--management")

    async def ask(client: "L1Client") -> list[dict[str, Any]]:
        contract = ManagementContract(client, address)
        if member is not None:
            return [await _describe(contract, member)]
        tables = [await contract.get_table(role) for role in Role]
        return [await _describe(contract, id_) for table in tables for id_ in table if id_]

    rows = ask_l1(l1, ask)
    for row in rows:
        if json_output:
            print(json.dumps(row))
            continue
        stake = int(row["stake"]) / WEI_AN_ETHER
        print(
            f"{row['id']:5}  {row['role']:8}  place {row['position']:4}  {stake:12.6f} ETH"
            f"  {row['operator']}  {row['status']}"
        )


def register_key(
    management: ContractOption,
    key_file: KeyOption,
    bls_key_file: BlsOption,
    position: PositionOption,
    role: RoleOption = RoleName.SEAT,
    stake: StakeOption = None,
    l1: L1Option = L1_URL,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Register a key at a place, with the possession proven and the stake sent along."""
    from corollup.engine import get_engine
    from corollup.l1.events import Role
    from corollup.l1.management import ManagementContract
    from corollup.spec.containers import compute_key_hash, compute_registration_message

    secret, bls_secret = read_secret(key_file), read_secret(bls_key_file)
    address = read_address(management, "--management")
    bls = get_engine("native").bls

    async def make(client: "L1Client", sender: bytes) -> Action:
        contract = ManagementContract(client, address)
        chosen = Role.ENDORSER if role is RoleName.SEAT else Role.PRODUCER
        price = await contract.get_price(chosen, position, sender)
        amount = price if stake is None else int(stake * WEI_AN_ETHER)
        if amount < price:
            raise UserError(
                ErrorCode.ARGUMENT_IMPOSSIBLE,
                f"place {position} costs {price / WEI_AN_ETHER} ETH",
                fix="Leave --stake out, or stake as much.",
                exit_code=2,
            )
        key = bls.to_eip2537_key(bls.compute_public_key(bls_secret))
        message = compute_registration_message(
            await client.get_chain_id(), address, sender, compute_key_hash(key)
        )
        proof = bls.to_eip2537_signature(bls.prove_possession(bls_secret, message))
        register = contract.register_seat if chosen is Role.ENDORSER else contract.register_producer
        call = register(key, proof, position, amount)
        return Action(f"register a {role.value} at place {position}", call, "stake")

    act(l1, secret, make, dry_run=dry_run, json_output=json_output)


def top_up(
    member: MemberArgument,
    amount: Annotated[float, typer.Argument(min=0, help="ETH to add.")],
    management: ContractOption,
    key_file: KeyOption,
    l1: L1Option = L1_URL,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Add to a member's stake."""
    wei = int(amount * WEI_AN_ETHER)
    _act_on(
        f"add to the stake of member {member}",
        lambda contract: contract.top_up(member, wei),
        management,
        key_file,
        l1,
        dry_run=dry_run,
        json_output=json_output,
    )


def leave(
    member: MemberArgument,
    management: ContractOption,
    key_file: KeyOption,
    l1: L1Option = L1_URL,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Leave the table; the member serves until the next epoch is active without it."""
    _act_on(
        f"member {member} leaves its table",
        lambda contract: contract.leave_table(member),
        management,
        key_file,
        l1,
        dry_run=dry_run,
        json_output=json_output,
    )


def start_exit(
    member: MemberArgument,
    management: ContractOption,
    key_file: KeyOption,
    l1: L1Option = L1_URL,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Start the exit of a member that left; its stake is free after the exit delay."""
    _act_on(
        f"start the exit of member {member}",
        lambda contract: contract.start_exit(member),
        management,
        key_file,
        l1,
        dry_run=dry_run,
        json_output=json_output,
    )


def withdraw(
    member: MemberArgument,
    management: ContractOption,
    key_file: KeyOption,
    l1: L1Option = L1_URL,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Pay the stake to the operator when the exit delay is over."""
    _act_on(
        f"withdraw the stake of member {member}",
        lambda contract: contract.withdraw_stake(member),
        management,
        key_file,
        l1,
        dry_run=dry_run,
        json_output=json_output,
    )


NAMES = {
    show: "show",
    register_key: "register",
    top_up: "top-up",
    leave: "leave",
    start_exit: "exit",
    withdraw: "withdraw",
}
"""The commands by what they do."""


def _act_on(
    what: str,
    make_call: "Callable[[ManagementContract], Call]",
    management: str,
    key_file: Path,
    l1: str,
    *,
    dry_run: bool,
    json_output: bool,
) -> None:
    from corollup.l1.management import ManagementContract

    address = read_address(management, "--management")

    async def make(client: "L1Client", _: bytes) -> Action:
        return Action(what, make_call(ManagementContract(client, address)), "stake")

    act(l1, read_secret(key_file), make, dry_run=dry_run, json_output=json_output)


async def _describe(contract: "ManagementContract", id_: int) -> dict[str, Any]:
    member = await contract.get_member(id_)
    status = "in its table"
    if member.ejected_block:
        status = f"slashed in block {member.ejected_block}"
    elif member.exit_block:
        status = f"free from block {member.exit_block}"
    elif member.left_block:
        status = f"left in block {member.left_block}"
    return {
        "id": id_,
        "role": member.role.name.lower(),
        "position": member.position,
        "stake": str(member.stake),
        "operator": f"0x{member.operator.hex()}",
        "key_hash": f"0x{member.key_hash.hex()}",
        "status": status,
    }
