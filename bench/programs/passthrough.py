"""The least that passes a picture on: a bare ASGI application on httpx2."""

import zipfile
from io import BytesIO
from typing import Any

import httpx2

from bench.body import generation_request

__all__ = ["application"]


class PassThrough:
    """Sends the same request each time, and answers the picture out of the archive."""

    def __init__(self, base: str) -> None:
        self._url = f"{base}/ai/generate-image"
        self._body = generation_request()
        self._headers = {"Authorization": "Bearer pst-x", "Content-Type": "application/json"}
        self._client: httpx2.AsyncClient | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or take note that the server starts and stops."""
        if scope["type"] == "http":
            picture = await self._picture()
            headers = [
                (b"content-type", b"image/png"),
                (b"content-length", str(len(picture)).encode("ascii")),
            ]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": picture})
            return
        self._client = httpx2.AsyncClient(timeout=60)
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._client.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _picture(self) -> bytes:
        assert self._client is not None
        reply = await self._client.post(self._url, content=self._body, headers=self._headers)
        with zipfile.ZipFile(BytesIO(reply.content)) as archive:
            return archive.read(archive.infolist()[0])


def application(base: str) -> PassThrough:
    """Return the application for a stub at `base`."""
    return PassThrough(base)
