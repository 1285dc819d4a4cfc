"""The composition root: read this first.

A request meets, from the outside in:

    secrets in addresses -> request id -> counting -> straight addresses -> words of its dialect
    -> site guard (host, origin) -> watch over rights -> body limit, which asks who calls
    -> a route

The routes are ``/generate``; ``/api/...`` for the page and for scripts: keys, sessions, jobs,
events, images, uploads, vibes, drafts, studio, accounts, usage, links; the doors (A1111, ComfyUI,
naifu, Nai2API, OpenAI, NovelAI's own, and ``/mcp``, which loads when it is first asked);
``/healthz``, ``/readyz``, ``/metrics``; and the page, which takes what is left.

Routes ask the services; those submit jobs; a worker claims them and calls NovelAI,
or the emulator in a demo.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TypedDict

from fastapi import FastAPI

from novelai._version import __version__
from novelai.server.api import (
    accounts,
    drafts,
    events,
    generate,
    images,
    jobs,
    keys,
    links,
    operations,
    session,
    start,
    studio,
    uploads,
    usage,
    vibes,
)
from novelai.server.compat.a1111 import a1111_router
from novelai.server.compat.comfyui import comfy_router
from novelai.server.compat.dialects import DIALECTS
from novelai.server.compat.error_middleware import DialectFront, words_of
from novelai.server.compat.mcp.http import MCPDoor
from novelai.server.compat.nai2api import nai2api_router
from novelai.server.compat.naifu import naifu_router
from novelai.server.compat.novelai.endpoints import native_router
from novelai.server.compat.openai.address import StraightAddress
from novelai.server.compat.openai.router import openai_router
from novelai.server.http.body_limit import BodyLimit
from novelai.server.http.error_handlers import install_failures
from novelai.server.http.openapi import describe
from novelai.server.http.page import mount_page
from novelai.server.http.path_secret import PathSecrets
from novelai.server.http.request_id import RequestId
from novelai.server.http.request_metrics import RequestMeter
from novelai.server.http.rights_watch import RightsWatch
from novelai.server.http.site_guard import SiteGuard
from novelai.server.lifespan import check_serving, open_from_settings
from novelai.server.services import Services
from novelai.server.settings import Settings
from novelai.server.stopping import Stopping

__all__ = ["State", "create_app"]


API = (
    generate, session, events, start, jobs, keys, images, uploads, studio, drafts, vibes, accounts,
    usage, links, operations,
)  # fmt: skip
"""Our own endpoints, in the order in which the OpenAPI document lists them."""


class State(TypedDict):
    """What every request finds in its state."""

    services: Services
    settings: Settings
    stopping: Stopping


def create_app(settings: Settings, stopping: Stopping | None = None) -> FastAPI:
    """Build the server.

    Args:
        settings: all of them; nothing else is read from the environment.
        stopping: told when the process begins to stop, so that streams end.
    """
    mcp = MCPDoor(body_limit=settings.body_limit)
    app = FastAPI(
        title="NovelAI server",
        version=__version__,
        summary="Pictures from NovelAI over HTTP: paid jobs that are never lost.",
        # The framework's own viewer is a script of another host; the page brings one.
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(settings, stopping or Stopping(settings.grace), mcp),
    )
    install_failures(app)
    for endpoints in API:
        app.include_router(endpoints.router)
    for router in (
        a1111_router(),
        nai2api_router(),
        comfy_router(),
        naifu_router(),
        openai_router(),
        native_router(),
    ):
        app.include_router(router)
    describe(app)
    app.router.routes.extend(mcp.routes)
    mount_page(app)
    app.add_middleware(BodyLimit, limit=settings.body_limit)
    app.add_middleware(RightsWatch, words_of=partial(words_of, DIALECTS))
    app.add_middleware(
        SiteGuard,
        hosts=settings.allowed_hosts,
        addresses=not settings.is_local,
        origins=settings.allowed_origins,
    )
    app.add_middleware(DialectFront, dialects=DIALECTS)
    app.add_middleware(StraightAddress)
    app.add_middleware(RequestMeter)
    app.add_middleware(RequestId)
    app.add_middleware(PathSecrets)
    return app


def _lifespan(
    settings: Settings, stopping: Stopping, mcp: MCPDoor
) -> Callable[[FastAPI], AbstractAsyncContextManager[State]]:
    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncGenerator[State]:
        async with open_from_settings(settings, work=settings.work, stopping=stopping) as services:
            await check_serving(settings, services)
            async with mcp.open():
                yield {"services": services, "settings": settings, "stopping": stopping}
                stopping.begin()

    return running
