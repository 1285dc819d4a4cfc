"""In front of the door: crooked addresses are put straight, refusals are put into its words.

What the server refuses anywhere (no key, too large a body, a foreign site, a budget) is a problem
document. On its way out of ``/v1`` it becomes what OpenAI's clients read.
"""

import json
from typing import Any
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from novelai.server.doors.openai.errors import error_document, never_again

__all__ = ["OpenAIFront", "straightened"]

PROBLEM = "application/problem+json"


class OpenAIFront:
    """ASGI middleware around the whole server; it touches only what is under ``/v1``.

    Args:
        app: the server.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back."""
        path = straightened(scope["path"]) if scope["type"] == "http" else None
        if path is None:
            await self._app(scope, receive, send)
            return
        if path != scope["path"]:
            scope = dict(scope) | {"path": path, "raw_path": quote(path).encode()}
        await self._app(scope, receive, _Translated(send))


def straightened(path: str) -> str | None:
    """The path a client meant, or ``None`` when it is not for this door.

    Base addresses are typed with ``/v1`` twice, with slashes too many, with a line break behind.
    """
    parts = [part for part in (part.strip() for part in path.split("/")) if part]
    while parts[:2] == ["v1", "v1"]:
        parts = parts[1:]
    return "/" + "/".join(parts) if parts[:1] == ["v1"] else None


class _Translated:
    """Sends on; a problem document is held back until it is whole, and then translated."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if MutableHeaders(scope=message).get("content-type", "").startswith(PROBLEM):
                self._held = message
                return
        elif self._held is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            start, self._held = self._held, None
            problem: dict[str, Any] = json.loads(self._body or b"{}")
            headers = MutableHeaders(scope=start)
            start["status"], document = error_document(problem, job_id=headers.get("x-job-id"))
            body = json.dumps(document).encode()
            headers["content-type"] = "application/json"
            headers["content-length"] = str(len(body))
            if never_again(problem):
                headers["x-should-retry"] = "false"
            await self._send(start)
            message = {"type": "http.response.body", "body": body}
        await self._send(message)
