"""
The HTTP server of a chain.

    async with RpcServer(L1Chain(l1), port=8545) as server:
        print(server.url)
"""

import asyncio
import errno
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from aiohttp import web

from corollup.errors import ErrorCode, UserError
from corollup.rpc.chains import Chain
from corollup.rpc.methods import Context, answer_method
from corollup.rpc.protocol import Limits, answer_body
from corollup.rpc.threads import CallThreads

LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names by which a browser reaches this machine; any other is a rebinding attack."""

CORS_HEADERS: Final = {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}
"""What a browser may send."""


@dataclass(slots=True)
class RpcServer:
    """Serves one chain over HTTP, as an async context manager."""

    chain: Chain
    """The chain."""

    port: int
    """Where it listens; 0 takes any free port."""

    host: str = "127.0.0.1"
    """The address that it binds."""

    limits: Limits = field(default_factory=Limits)
    """What a request may ask for."""

    cors_origin: str | None = "*"
    """The web pages that may ask; `None` for none."""

    allowed_hosts: frozenset[str] = LOCAL_HOSTS
    """The names that a request may give this server; `*` for any."""

    _context: Context = field(init=False, repr=False)
    _runner: web.AppRunner | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        self._context = Context(self.chain, CallThreads(self.limits.max_concurrent_calls))

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """
        Listen.

        Raises:
            UserError: If another program has the port.
        """
        app = web.Application(client_max_size=self.limits.max_body_bytes)
        app.router.add_route("*", "/", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, self.host, self.port)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            if error.errno != errno.EADDRINUSE:
                raise
            raise UserError(
                ErrorCode.PORT_IN_USE,
                f"port {self.port} is in use",
                fix="Use another port.",
            ) from error
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def stop(self) -> None:
        """Answer what has begun, then listen no longer."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._context.threads.close()

    async def _handle(self, request: web.Request) -> web.Response:
        if not self._is_allowed_host(request.headers.get("Host", "")):
            return web.Response(status=403, text="the host is not allowed")
        headers = {}
        if self.cors_origin is not None:
            headers = {"Access-Control-Allow-Origin": self.cors_origin, **CORS_HEADERS}
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=headers)
        if request.method != "POST":
            allow = {"Allow": "POST, OPTIONS"}
            return web.Response(status=405, headers={**headers, **allow}, text="use POST")
        if request.content_type != "application/json":
            return web.Response(status=415, headers=headers, text="use application/json")
        try:
            async with asyncio.timeout(self.limits.read_timeout_seconds):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            text = f"the body is over {self.limits.max_body_bytes} bytes"
            return web.Response(status=413, headers=headers, text=text)
        except TimeoutError:
            return web.Response(status=408, headers=headers, text="the body took too long")
        answer = await answer_body(body, self._answer, self.limits)
        return web.Response(body=answer, content_type="application/json", headers=headers)

    async def _answer(self, method: str, params: bytes) -> bytes:
        return await answer_method(self._context, method, params)

    def _is_allowed_host(self, host: str) -> bool:
        if "*" in self.allowed_hosts:
            return True
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self.allowed_hosts or name == self.host
