"""The composition root: read this first.

guard (host, origin) -> routes: /generate, /generate/stream, /cost, /subscription (the router
of novelai.fastapi), /healthz, / (the page) -> AsyncNovelAI -> NovelAI, or the emulator in a demo
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
)

from fastapi import FastAPI

from novelai._version import __version__
from novelai.async_client import AsyncNovelAI
from novelai.fastapi import install_error_handlers, lifespan_with, novelai_router
from novelai.fastapi.lifespan import NovelAIState
from novelai.server.guard import LocalGuard
from novelai.server.health import health_router
from novelai.server.page import mount_page
from novelai.server.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings) -> FastAPI:
    """Build the server.

    Args:
        settings: all of them; nothing else is read from the environment.
    """
    app = FastAPI(
        title="NovelAI server",
        version=__version__,
        summary="Pictures from NovelAI over HTTP.",
        lifespan=_lifespan(settings),
    )
    install_error_handlers(app, requests=True)
    app.include_router(novelai_router())
    app.include_router(health_router(demo=settings.demo))
    mount_page(app, demo=settings.demo)
    app.add_middleware(LocalGuard)
    return app


def _lifespan(
    settings: Settings,
) -> Callable[[FastAPI], AbstractAsyncContextManager[NovelAIState]]:
    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncGenerator[NovelAIState]:
        async with AsyncExitStack() as stack:
            base_url, key = settings.base_url, settings.api_key
            token = key.get_secret_value() if key else None
            if settings.demo:
                base_url, token = stack.enter_context(_emulator(settings))
            client = lifespan_with(lambda: AsyncNovelAI(token, base_url=base_url))
            yield await stack.enter_async_context(client(app))

    return opened


def _emulator(settings: Settings) -> AbstractContextManager[tuple[str, str]]:
    from novelai.server.demo import emulated  # drawing needs libraries that serving does not

    return emulated(settings.demo_step_seconds)
