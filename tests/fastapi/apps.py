"""Apps as a reader of the README writes them, and ways to run them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import uvicorn
from fastapi import FastAPI

from novelai import AsyncNovelAI, RetryPolicy
from novelai.emulator import Emulator
from novelai.fastapi import install_error_handlers, lifespan_with, novelai_router

QUICK = RetryPolicy(base_delay=0.01, max_delay=0.05, max_wait=5)
SMALL = "128x192"


def inside(emulator: Emulator, **options: object) -> AsyncNovelAI:
    """A client of an emulator in this process."""
    options = {"retry": QUICK, "transport": httpx2.ASGITransport(app=emulator.app), **options}
    return AsyncNovelAI(emulator.token, base_url="http://emulator", **options)


def over_http(emulator: Emulator, url: str, **options: object) -> AsyncNovelAI:
    """A client of a served emulator."""
    # No certificates are loaded: nothing here is encrypted.
    options = {"retry": QUICK, "transport": httpx2.AsyncHTTPTransport(verify=False), **options}
    return AsyncNovelAI(emulator.token, base_url=url, **options)


def routed(client: AsyncNovelAI, prefix: str = "") -> FastAPI:
    """An app with the ready routes."""
    app = FastAPI(lifespan=lifespan_with(lambda: client))
    install_error_handlers(app, requests=True)
    app.include_router(novelai_router(), prefix=prefix)
    return app


def count_waiting(client: AsyncNovelAI) -> int:
    """How many callers wait for their turn, on all loops."""
    slots = [slot for _, slot in list(client._driver._slots._entries.values())]
    return sum(len(slot.lane._waiting) for slot in slots)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an app over real HTTP from a thread; gives its address."""
    started = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: object = None) -> None:
            await super().startup(sockets)
            started.set()

    config = uvicorn.Config(
        app,
        port=0,
        log_level="critical",
        timeout_graceful_shutdown=1,
        loop="asyncio",
        ws="websockets-sansio",
    )
    server = Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        assert started.wait(20)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
