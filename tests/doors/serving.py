"""A live server in a thread, and what NovelAI, here the emulator, saw of it."""

import asyncio
import threading
from collections.abc import Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from novelai.emulator import Emulator
from novelai.server.app import create_app
from novelai.server.http.connections import ConnectionLimits, careful_protocol
from novelai.server.keys.service import LOCAL
from novelai.server.lifespan import open_from_settings
from novelai.server.model.key import Key, Limits
from novelai.server.services import Services
from novelai.server.settings import Settings

T = TypeVar("T")

PAID = (
    "/ai/generate-image",
    "/ai/generate-image-stream",
    "/ai/augment-image",
    "/ai/upscale",
    "/ai/encode-vibe",
)
ANYTHING = Limits(free_only=False, max_queued=1_000, rate_minute=10_000)
"""A key that may spend."""


class Served:
    """A running server.

    Attributes:
        url: its address.
        secret: of an admin key; empty where nobody needs one.
    """

    def __init__(self, url: str, services: Services, loop: asyncio.AbstractEventLoop) -> None:
        self.url = url
        self.secret = ""
        self.services = services
        self._loop = loop

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        """Await something on the server's own loop."""
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(20)

    def refresh(self) -> None:
        """Ask NovelAI for the balance of every account, so that prices are known."""
        for account in self.run(self.services.accounts.list(LOCAL)):
            self.run(self.services.accounts.refresh(account))

    def make_key(self, **limits: Any) -> str:
        """The secret of a new key; by default it may spend without limit."""
        return self.make(**limits)[1]

    def make(self, **limits: Any) -> tuple[Key, str]:
        """A new key and its secret."""
        wished = {"free_only": False, "max_queued": 1_000, "rate_minute": 10_000} | limits
        return self.run(self.services.keys.create(LOCAL, "test", Limits(**wished)))


class Seen:
    """What the emulator was asked since the test began."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    @property
    def requests(self) -> list[Any]:
        """The paid requests, oldest first."""
        return [one for one in self.emulator.requests if one.path in PAID]

    @property
    def paid(self) -> int:
        """How many there were."""
        return len(self.requests)

    @property
    def bodies(self) -> list[Any]:
        """Their bodies."""
        return [one.body for one in self.requests]


ADMIN = replace(ANYTHING, scopes=("generate", "read", "admin"))


async def first_key(settings: Settings) -> str:
    """The secret of an admin key, made before anybody can be asked for it."""
    async with open_from_settings(settings, work=False) as services:
        await services.keys.local()
        return (await services.keys.create(LOCAL, "admin", ADMIN))[1]


@contextmanager
def serving(settings: Settings) -> Generator[Served]:
    """Serve the application from a thread for the length of a `with` block."""
    secret = ""
    if settings.needs_keys:
        with ThreadPoolExecutor(1) as elsewhere:  # where no loop runs
            secret = elsewhere.submit(asyncio.run, first_key(settings)).result(30)
    app = create_app(settings)
    found: dict[str, Any] = {}
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def watched(running: Any) -> Any:
        async with inner(running) as state:
            found.update(services=state["services"], loop=asyncio.get_running_loop())
            yield state

    app.router.lifespan_context = watched
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        http=careful_protocol(ConnectionLimits()),
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    program = _Program(config)
    thread = threading.Thread(target=program.run, daemon=True)
    thread.start()
    assert program.ready.wait(30)
    try:
        port = program.servers[0].sockets[0].getsockname()[1]
        served = Served(f"http://127.0.0.1:{port}", found["services"], found["loop"])
        served.secret = secret
        served.refresh()
        yield served
    finally:
        program.should_exit = True
        thread.join(20)


class _Program(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def settings_for(emulator: Emulator, address: str, folder: Path, **more: Any) -> Settings:
    """Settings of a server whose NovelAI is an emulator."""
    given = {"api_key": emulator.token, "base_url": address, "data": folder, "grace": 2.0}
    return Settings(_env_file=None, **(given | more))
