"""The composition root: read this first.

A request meets, from the outside in:

    secrets in addresses -> whose API it is -> request id -> counting -> log of refusals
    -> site guard (host, origin) -> printed address -> watch over rights
    -> body limit, which asks who calls -> HEAD as GET -> a route

The routes are ``/generate``; ``/api/...`` for the page and for scripts: keys, sessions, jobs,
series, events, images, collections, uploads, vibes, drafts, studio, library, templates, accounts,
usage, links; the doors (A1111, ComfyUI, naifu, Nai2API, OpenAI, NovelAI's own, and ``/mcp``, which
loads when it is first asked);
``/healthz``, ``/readyz``, ``/metrics``; and the page, which takes what is left.

Routes ask the services; those submit jobs; a worker claims them and calls NovelAI,
or the emulator in a demo.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypedDict

from fastapi import FastAPI

from novelai._version import __version__
from novelai.catalogue import image_models
from novelai.server.api import (
    accounts,
    collections,
    drafts,
    events,
    generate,
    images,
    jobs,
    keys,
    library,
    links,
    operations,
    refusals,
    series,
    session,
    start,
    studio,
    templates,
    uploads,
    usage,
    vibes,
)
from novelai.server.compat.adapters import AdapterPaths, make_adapters
from novelai.server.compat.mcp.http import MCPDoor
from novelai.server.http.body_limit import BodyLimit
from novelai.server.http.credentials import PathSecrets
from novelai.server.http.error_handlers import install_failures
from novelai.server.http.middleware import (
    HeadAsGet,
    PrintedAddress,
    RefusalLog,
    RequestId,
    RequestMeter,
)
from novelai.server.http.openapi import describe
from novelai.server.http.page import mount_page
from novelai.server.http.rights_watch import RightsWatch
from novelai.server.http.site_guard import SiteGuard
from novelai.server.lifespan import check_serving, open_from_settings
from novelai.server.services import Services
from novelai.server.settings import Settings
from novelai.server.stopping import Stopping

__all__ = ["State", "create_app"]


API = (
    generate, session, events, start, jobs, series, keys, refusals, images, collections, uploads,
    studio, drafts, library, templates, vibes, accounts, usage, links, operations,
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
        settings: all of them; nothing else is read from the environment, but for
            ``NOVELAI_CATALOGUE``, which the table of models follows everywhere.
        stopping: told when the process begins to stop, so that streams end.

    Raises:
        ConfigurationError: the file that ``NOVELAI_CATALOGUE`` names cannot be used.
    """
    image_models()  # a file of models that cannot be used is found out now
    mcp = MCPDoor(body_limit=settings.body_limit)
    adapters = make_adapters(mcp)
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
    for adapter in adapters:
        app.include_router(adapter.router)
    describe(app)
    mount_page(app)
    app.add_middleware(HeadAsGet)
    app.add_middleware(BodyLimit, limit=settings.body_limit)
    app.add_middleware(RightsWatch)
    app.add_middleware(PrintedAddress)
    app.add_middleware(
        SiteGuard,
        hosts=settings.allowed_hosts,
        addresses=not settings.is_local,
        origins=settings.allowed_origins,
    )
    app.add_middleware(RefusalLog)
    app.add_middleware(RequestMeter)
    app.add_middleware(RequestId)
    app.add_middleware(AdapterPaths, adapters=adapters)
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
