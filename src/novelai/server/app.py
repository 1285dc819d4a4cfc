"""The composition root: read this first.

request id -> counting -> site guard (host, origin) -> body limit -> routes: /generate,
/api/..., the doors, /healthz, the page -> services of the engine room -> jobs -> worker -> NovelAI,
or the emulator in a demo
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypedDict

from fastapi import FastAPI

from novelai._version import __version__
from novelai.server.access.body_limit import BodyLimit
from novelai.server.access.endpoints import session_router
from novelai.server.access.guard import SiteGuard
from novelai.server.accounts.endpoints import accounts_router
from novelai.server.description import describe
from novelai.server.drafts.endpoints import drafts_router
from novelai.server.engine_room import EngineRoom
from novelai.server.generate import generate_router
from novelai.server.health import health_router
from novelai.server.images.endpoints import images_router
from novelai.server.intake.endpoints import intake_router
from novelai.server.jobs.endpoints import jobs_router
from novelai.server.keys.endpoints import keys_router
from novelai.server.live import live_router
from novelai.server.observe.endpoints import observe_router
from novelai.server.observe.request_id import RequestId
from novelai.server.observe.requests import RequestMeter
from novelai.server.opening import check_serving, opened
from novelai.server.page import mount_page
from novelai.server.problems import install_problems
from novelai.server.settings import Settings
from novelai.server.stopping import Stopping
from novelai.server.studio.endpoints import studio_router
from novelai.server.usage.endpoints import usage_router
from novelai.server.vibes.endpoints import vibes_router

__all__ = ["State", "create_app"]


class State(TypedDict):
    """What every request finds in its state."""

    room: EngineRoom
    settings: Settings
    stopping: Stopping


def create_app(settings: Settings, stopping: Stopping | None = None) -> FastAPI:
    """Build the server.

    Args:
        settings: all of them; nothing else is read from the environment.
        stopping: told when the process begins to stop, so that streams end.
    """
    app = FastAPI(
        title="NovelAI server",
        version=__version__,
        summary="Pictures from NovelAI over HTTP: paid jobs that are never lost.",
        lifespan=_lifespan(settings, stopping or Stopping(settings.grace)),
    )
    install_problems(app)
    for router in (
        generate_router(),
        session_router(),
        live_router(),
        jobs_router(),
        images_router(),
        intake_router(),
        studio_router(),
        drafts_router(),
        vibes_router(),
        accounts_router(),
        keys_router(),
        usage_router(),
        health_router(demo=settings.demo),
        observe_router(),
    ):
        app.include_router(router)
    describe(app)
    mount_page(app)
    app.add_middleware(BodyLimit, limit=settings.body_limit)
    app.add_middleware(
        SiteGuard,
        hosts=settings.allowed_hosts,
        addresses=not settings.is_local,
        origins=settings.allowed_origins,
    )
    app.add_middleware(RequestMeter)
    app.add_middleware(RequestId)
    return app


def _lifespan(
    settings: Settings, stopping: Stopping
) -> Callable[[FastAPI], AbstractAsyncContextManager[State]]:
    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncGenerator[State]:
        async with opened(settings, work=settings.work, stopping=stopping) as room:
            await check_serving(settings, room)
            yield {"room": room, "settings": settings, "stopping": stopping}
            stopping.begin()

    return running
