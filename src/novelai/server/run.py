"""Starting the server as a process, and stopping it."""

import asyncio
import logging
import math
import signal
import sys
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from novelai.server.app import create_app
from novelai.server.http.connections import ConnectionLimits, careful_protocol
from novelai.server.http.middleware import printed_path
from novelai.server.memory import keep_large_buffers
from novelai.server.open_files import keep_private, raise_file_limit
from novelai.server.settings import Settings
from novelai.server.startup_errors import StartupError
from novelai.server.stopping import Stopping
from novelai.server.telemetry.logs import be_discreet, log_config

__all__ = ["run"]

SAID = 65_536
"""Bytes of a message over a socket at most."""

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Serve until interrupted; leaves with a sentence when the settings cannot work.

    The first signal lets running generations come to their end, for `Settings.grace` seconds; a
    second Ctrl-C does not wait for them.
    """
    keep_private()
    raise_file_limit()
    keep_large_buffers()
    be_discreet()
    stopping = Stopping(settings.grace)
    app = _Opening(create_app(settings, stopping))
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=careful_protocol(ConnectionLimits()),
        log_level=settings.log_level,
        # Answers that wait for a running generation get as long as it does.
        timeout_graceful_shutdown=math.ceil(settings.grace) + 1,
        log_config=log_config(settings.log_level, settings.log_format),
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        ws="websockets-sansio",
        # Nobody has anything to say that is long: sockets are there for listening.
        ws_max_size=SAID,
        # Most of what they carry are pictures: to deflate those only takes time.
        ws_per_message_deflate=False,
    )
    server = _Server(config, stopping, settings)
    try:
        server.run()
    finally:
        if app.problem is not None:
            sys.exit(f"error: {app.problem}")


class _Opening:
    """Passes everything on; keeps the sentence with which the start ended, without a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.problem: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        failed = False

        async def send_told(message: Message) -> None:
            nonlocal failed
            if message["type"] == "lifespan.startup.failed":
                failed = True
                message = {"type": message["type"], "message": ""}
            await send(message)

        try:
            await self._app(scope, receive, send_told)
        except StartupError as error:
            self.problem = str(error)
            raise
        except Exception:
            if failed:  # its text went to nobody, and may quote what is stored
                log.exception("The start failed.")
            raise


class _Server(uvicorn.Server):
    """Says where to look once it listens, and tells streams when it stops."""

    def __init__(self, config: uvicorn.Config, stopping: Stopping, settings: Settings) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._settings = settings
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: Any = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if not self.started:
            return
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        demo = "\nDemo: pictures come from the emulator; nothing is charged."
        note = demo if self._settings.demo else ""
        page = f"{address}{printed_path(self._settings)}"
        print(f"\nOpen {page} or {address}/generate?prompt=1girl{note}\n", flush=True)  # noqa: T201

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        again = self.should_exit and sig == signal.SIGINT
        super().handle_exit(sig, frame)
        if self._loop is not None:
            grace = 0.0 if again else None
            self._loop.call_soon_threadsafe(lambda: self._stopping.begin(grace=grace))
