"""The client as a FastAPI dependency."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any, Protocol

import anyio
from fastapi import Depends
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from novelai.async_client import AsyncNovelAI
from novelai.fastapi.departure import departure
from novelai.fastapi.opening import client_in

__all__ = ["NovelAIClient", "client_of", "novelai_client"]


class HasApp(Protocol):
    """What has an app inside, such as a test client or a middleware."""

    @property
    def app(self) -> object:
        """What is inside."""
        ...


def client_of(app: Starlette | HasApp) -> AsyncNovelAI:
    """Return the client of a running app, for code outside a request and for tests.

    Args:
        app: the app, or what has it inside: a ``TestClient``, a middleware.

    Raises:
        RuntimeError: the app is not running, or its lifespan opens no client.
    """
    found: Any = app
    while not hasattr(found, "state") and hasattr(found, "app"):
        found = found.app
    return client_in(getattr(found, "state", None))


class Endpoint:
    """Whether the endpoint of a request has returned."""

    returned = False


async def _endpoint() -> AsyncGenerator[Endpoint]:
    endpoint = Endpoint()
    try:
        yield endpoint
    finally:
        endpoint.returned = True


async def novelai_client(
    connection: HTTPConnection,
    # Ends before the response is sent; with the usual scope it would end after background tasks.
    endpoint: Annotated[Endpoint, Depends(_endpoint, scope="function")],
) -> AsyncNovelAI:
    """Return the app's client, for this request or this WebSocket.

    A caller who goes away while waiting frees its place.

    That holds until the endpoint returns. Background tasks, and tasks that outlive the request, run
    to their end: once the response was sent, every caller counts as gone. Streaming responses are
    ended by Starlette when their caller goes away.

    Override it in tests: ``app.dependency_overrides[novelai_client] = lambda: my_client``.
    """
    client = client_in(connection.state)
    left = departure(connection)

    async def gone() -> None:
        if not endpoint.returned:
            await left()
        if endpoint.returned:
            await anyio.sleep_forever()

    return client.until(gone)


NovelAIClient = Annotated[AsyncNovelAI, Depends(novelai_client)]
"""Annotate a parameter of an ``async def`` route or of a WebSocket with this: the app's client."""
