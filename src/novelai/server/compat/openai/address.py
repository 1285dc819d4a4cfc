"""Crooked addresses under ``/v1`` are put straight before anything looks at them."""

from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["StraightAddress", "straighten"]


class StraightAddress:
    """ASGI middleware around the whole server; it touches only what is under ``/v1``.

    Args:
        app: the server.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        path = straighten(scope["path"]) if scope["type"] == "http" else None
        if path is not None and path != scope["path"]:
            scope = dict(scope) | {"path": path, "raw_path": quote(path).encode()}
        await self._app(scope, receive, send)


def straighten(path: str) -> str | None:
    """Return the path a client meant, or ``None`` when it is not for this door.

    Base addresses are typed with ``/v1`` twice, with slashes too many, with a line break behind.
    """
    parts = [part for part in (part.strip() for part in path.split("/")) if part]
    while parts[:2] == ["v1", "v1"]:
        parts = parts[1:]
    return "/" + "/".join(parts) if parts[:1] == ["v1"] else None
