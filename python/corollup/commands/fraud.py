"""`corollup fraud`: faults on the L1, and reports of them by hand."""

import json
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corollup.commands.transactions import (
    Action,
    DryRunOption,
    JsonOption,
    KeyOption,
    act,
    ask_l1,
    read_secret,
)
from corollup.errors import ErrorCode, Rejected, UserError

if TYPE_CHECKING:
    from corollup.l1.client import L1Client
    from corollup.l1.network_file import NetworkFile
    from corollup.l1.reveals import Place
    from corollup.node.l1_view import L1View
    from corollup.spec.containers import ExecutionResult

NetworkOption = Annotated[
    Path | None,
    typer.Option("--network", help="The network's file; that of the running devnet if left out."),
]
FileArgument = Annotated[Path, typer.Argument(help="Execution result of the packet.")]
L1UrlOption = Annotated[
    str | None, typer.Option("--l1", help="URL of an L1 node; the one of the network's file.")
]


class ListName(StrEnum):
    """Lists that are not on L1."""

    ACCESS = "access"
    UPDATE = "update"


ListOption = Annotated[ListName, typer.Option("--list", help="The list.")]
LevelOption = Annotated[int, typer.Option(min=0, max=255, help="Height above the leaves.")]
IndexOption = Annotated[int, typer.Option(min=0, help="Place on its level.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Faults: what is known, reported and judged.")
    group.command("list")(list_faults)
    for command in (prove, appeal, status, demand, answer, withheld):
        group.command()(command)
    app.add_typer(group, name="fraud")


def list_faults(
    network: NetworkOption = None, l1: L1UrlOption = None, json_output: JsonOption = False
) -> None:
    """List judged packets, open appeals, demanded nodes, and slashed stake that waits."""
    file = _read_network(network)

    async def ask(client: "L1Client") -> list[dict[str, Any]]:
        faults = (await _read_view(client, file)).faults
        rows: list[dict[str, Any]] = [
            {"kind": "verdict", "digest": _hex(of.digest), "verdict": of.verdict.name.lower()}
            for of in faults.verdicts.values()
        ]
        rows += [
            {"kind": "appeal", "case": of.case, "packet": of.number, "deadline": of.deadline}
            for of in faults.cases.values()
        ]
        rows += [
            {"kind": "demand", "digest": _hex(of.digest), "place": list(of.place)}
            for of in faults.demands.values()
        ]
        rows += [
            {
                "kind": "slash",
                "number": of.number,
                "amount": str(of.amount),
                "from": of.payable_block,
            }
            for of in faults.slashes.values()
        ]
        return rows

    _print_rows(ask_l1(l1 or file.l1_url, ask), json_output=json_output)


def status(
    case: Annotated[int, typer.Argument(min=1, help="Number of the case.")],
    network: NetworkOption = None,
    l1: L1UrlOption = None,
    json_output: JsonOption = False,
) -> None:
    """Tell how an appeal stands; the votes themselves travel between nodes."""
    file = _read_network(network)

    async def ask(client: "L1Client") -> list[dict[str, Any]]:
        view = await _read_view(client, file)
        found = view.faults.cases.get(case)
        if found is None:
            decided = await _find_decision(client, file, case)
            return [{"case": case, **decided}]
        left = found.deadline - view.head_number
        return [{"case": case, "packet": found.number, "state": "open", "blocks_left": left}]

    _print_rows(ask_l1(l1 or file.l1_url, ask), json_output=json_output)


def prove(
    file: FileArgument,
    key_file: KeyOption,
    network: NetworkOption = None,
    l1: L1UrlOption = None,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Report a wrong new root by its execution result alone, and accuse who signed it."""
    from corollup.engine import get_engine
    from corollup.l1.verdicts import FaultContract
    from corollup.node.evidence import find_wrong_root

    result = _read_result(file)
    evidence = find_wrong_root(get_engine(), result)
    if evidence is None:
        raise UserError(
            ErrorCode.NO_SUCH_RECORD,
            f"{file} proves no fault by itself",
            fix="A wrong execution is for corollup fraud appeal.",
        )

    async def make(case: "Case") -> Action:
        accused = next(case.prosecutor.accuse_signers(case.packet))
        faults = FaultContract(case.view.client, case.network.contracts)
        call = faults.report(result.header, evidence, accused)
        name = type(evidence).__name__
        return Action(f"report {name} of packet {result.header.number}", call)

    _act(make, result, key_file, network, l1, dry_run=dry_run, json_output=json_output)


def appeal(
    file: FileArgument,
    key_file: KeyOption,
    network: NetworkOption = None,
    l1: L1UrlOption = None,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Appeal a committed packet with a bond, which is lost if all seats find it valid."""
    from corollup.l1.appeals import Appeals
    from corollup.node.commit_proofs import show_committed

    result = _read_result(file)

    async def make(case: "Case") -> Action:
        case.require_committed()
        appeals = Appeals(case.view.client, case.network.contracts.appeals)
        bond = await appeals.get_bond()
        number = result.header.number
        call = appeals.appeal(result.header, show_committed(case.view, number), bond)
        return Action(f"appeal packet {number}", call, "bond")

    _act(make, result, key_file, network, l1, dry_run=dry_run, json_output=json_output)


def demand(
    file: FileArgument,
    key_file: KeyOption,
    list_name: ListOption,
    level: LevelOption = 0,
    index: IndexOption = 0,
    network: NetworkOption = None,
    l1: L1UrlOption = None,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Demand a node of a list of a committed packet, with a bond that who answers is paid."""
    from corollup.l1.reveals import Reveals
    from corollup.node.commit_proofs import show_committed

    result = _read_result(file)

    async def make(case: "Case") -> Action:
        case.require_committed()
        reveals = Reveals(case.view.client, case.network.contracts.reveals)
        bond = await reveals.get_bond(case.packet.digest)
        proof = show_committed(case.view, result.header.number)
        call = reveals.demand(result.header, _make_place(list_name, level, index), proof, bond)
        return Action(f"demand a node of the {list_name.value} list", call, "bond")

    _act(make, result, key_file, network, l1, dry_run=dry_run, json_output=json_output)


def answer(
    file: FileArgument,
    key_file: KeyOption,
    list_name: ListOption,
    level: LevelOption = 0,
    index: IndexOption = 0,
    network: NetworkOption = None,
    l1: L1UrlOption = None,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Answer a demand from the packet's execution result, and earn its bond."""
    from corollup.engine import get_engine
    from corollup.l1.reveals import Reveals
    from corollup.node.evidence import list_updates, read_lists
    from corollup.spec.evidence.reveals import compute_answer

    result = _read_result(file)
    lists = read_lists(result)
    items = None if lists is None else list(lists.access)
    if lists is not None and list_name is ListName.UPDATE:
        items = list_updates(get_engine(), result, lists)
    if items is None:
        raise UserError(
            ErrorCode.FILE_MALFORMED, f"{file} does not have the list under the header's root"
        )

    async def make(case: "Case") -> Action:
        reveals = Reveals(case.view.client, case.network.contracts.reveals)
        shown = compute_answer(items, level, index)
        call = reveals.answer(result.header, _make_place(list_name, level, index), shown)
        return Action(f"answer with a node of the {list_name.value} list", call)

    _act(make, result, key_file, network, l1, dry_run=dry_run, json_output=json_output)


def withheld(
    file: FileArgument,
    key_file: KeyOption,
    list_name: ListOption,
    level: LevelOption = 0,
    index: IndexOption = 0,
    network: NetworkOption = None,
    l1: L1UrlOption = None,
    dry_run: DryRunOption = False,
    json_output: JsonOption = False,
) -> None:
    """Report a demand that nobody answered in time, and accuse who signed the packet."""
    from corollup.l1.reveals import Reveals

    result = _read_result(file)

    async def make(case: "Case") -> Action:
        reveals = Reveals(case.view.client, case.network.contracts.reveals)
        accused = next(case.prosecutor.accuse_signers(case.packet))
        place = _make_place(list_name, level, index)
        call = reveals.report_withheld(result.header, place, accused)
        return Action(f"report silence about packet {result.header.number}", call)

    _act(make, result, key_file, network, l1, dry_run=dry_run, json_output=json_output)


class Case:
    """A packet, what the L1 says of it, and who signed it."""

    def __init__(self, view: "L1View", network: "NetworkFile", result: "ExecutionResult") -> None:
        from corollup.engine import get_engine
        from corollup.node.accused import Prosecutor
        from corollup.node.headers import Packet
        from corollup.node.messages import Announce
        from corollup.spec.containers import compute_digest

        self.view = view
        self.network = network
        digest = compute_digest(network.domain, result.header)
        announce = Announce(network.domain, result.header, result.producer_signature)
        self.packet: Packet = Packet(digest, announce, 0.0)
        self.prosecutor: Prosecutor = Prosecutor(get_engine().bls, view, lambda *_: {})

    def require_committed(self) -> None:
        """
        Refuse a packet that the L1 did not accept.

        Raises:
            UserError: If it did not.
        """
        commit = self.view.commits.get(self.packet.number)
        if commit is None or commit.digest != self.packet.digest:
            raise UserError(
                ErrorCode.NO_SUCH_RECORD,
                f"packet {self.packet.number} 0x{self.packet.digest.hex()} is not committed",
                why="only what is committed is appealed, or has lists to demand",
            )


def _act(
    make: Callable[[Case], Awaitable[Action]],
    result: "ExecutionResult",
    key_file: Path,
    network: Path | None,
    l1: str | None,
    *,
    dry_run: bool,
    json_output: bool,
) -> None:
    file = _read_network(network)

    async def build(client: "L1Client", _: bytes) -> Action:
        return await make(Case(await _read_view(client, file), file, result))

    url = l1 or file.l1_url
    act(url, read_secret(key_file), build, dry_run=dry_run, json_output=json_output)


def _read_network(path: Path | None) -> "NetworkFile":
    from corollup.devnet.control import find_socket
    from corollup.l1.network_file import NetworkFile

    return NetworkFile.read(path or find_socket(0).with_suffix(".json"))


def _read_result(path: Path) -> "ExecutionResult":
    from corollup.spec.containers import ExecutionResult

    try:
        return ExecutionResult.decode(path.read_bytes())
    except OSError as error:
        raise UserError(
            ErrorCode.FILE_UNREADABLE, f"{path} cannot be read", why=str(error.strerror)
        ) from error
    except Rejected as error:
        raise UserError(
            ErrorCode.FILE_MALFORMED, f"{path} is no execution result", why=str(error)
        ) from error


async def _read_view(client: "L1Client", network: "NetworkFile") -> "L1View":
    """Read all that the contracts logged."""
    from corollup.engine import get_engine
    from corollup.l1.management import ManagementContract
    from corollup.l1.state import StateContract
    from corollup.node.clock import SystemClock
    from corollup.node.l1_view import L1View

    view = L1View(
        client=client,
        engine=get_engine(),
        clock=SystemClock(),
        config=network.config,
        state=StateContract(client, network.contracts.state),
        management=ManagementContract(client, network.contracts.management),
        start_block=network.start_block,
        watched=network.contracts.watched,
    )
    await view.update()
    return view


async def _find_decision(client: "L1Client", network: "NetworkFile", case: int) -> dict[str, Any]:
    from corollup.l1.events import decode_event
    from corollup.l1.fault_events import AppealClosed, AppealDecided

    logs = await client.get_logs(
        address=network.contracts.appeals,
        topics=[None, case.to_bytes(32, "big")],
        from_block=network.start_block,
    )
    for entry in reversed(logs):
        event = decode_event(list(entry.topics), entry.data)
        if isinstance(event, AppealDecided) and event.case == case:
            state = "valid" if event.is_valid else "invalid"
            return {"state": state, "votes": event.votes, "transaction": _hex(entry.tx_hash)}
        if isinstance(event, AppealClosed) and event.case == case:
            return {"state": "closed without a verdict", "transaction": _hex(entry.tx_hash)}
    raise UserError(ErrorCode.NO_SUCH_RECORD, f"there is no case {case}")


def _make_place(name: ListName, level: int, index: int) -> "Place":
    from corollup.l1.reveals import ListKind, Place

    kind = ListKind.ACCESS if name is ListName.ACCESS else ListKind.UPDATE
    return Place(kind, level, index)


def _print_rows(rows: list[dict[str, Any]], *, json_output: bool) -> None:
    for row in rows:
        print(json.dumps(row) if json_output else "  ".join(f"{k} {v}" for k, v in row.items()))


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"
