"""Text, voice and tags: passed on to NovelAI by the owner's account."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.responses import Response

from novelai._wire import Host
from novelai.server.compat.novelai.account import usable
from novelai.server.compat.novelai.relay import Relayed, RelayLimits, read_request
from novelai.server.http.context import MakerContext

__all__ = ["RELAYED", "relay_routes"]

RELAYED: tuple[tuple[str, str, Host, bool], ...] = (
    ("POST", "/ai/generate", "text", True),
    ("POST", "/ai/generate-stream", "text", True),
    ("POST", "/oa/v1/completions", "text", True),
    ("POST", "/oa/v1/chat/completions", "text", True),
    ("POST", "/oa/v1/internal/token-count", "text", False),
    ("GET", "/oa/v1/models", "text", False),
    ("POST", "/ai/generate-voice", "api", True),
    ("GET", "/ai/generate-voice", "api", True),
    ("GET", "/ai/generate-image/suggest-tags", "image", False),
)
"""Method, path, NovelAI's host, and whether it runs one at a time. None of them costs Anlas."""


def relay_routes(router: APIRouter) -> None:
    """Add the routes."""
    limits = RelayLimits()
    for method, path, host, generation in RELAYED:
        handler = _handler(limits, path, host, generation=generation)
        router.add_api_route(path, handler, methods=[method])


def _handler(
    limits: RelayLimits, path: str, host: Host, *, generation: bool
) -> Callable[..., Awaitable[Response]]:
    async def relay(context: MakerContext) -> Response:
        account = await usable(context)
        return Relayed(
            context.services.accounts.client(account),
            await read_request(context.http, host, path),
            limits=limits,
            account_id=account.id,
            generation=generation,
        )

    return relay
