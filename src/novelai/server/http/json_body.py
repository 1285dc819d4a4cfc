"""JSON in bodies of requests: what is large is read beside the event loop."""

import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import anyio.to_thread
from fastapi import Request, Response
from fastapi.routing import APIRoute

__all__ = ["LARGE", "JSONRoute", "parse_json"]

LARGE = 262_144
"""Bytes up to which JSON is read where it is; more goes to a thread."""

T = TypeVar("T")


async def parse_json(body: bytes, parse: Callable[[bytes], T] = json.loads) -> T:
    """Read JSON, beside the event loop where there is much of it.

    Raises:
        ValueError: it is none; or whatever `parse` raises.
    """
    if len(body) <= LARGE:
        return parse(body)
    return await anyio.to_thread.run_sync(parse, body)


class _Request(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = await parse_json(await self.body())
        return self._json


class JSONRoute(APIRoute):
    """A route whose body is read so; give it to a router as its ``route_class``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answer_request(request: Request) -> Response:
            return await answer(_Request(request.scope, request.receive))

        return answer_request
