"""A client that opens with the app and closes with it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypedDict

from starlette.applications import Starlette

from novelai.async_client import AsyncNovelAI
from novelai.fastapi.dependency import novelai_client
from novelai.fastapi.opening import STATE, LateClient
from novelai.fastapi.sync_client import novelai_sync_client

__all__ = ["lifespan", "lifespan_with"]


class NovelAIState(TypedDict):
    """What the lifespan adds to the state of every request."""

    novelai: AsyncNovelAI


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncGenerator[NovelAIState]:
    """Open an `AsyncNovelAI` configured by the environment for as long as the app runs.

    Use it as it is, ``FastAPI(lifespan=lifespan)``, or inside your own:

        @asynccontextmanager
        async def my_lifespan(app):
            async with lifespan(app) as state:
                yield {**state, "other": ...}

    Where `novelai_client` is overridden when the app starts, as in tests, nothing is opened and no
    key is needed.

    Raises:
        MissingAPIKeyError: ``NOVELAI_API_KEY`` is unset; the app does not start.
    """
    async with lifespan_with(AsyncNovelAI)(app) as state:
        yield state


def lifespan_with(
    make_client: Callable[[], AsyncNovelAI],
) -> Callable[[Starlette], AbstractAsyncContextManager[NovelAIState]]:
    """Return a lifespan around a client of your own making.

    Args:
        make_client: called once when the app starts, for example
            ``lambda: AsyncNovelAI(base_url="http://127.0.0.1:8787")``. Where `novelai_client` is
            overridden by then it is called only if the client is asked for all the same.
    """

    @asynccontextmanager
    async def open_state(app: Starlette) -> AsyncGenerator[NovelAIState]:
        late = LateClient(make_client)
        held: Any = late if _is_overridden(app) else late.get()
        setattr(app.state, STATE, held)
        try:
            yield {"novelai": held}
        finally:
            delattr(app.state, STATE)
            await late.close()

    return open_state


def _is_overridden(app: Starlette) -> bool:
    """Return whether somebody else provides the client of this app."""
    overrides: dict[object, object] = getattr(app, "dependency_overrides", {})
    return novelai_client in overrides or novelai_sync_client in overrides
