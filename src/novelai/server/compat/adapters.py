"""The APIs of other programs: at which addresses each is found, and how it words a failure.

The server's own ``/api`` and ``/generate`` are in none of them, and pass by with one look.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from novelai.server.compat.a1111 import a1111_router
from novelai.server.compat.a1111.errors import render_error as render_a1111
from novelai.server.compat.comfyui import comfy_router
from novelai.server.compat.comfyui.errors import render_error as render_comfyui
from novelai.server.compat.mcp.errors import render_error as render_mcp
from novelai.server.compat.mcp.http import MCPDoor
from novelai.server.compat.nai2api import nai2api_router
from novelai.server.compat.nai2api.errors import render_error as render_nai2api
from novelai.server.compat.naifu import naifu_router
from novelai.server.compat.novelai.endpoints import native_router
from novelai.server.compat.novelai.errors import render_error as render_novelai
from novelai.server.compat.novelai.errors import wire_error
from novelai.server.compat.openai.errors import render_error as render_openai
from novelai.server.compat.openai.router import openai_router
from novelai.server.compat.route import wants_page
from novelai.server.http.credentials import take_key_from_query
from novelai.server.http.error_handlers import RENDER, problem_in
from novelai.server.model.problems import ProblemError

__all__ = ["Adapter", "AdapterPaths", "make_adapters"]

Render = Callable[[ProblemError], Response]


def _always(_scope: Scope) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """The API of another program, made of jobs.

    Attributes:
        router: its routes.
        names: first parts of its addresses; no other API has them.
        render: a failure as its clients read it.
        to_problem: what is told of an exception.
        covers: whether a request at one of these addresses is its own.
        straightens: its clients' base addresses are mistyped in known ways; see `straighten`.
        takes_key_from_query: its clients keep the query of their base address, and nothing else.
        below_api: its clients may put ``/api`` before each address; what is ours there stays ours.
    """

    router: APIRouter
    names: Sequence[str]
    render: Render
    to_problem: Callable[[Exception], ProblemError] = problem_in
    covers: Callable[[Scope], bool] = _always
    straightens: bool = False
    takes_key_from_query: bool = False
    below_api: bool = False

    def enter(self, scope: Scope) -> None:
        """Prepare the scope of a request, in place: servers write their access log from it."""
        if self.straightens and scope["type"] == "http":
            scope["path"] = straighten(scope["path"])
            scope["raw_path"] = quote(scope["path"]).encode()
        if self.takes_key_from_query:
            take_key_from_query(scope)
        if scope["type"] == "http" and self.covers(scope):
            scope[RENDER] = self.render_error

    def render_error(self, error: Exception) -> Response:
        """Return a failure as a response."""
        return self.render(self.to_problem(error))


class AdapterPaths:
    """ASGI middleware around the whole server that knows whose API an address belongs to.

    Args:
        app: the server.
        adapters: the APIs.
    """

    def __init__(self, app: ASGIApp, *, adapters: Sequence[Adapter]) -> None:
        self._app = app
        self._by_name = {name: adapter for adapter in adapters for name in adapter.names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] in ("http", "websocket"):
            adapter = self._by_name.get(_first_part(scope["path"])) or self._below_api(scope)
            if adapter is not None:
                adapter.enter(scope)
        await self._app(scope, receive, send)

    def _below_api(self, scope: Scope) -> Adapter | None:
        """Find whose an address below ``/api`` is; its scope loses that part, in place."""
        if not scope["path"].startswith(f"{OURS}/") or _is_ours(scope):
            return None
        path = scope["path"].removeprefix(OURS)
        adapter = self._by_name.get(_first_part(path))
        if adapter is None or not adapter.below_api:
            return None
        scope["path"] = path
        scope["raw_path"] = quote(path).encode()
        return adapter


def make_adapters(mcp: MCPDoor) -> Sequence[Adapter]:
    """Return the APIs of one server."""
    return (
        Adapter(router=openai_router(), names=("v1",), render=render_openai, straightens=True),
        Adapter(
            router=a1111_router(),
            names=("sdapi", "internal", "app_id"),
            render=render_a1111,
            takes_key_from_query=True,
        ),
        # naifu is made of FastAPI as A1111 is: its clients read the same.
        Adapter(router=naifu_router(), names=("generate-stream",), render=render_a1111),
        Adapter(
            router=native_router(),
            names=("ai", "user", "oa", "native"),
            render=render_novelai,
            to_problem=wire_error,
        ),
        Adapter(router=nai2api_router(), names=("nai2api",), render=render_nai2api),
        Adapter(router=APIRouter(routes=[*mcp.routes]), names=("mcp",), render=render_mcp),
        Adapter(
            router=comfy_router(),
            names=(
                "system_stats", "object_info", "prompt", "history", "view", "interrupt", "ws",
                "upload", "free", "embeddings", "extensions", "models", "features", QUEUE,
            ),
            render=render_comfyui,
            covers=_is_for_comfyui,
            below_api=True,
        ),
    )  # fmt: skip


QUEUE = "queue"
"""ComfyUI's, and the address of a screen of the page."""

OURS = "/api"


def _is_ours(scope: Scope) -> bool:
    """Return whether our own API has an address that ComfyUI has below ``/api``, too."""
    path = scope["path"]
    return path == f"{OURS}/models" or (path == f"{OURS}/{QUEUE}" and scope.get("method") == "POST")


def _is_for_comfyui(scope: Scope) -> bool:
    if scope["path"] != f"/{QUEUE}":
        return _first_part(scope["path"]) != QUEUE
    return scope["method"] == "POST" or not wants_page(Headers(scope=scope))


def _first_part(path: str) -> str:
    return next((part for part in map(str.strip, path.split("/")) if part), "")


def straighten(path: str) -> str:
    """Return the path that a client meant.

    Base addresses are typed with ``/v1`` twice, with slashes too many, with a line break behind.
    """
    parts = [part for part in (part.strip() for part in path.split("/")) if part]
    while parts[:2] == ["v1", "v1"]:
        parts = parts[1:]
    return "/" + "/".join(parts)
