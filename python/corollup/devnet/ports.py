"""Whether the ports of a devnet are free."""

import socket
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from corollup.devnet.options import MAX_INSTANCE, DevnetOptions
from corollup.errors import ErrorCode, UserError

HOST: Final = "127.0.0.1"
"""The address that a devnet binds."""


def require_free_ports(options: DevnetOptions) -> None:
    """
    Refuse to start where another program listens, before anything is set up.

    Raises:
        UserError: With the port, and the next instance whose ports are free.
    """
    taken = next((port for port in _ports(options) if not is_free(port)), None)
    if taken is None:
        return
    others = [*range(options.instance + 1, MAX_INSTANCE + 1), *range(options.instance)]
    free = next((other for other in others if _is_free_instance(options, other)), None)
    raise UserError(
        ErrorCode.PORT_IN_USE,
        f"port {taken} is in use",
        fix="Stop what uses it." if free is None else f"Use --instance {free}.",
    )


def is_free(port: int) -> bool:
    """Whether nothing listens on a port of this machine."""
    with socket.socket() as probe:
        # As a server binds: connections that just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _ports(options: DevnetOptions) -> Iterable[int]:
    return (options.l2_port,) if options.l1_url else (options.l1_port, options.l2_port)


def _is_free_instance(options: DevnetOptions, instance: int) -> bool:
    return all(is_free(port) for port in _ports(replace(options, instance=instance)))
