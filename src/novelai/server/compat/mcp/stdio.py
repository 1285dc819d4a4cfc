"""``novelai mcp``: the protocol over standard input and output.

Either for a server elsewhere, to which every call is passed on with a key, or with the services
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
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
)

from novelai._version import __version__
from novelai.server.compat.mcp.context import ToolContext
from novelai.server.compat.mcp.server import mcp_server
from novelai.server.http.context import RequestContext
from novelai.server.lifespan import open_from_settings
from novelai.server.settings import Settings
from novelai.server.startup_errors import StartupError

__all__ = ["serve_here", "serve_there"]

UNAUTHORIZED = 401
PATIENCE = 10.0
LONGEST = 660.0
"""Seconds for one call: tools wait for ten minutes at most."""

Passing = ServerRequestContext[Any, Any]


async def serve_here(settings: Settings) -> None:
    """Work on this machine until standard input ends.

    Raises:
        StartupError: the settings cannot work, or a server uses the data already.
    """
    async with open_from_settings(settings, work=True) as services:
        key = await services.keys.local()

        def context_of(_context: ToolContext) -> RequestContext:
            return RequestContext(services=services, key=key)

        await mcp_server(context_of).run_stdio_async()


async def serve_there(url: str, secret: str | None) -> None:
    """Pass everything on to a server until standard input ends.

    Args:
        url: its address, with or without ``/mcp``.
        secret: a key of it; nothing where nobody needs one.

    Raises:
        StartupError: it does not answer, or does not take the key.
    """
    await _check(url, secret)
    async with _elsewhere(url, secret) as client:

        async def list_tools(
            _context: Passing, _params: PaginatedRequestParams | None
        ) -> ListToolsResult:
            return await client.list_tools()

        async def call_tool(context: Passing, params: CallToolRequestParams) -> CallToolResult:
            async def report_progress(
                progress: float, total: float | None, message: str | None
            ) -> None:
                await context.session.report_progress(progress, total, message)

            return await client.call_tool(
                params.name, params.arguments, progress_callback=report_progress
            )

        async def list_resources(
            _context: Passing, _params: PaginatedRequestParams | None
        ) -> ListResourcesResult:
            return await client.list_resources()

        async def list_templates(
            _context: Passing, _params: PaginatedRequestParams | None
        ) -> ListResourceTemplatesResult:
            return await client.list_resource_templates()

        async def read_resource(
            _context: Passing, params: ReadResourceRequestParams
        ) -> ReadResourceResult:
            return await client.read_resource(str(params.uri))

        async def list_prompts(
            _context: Passing, _params: PaginatedRequestParams | None
        ) -> ListPromptsResult:
            return await client.list_prompts()

        async def get_prompt(_context: Passing, params: GetPromptRequestParams) -> GetPromptResult:
            return await client.get_prompt(params.name, params.arguments)

        server: Server[Any] = Server(
            "novelai",
            version=__version__,
            instructions=client.instructions,
            on_list_tools=list_tools,
            on_call_tool=call_tool,
            on_list_resources=list_resources,
            on_list_resource_templates=list_templates,
            on_read_resource=read_resource,
            on_list_prompts=list_prompts,
            on_get_prompt=get_prompt,
        )
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())


async def _check(url: str, secret: str | None) -> None:
    """See that the server is there, so that what is wrong is told in a sentence."""
    ask = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    try:
        async with httpx2.AsyncClient(headers=_headers(secret), timeout=PATIENCE) as http:
            answer = await http.post(_address(url), json=ask)
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise StartupError(f"There is no server at {url}: start one with novelai serve.") from (
            None
        )
    if answer.status_code == UNAUTHORIZED:
        raise StartupError(f"The server at {url} asks for a key: set NOVELAI_SERVER_KEY.")
    if answer.status_code in (403, 404):
        raise StartupError(f"What answers at {url} offers no /mcp, or not to this address.")


def _address(url: str) -> str:
    return url.strip().rstrip("/").removesuffix("/mcp") + "/mcp"


def _headers(secret: str | None) -> dict[str, str]:
    accept = {"Accept": "application/json, text/event-stream"}
    return accept | {"Authorization": f"Bearer {secret}"} if secret else accept


@asynccontextmanager
async def _elsewhere(url: str, secret: str | None) -> AsyncGenerator[Client]:
    async with httpx2.AsyncClient(headers=_headers(secret), timeout=LONGEST) as http:
        transport = streamable_http_client(_address(url), http_client=http)
        async with Client(transport, read_timeout_seconds=LONGEST) as client:
            yield client
