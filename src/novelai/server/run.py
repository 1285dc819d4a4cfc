"""Starting the server as a process."""

import logging
import sys
from copy import deepcopy
from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from novelai.server.app import create_app
from novelai.server.memory import keep_large_buffers
from novelai.server.settings import Settings

__all__ = ["run"]

SHUTDOWN_SECONDS = 2
"""Pages hold streams open; without a limit Ctrl-C would wait for them for ever."""


def run(settings: Settings) -> None:
    """Serve until interrupted; leaves with a sentence when the settings cannot work."""
    problem = refusal(settings)
    if problem is not None:
        sys.exit(problem)
    keep_large_buffers()
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        log_config=_log_config(),
    )
    _Announcing(config, demo=settings.demo).run()


def refusal(settings: Settings) -> str | None:
    """Why the server cannot start with these settings, and what to do; ``None`` if it can."""
    if not settings.is_local:
        return (
            f"Not listening on {settings.host}: whoever reaches it could spend your Anlas. "
            "Leave --host at 127.0.0.1, and reach it from elsewhere through an SSH tunnel or a "
            "reverse proxy that asks for a password."
        )
    if settings.api_key is None and not settings.demo:
        return (
            "No NovelAI token. Set NOVELAI_API_KEY to your persistent token (pst-...), or try it "
            "without an account: novelai serve --demo"
        )
    return None


class _Announcing(uvicorn.Server):
    """Says where to look once it listens."""

    def __init__(self, config: uvicorn.Config, *, demo: bool) -> None:
        super().__init__(config)
        self._demo = demo

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        note = "\nDemo: pictures come from the emulator; nothing is charged." if self._demo else ""
        print(f"\nOpen {address}/ or {address}/generate?prompt=1girl{note}\n", flush=True)  # noqa: T201


class _WithoutQuery(logging.Filter):
    """Takes the query string, which holds the prompt, out of access-log lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, path, version, status = record.args
            record.args = (client, method, str(path).partition("?")[0], version, status)
        return True


def _log_config() -> dict[str, Any]:
    """Uvicorn's own logging, with the filter on its access log."""
    config: dict[str, Any] = deepcopy(LOGGING_CONFIG)
    config["filters"] = {"without_query": {"()": _WithoutQuery}}
    config["handlers"]["access"]["filters"] = ["without_query"]
    return config
