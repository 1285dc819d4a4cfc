"""``novelai mcp``: the protocol over standard input and output.

Either for a server elsewhere, to which every call is passed on with a key, or with the engine room
of this machine opened in this very process.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
)

from novelai._version import __version__
from novelai.server.doors.mcp.desk import AnyContext, Desk
from novelai.server.doors.mcp.server import mcp_server
from novelai.server.opening import opened
from novelai.server.settings import Settings

__all__ = ["serve_here", "serve_there"]

LONGEST = 660.0
"""Seconds for one call: tools wait for ten minutes at most."""

Passing = ServerRequestContext[Any, Any]


async def serve_here(settings: Settings) -> None:
    """Work on this machine until standard input ends.

    Raises:
        CannotOpenError: the settings cannot work, or a server uses the data already.
    """
    async with opened(settings, work=True) as room:
        key = await room.keys.local()

        def desk_of(_context: AnyContext) -> Desk:
            return Desk(room=room, key=key)

        await mcp_server(desk_of).run_stdio_async()


async def serve_there(url: str, secret: str | None) -> None:
    """Pass everything on to a server until standard input ends.

    Args:
        url: its address, with or without ``/mcp``.
        secret: a key of it; nothing where nobody needs one.
    """
    async with _elsewhere(url, secret) as client:

        async def list_tools(
            _context: Passing, _params: PaginatedRequestParams | None
        ) -> ListToolsResult:
            return await client.list_tools()

        async def call_tool(context: Passing, params: CallToolRequestParams) -> CallToolResult:
            async def told(progress: float, total: float | None, message: str | None) -> None:
                await context.session.report_progress(progress, total, message)

            return await client.call_tool(params.name, params.arguments, progress_callback=told)

        server: Server[Any] = Server(
            "novelai",
            version=__version__,
            instructions=client.instructions,
            on_list_tools=list_tools,
            on_call_tool=call_tool,
        )
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())


@asynccontextmanager
async def _elsewhere(url: str, secret: str | None) -> AsyncGenerator[Client]:
    address = url.strip().rstrip("/").removesuffix("/mcp") + "/mcp"
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    async with httpx2.AsyncClient(headers=headers, timeout=LONGEST) as http:
        transport = streamable_http_client(address, http_client=http)
        async with Client(transport, read_timeout_seconds=LONGEST) as client:
            yield client
