"""The protocol's sessions over HTTP; importing this loads the protocol's library."""

from typing import cast

import anyio
from anyio.abc import TaskStatus
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.types import ASGIApp

from novelai.server.compat.mcp.caller import key_in
from novelai.server.compat.mcp.context import ToolContext
from novelai.server.compat.mcp.server import mcp_server
from novelai.server.http.context import RequestContext
from novelai.server.http.dependencies import services_of

__all__ = ["serve"]


async def serve(body_limit: int, *, task_status: TaskStatus[ASGIApp]) -> None:
    """Answer requests until this is cancelled.

    Args:
        body_limit: bytes of a request at most.
        task_status: is given the application that answers.
    """
    server = mcp_server(_context_of)
    server.streamable_http_app(  # makes the session manager, which is all that is needed of it
        stateless_http=True,
        max_request_body_size=body_limit,
        # The guard of the whole server has looked at Host and Origin.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    manager = server.session_manager
    async with manager.run():
        task_status.started(manager.handle_request)
        await anyio.sleep_forever()


def _context_of(context: ToolContext) -> RequestContext:
    request = cast("Request", context.request_context.request)
    return RequestContext(services=services_of(request), key=key_in(request.scope), request=request)
