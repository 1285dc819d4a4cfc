"""HEAD wherever GET is (RFC 9110, 9.1): the same answer without its body."""

import anyio
from fastapi import FastAPI
from starlette.routing import BaseRoute, Match, Router
from starlette.types import Message, Receive, Scope, Send

__all__ = ["DRAWING", "answer_head"]

DRAWING = frozenset(
    {"/generate", "/nai2api/generate", "/ai/generate-voice", "/native/ai/generate-voice"}
)
"""Addresses where GET makes something: who asks for no body is not to pay for it."""


def answer_head(app: FastAPI) -> None:
    """Let the routes of an app, which are all there, answer HEAD as they answer GET."""
    app.router.routes.append(_HeadRoute(app.router))


class _HeadRoute(BaseRoute):
    """The last of all routes: it is asked when no other one knows HEAD.

    Args:
        router: the routes.
    """

    def __init__(self, router: Router) -> None:
        self._router = router

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take what is asked with HEAD, where GET makes nothing."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        return (Match.FULL if is_head and scope["path"] not in DRAWING else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the routes as if by GET, and give the answer without its body."""
        asked = {**scope, "method": "GET"}
        # A stream would go on for nobody.
        with anyio.CancelScope() as enough:

            async def send_head(message: Message) -> None:
                if message["type"] != "http.response.body":
                    await send(message)
                elif message.get("more_body"):
                    enough.cancel()

            try:
                await self._router(asked, receive, send_head)
            finally:
                scope |= {name: asked[name] for name in ("route",) if name in asked}
        await send({"type": "http.response.body", "body": b""})
