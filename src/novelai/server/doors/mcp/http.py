"""``/mcp``: the protocol over HTTP, with the keys of the server.

Every request stands for itself, so any process of the server may answer it.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from novelai.server.access.caller import client_of, room_of
from novelai.server.doors.mcp.desk import AnyContext, Desk
from novelai.server.doors.mcp.server import mcp_server
from novelai.server.keys.key import Key
from novelai.server.problems import ProblemError, problem_answer

__all__ = ["MCPDoor"]

KEY = "novelai_key"


class MCPDoor:
    """An ASGI application that is `open` while the server runs.

    Args:
        body_limit: bytes of a request at most.
    """

    def __init__(self, *, body_limit: int) -> None:
        self._body_limit = body_limit
        self._manager: StreamableHTTPSessionManager | None = None

    @property
    def routes(self) -> list[Route]:
        """Where it is mounted."""
        return [Route(path, self, include_in_schema=False) for path in ("/mcp", "/mcp/")]

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Answer requests until the block ends."""
        server = mcp_server(_desk_of)
        server.streamable_http_app(  # makes the session manager, which is all that is needed of it
            stateless_http=True,
            max_request_body_size=self._body_limit,
            # The guard of the whole server has looked at Host and Origin.
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        manager = server.session_manager
        async with manager.run():
            self._manager = manager
            yield
            self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request in the name of its key."""
        manager = self._manager
        try:
            if manager is None:
                raise ProblemError(503, "stopped", "The server stops. Nothing was sent.")
            key = await client_of(Request(scope))
        except ProblemError as problem:
            await problem_answer(problem)(scope, receive, send)
            return
        await manager.handle_request(dict(scope) | {KEY: key}, receive, send)


def _desk_of(context: AnyContext) -> Desk:
    request = cast("Request", context.request_context.request)
    return Desk(room=room_of(request), key=cast("Key", request.scope[KEY]))
