"""
The control of a running devnet: a socket that only its user can open.

    {"inject": "bad-root"} → {"crime": "bad-root", "packets": [{"number": 9, "digest": "0x…"}]}

One JSON object a line each way. The socket lies in a folder of its user's own, so that whoever may
open it may stop the devnet as well; nothing of it is reachable over a network.
"""

import asyncio
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from corollup.devnet.attackers import inject
from corollup.devnet.crimes import Crime
from corollup.devnet.network import Devnet
from corollup.errors import CorollupError, ErrorCode, UserError
from corollup.l1.network_file import NetworkFile

MAX_REQUEST_BYTES: Final = 4096
"""Longest line of a request."""


def find_socket(instance: int) -> Path:
    """Return where the control of a devnet instance listens."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(runtime) if runtime else Path(tempfile.gettempdir())
    return folder / f"corollup-{os.getuid()}" / f"devnet-{instance}.sock"


@dataclass(slots=True, eq=False)
class Control:
    """Serves the control of a devnet while it is open."""

    net: Devnet
    """The devnet."""
    path: Path
    """Where it listens."""
    _server: asyncio.Server | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __aenter__(self) -> Self:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = self.path.parent.stat()
        if status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise UserError(
                ErrorCode.FILE_UNREADABLE,
                f"{self.path.parent} is open to others",
                fix="Remove it; it is made again.",
            )
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(
            self._serve, self.path, limit=MAX_REQUEST_BYTES
        )
        self.path.chmod(0o600)
        network = self.net.network
        NetworkFile(
            l1_url=self.net.l1_url or "",
            domain=network.domain,
            config=network.config,
            contracts=network.contracts,
            start_block=network.start_block,
        ).write(self.path.with_suffix(".json"))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.path.unlink(missing_ok=True)
        self.path.with_suffix(".json").unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answer(await reader.readline())
        except (CorollupError, ValueError) as error:
            answer = {"error": str(error)}
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
        writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        request = json.loads(line)
        if not isinstance(request, dict) or set(request) != {"inject"}:
            raise ValueError("expected an object with the key inject")
        async with self._lock:
            plot = await inject(self.net, Crime(request["inject"]))
        packets = [
            {"number": packet.number, "digest": f"0x{packet.digest.hex()}"}
            for packet in plot.packets
        ]
        return {"crime": plot.crime.value, "packets": packets}


async def ask(path: Path, request: dict[str, Any]) -> dict[str, Any]:
    """
    Ask the control of a running devnet.

    Raises:
        UserError: If none listens there, or it refuses.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=1 << 20)
    except OSError as error:
        raise UserError(
            ErrorCode.DEVNET_UNREACHABLE,
            f"no devnet listens at {path}",
            fix="Start one with corollup devnet, or name its --instance.",
        ) from error
    writer.write(json.dumps(request).encode() + b"\n")
    answer: dict[str, Any] = json.loads(await reader.readline() or b'{"error": "it ended"}')
    writer.close()
    if "error" in answer:
        raise UserError(ErrorCode.DEVNET_SHAPE, "the devnet refuses", why=answer["error"])
    return answer
