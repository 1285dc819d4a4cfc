"""A client that opens with the app and closes with it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypedDict

from starlette.applications import Starlette

from novelai.async_client import AsyncNovelAI

__all__ = ["STATE", "lifespan", "lifespan_with"]

STATE = "novelai"
"""The name under which the client is found in the lifespan state and in ``app.state``."""


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
            ``lambda: AsyncNovelAI(base_url="http://127.0.0.1:8787")``.
    """

    @asynccontextmanager
    async def open_state(app: Starlette) -> AsyncGenerator[NovelAIState]:
        async with make_client() as client:
            setattr(app.state, STATE, client)
            try:
                yield {"novelai": client}
            finally:
                delattr(app.state, STATE)

    return open_state
