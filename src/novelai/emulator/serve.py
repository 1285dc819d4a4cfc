"""Serving the emulator over HTTP: from a thread for tests, or as a program."""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import threading
from collections.abc import Generator
from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG
from uvicorn.protocols.http.h11_impl import H11Protocol


class _Protocol(H11Protocol):
    """HTTP/1.1 that hands its transport to the application, which must be able to cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class _Silence(logging.Filter):
    """Drops what uvicorn says in one thread: the program around it has its own log."""

    def __init__(self, thread: str) -> None:
        super().__init__()
        self._thread = thread

    def filter(self, record: logging.LogRecord) -> bool:
        return record.threadName != self._thread


def _server(app: Any, log_level: str | None) -> uvicorn.Server:
    """Return a server; without a level it leaves the logging of the program alone."""
    config = uvicorn.Config(
        app,
        log_config=LOGGING_CONFIG if log_level else None,
        http=_Protocol,
        loop="asyncio",
        lifespan="off",
        ws="none",
        log_level=log_level,
        # Off, uvicorn would take the handlers from the program's own access log too.
        access_log=log_level is None,
        server_header=False,
        # A stalled answer must not keep the program from ending.
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _listen(host: str, port: int) -> tuple[socket.socket, str]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named; create_server leaves it
    # out, and every small answer then waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(256)
    shown = f"[{host}]" if ":" in host else host
    return listener, f"http://{shown}:{listener.getsockname()[1]}"


@contextlib.contextmanager
def serving(app: Any, host: str, port: int) -> Generator[str]:
    """Serve an ASGI application from a thread; yields its URL."""
    listener, url = _listen(host, port)
    server = _server(app, None)
    name = f"emulator {url}"
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve(sockets=[listener])), name=name, daemon=True
    )
    silence = _Silence(name)
    loggers = [logging.getLogger(f"uvicorn.{kind}") for kind in ("error", "access")]
    for logger in loggers:
        logger.addFilter(silence)
    thread.start()
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        for logger in loggers:
            logger.removeFilter(silence)


def run(
    host: str = "127.0.0.1",
    port: int = 8787,
    *,
    fast: bool = False,
    step_seconds: float = 0.05,
    strict: bool = False,
    log_level: str = "warning",
) -> None:
    """Serve an emulator until Ctrl-C or SIGTERM.

    Args:
        host: Address to listen on.
        port: Port; 0 chooses a free one.
        fast: Coarse pictures in milliseconds instead of beautiful ones.
        step_seconds: Pause per sampling step, so that previews can be watched.
        strict: Remark what the web client would not send, at `/_emulator/remarks`.
        log_level: uvicorn's log level.

    Raises:
        OSError: The address cannot be used.
    """
    from novelai.emulator.emulator import Emulator

    emulator = Emulator(fast=fast, step_seconds=step_seconds, strict=strict)
    listener, url = _listen(host, port)
    sys.stdout.write(
        f"NovelAI emulator on {url} (pictures are drawn, not diffused; nothing is charged)\n"
        f"  export NOVELAI_BASE_URL={url}\n"
        f"  export NOVELAI_API_KEY={emulator.token}\n"
        + (f"What the web would not send: {url}/_emulator/remarks\n" if strict else "")
        + "Ctrl-C stops it.\n"
    )
    sys.stdout.flush()
    # uvicorn raises the signal again after it has stopped; a second time it must do nothing.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(KeyboardInterrupt):
        _server(emulator.app, log_level).run(sockets=[listener])
    listener.close()
