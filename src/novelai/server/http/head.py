"""HEAD wherever GET is (RFC 9110, 9.1): the same answer without its body."""

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["DRAWING", "HeadAsGet"]

DRAWING = frozenset(
    {"/generate", "/nai2api/generate", "/ai/generate-voice", "/native/ai/generate-voice"}
)
"""Addresses where GET makes something: who asks for no body is not to pay for it."""


class HeadAsGet:
    """ASGI middleware right around the routes: they are asked as if by GET.

    Args:
        app: the routes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer without its body."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"] in DRAWING:
            await self._app(scope, receive, send)
            return
        # What is written of a request outside says HEAD; a stream would go on for nobody.
        with anyio.CancelScope() as enough:

            async def send_head(message: Message) -> None:
                if message["type"] != "http.response.body":
                    await send(message)
                elif message.get("more_body"):
                    enough.cancel()

            await self._app({**scope, "method": "GET"}, receive, send_head)
        await send({"type": "http.response.body", "body": b""})
