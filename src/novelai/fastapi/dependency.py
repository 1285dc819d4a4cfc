"""The client as a FastAPI dependency."""

from collections.abc import AsyncGenerator
from typing import Annotated

import anyio
from fastapi import Depends
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from novelai.async_client import AsyncNovelAI
from novelai.fastapi.lifespan import STATE

__all__ = ["NovelAIClient", "client_of", "novelai_client"]


def client_of(app: Starlette | TestClient) -> AsyncNovelAI:
    """Return the client of a running app, for code outside a request and for tests.

    Raises:
        RuntimeError: the app is not running, or its lifespan opens no client.
    """
    running = app.app if isinstance(app, TestClient) else app
    client = getattr(getattr(running, "state", None), STATE, None)
    return _require(client)


class Endpoint:
    """Whether the endpoint of a request has returned."""

    returned = False


async def _endpoint() -> AsyncGenerator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.returned = True


def novelai_client(
    request: Request,
    # Ends before the response is sent; with the usual scope it would end after background tasks.
    endpoint: Annotated[Endpoint, Depends(_endpoint, scope="function")],
) -> AsyncNovelAI:
    """Return the app's client, for this request.

    A caller who goes away while waiting frees its place.

    That holds until the endpoint returns. Background tasks run to their end: once the response was
    sent, every caller counts as gone. Streaming responses are ended by Starlette when their caller
    goes away.

    Override it in tests: ``app.dependency_overrides[novelai_client] = lambda: my_client``.
    """
    client = _require(getattr(request.state, STATE, None))

    async def gone() -> None:
        while not endpoint.returned and (await request.receive())["type"] != "http.disconnect":
            pass
        if endpoint.returned:
            await anyio.sleep_forever()

    return client.until(gone)


NovelAIClient = Annotated[AsyncNovelAI, Depends(novelai_client)]
"""Annotate a parameter with this to get the app's client."""


def _require(client: object) -> AsyncNovelAI:
    if isinstance(client, AsyncNovelAI):
        return client
    raise RuntimeError(
        "No NovelAI client is open: create the app with FastAPI(lifespan=novelai.fastapi.lifespan) "
        "or enter that lifespan inside your own and yield its state."
    )
