"""The client as a FastAPI dependency."""

from typing import Annotated

from fastapi import Depends
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from novelai.async_client import AsyncNovelAI
from novelai.fastapi.lifespan import STATE

__all__ = ["NovelAIClient", "client_of", "novelai_client"]


def client_of(app: Starlette | TestClient) -> AsyncNovelAI:
    """The client of a running app, for code outside a request and for tests.

    Raises:
        RuntimeError: the app is not running, or its lifespan opens no client.
    """
    running = app.app if isinstance(app, TestClient) else app
    client = getattr(getattr(running, "state", None), STATE, None)
    return _found(client)


def novelai_client(request: Request) -> AsyncNovelAI:
    """The app's client, for this request: a caller who goes away while waiting frees its place.

    Override it in tests: ``app.dependency_overrides[novelai_client] = lambda: my_client``.
    """
    client = _found(getattr(request.state, STATE, None))

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    return client.until(gone)


NovelAIClient = Annotated[AsyncNovelAI, Depends(novelai_client)]
"""Annotate a parameter with this to get the app's client."""


def _found(client: object) -> AsyncNovelAI:
    if isinstance(client, AsyncNovelAI):
        return client
    raise RuntimeError(
        "No NovelAI client is open: create the app with FastAPI(lifespan=novelai.fastapi.lifespan) "
        "or enter that lifespan inside your own and yield its state."
    )
