"""The least that brings a picture: bytes from a socket, chunks by hand, one call of zlib.

It believes everything that it is told, waits for ever, and knows one kind of answer.
"""

import asyncio
import ssl
import struct
import zlib
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Floor"]

LIMIT = 1024 * 1024
DIRECTORY = 46
END = 22


class Floor:
    """Posts the same body again and again, on as many connections as it is asked for at once."""

    def __init__(self, job: dict[str, Any], path: str, body: bytes) -> None:
        url = urlsplit(job["base"])
        self._address = url.hostname, url.port
        self._context = ssl.create_default_context() if url.scheme == "https" else None
        self._request = (
            f"POST {path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self) -> list[bytes]:
        """Return the chunks of an answer."""
        if self._idle:
            reader, writer = self._idle.pop()
        else:
            host, port = self._address
            reader, writer = await asyncio.open_connection(
                host, port, ssl=self._context, limit=LIMIT
            )
        writer.write(self._request)
        await reader.readuntil(b"\r\n\r\n")
        chunks: list[bytes] = []
        while True:
            size = int(await reader.readuntil(b"\r\n"), 16)
            chunk = await reader.readexactly(size + 2)
            if not size:
                break
            chunks.append(chunk[:-2])
        self._idle.append((reader, writer))
        return chunks

    async def picture(self) -> bytes:
        """Return the picture out of the archive."""
        content = b"".join(await self.post())
        (offset,) = struct.unpack_from("<I", content, len(content) - END + 16)
        _, packed, size, name, extra = struct.unpack_from("<IIIHH", content, offset + 16)
        start = 30 + name + extra
        return zlib.decompress(memoryview(content)[start : start + packed], -15, size)

    def close(self) -> None:
        """Close all connections."""
        for _, writer in self._idle:
            writer.transport.abort()
