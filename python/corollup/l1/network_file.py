"""A network in a file: what a command needs to know of it beside the L1's URL."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from corollup.errors import CorollupError, ErrorCode, UserError
from corollup.l1.contracts import Contracts
from corollup.spec.containers import Config


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """A deployed network."""

    l1_url: str
    """A node of its L1."""
    domain: bytes
    """Its domain."""
    config: Config
    """Its parameters."""
    contracts: Contracts
    """Its contracts."""
    start_block: int
    """L1 block from which their events are read."""

    def write(self, path: Path) -> None:
        """Write the file."""
        contracts = {name: f"0x{value.hex()}" for name, value in asdict(self.contracts).items()}
        content = {
            "l1_url": self.l1_url,
            "domain": f"0x{self.domain.hex()}",
            "config": f"0x{self.config.encode().hex()}",
            "contracts": contracts,
            "start_block": self.start_block,
        }
        path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")

    @classmethod
    def read(cls, path: Path) -> "NetworkFile":
        """
        Read the file.

        Raises:
            UserError: If it is absent, or no network.
        """
        try:
            content = json.loads(path.read_text("utf-8"))
            contracts = {
                of.name: _to_bytes(content["contracts"][of.name]) for of in fields(Contracts)
            }
            return cls(
                l1_url=str(content["l1_url"]),
                domain=_to_bytes(content["domain"]),
                config=Config.decode(_to_bytes(content["config"])),
                contracts=Contracts(**contracts),
                start_block=int(content["start_block"]),
            )
        except OSError as error:
            raise UserError(
                ErrorCode.FILE_UNREADABLE,
                f"{path} cannot be read",
                why=str(error.strerror),
                fix="A running devnet writes it; name another one with --network.",
            ) from error
        except (ValueError, LookupError, TypeError, CorollupError) as error:
            raise UserError(
                ErrorCode.FILE_MALFORMED, f"{path} is no network", why=str(error)
            ) from error


def _to_bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
