"""TLS over bytes, without I/O: what came goes in, what was said comes out.

asyncio's own gives each connection a buffer of 256 KiB, and passes everything through layers that
suit any protocol.
"""

import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress

__all__ = ["Tls"]

SLICE = 64 * 1024
"""Encrypted bytes taken in at once. OpenSSL keeps room for as many on each connection."""


class Tls:
    """One side of a connection: a client's.

    Args:
        context: settings; says whom to trust.
        name: of the service, as its certificate has to have it.

    Attributes:
        is_agreed: the handshake is done.
        has_ended: the service said that it will say no more.
    """

    def __init__(self, context: ssl.SSLContext, name: str) -> None:
        self.is_agreed = False
        self.has_ended = False
        self._came = ssl.MemoryBIO()
        self._leaves = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._leaves, server_hostname=name)

    def leaving(self) -> bytes:
        """Return what has to be sent now; mostly nothing."""
        return self._leaves.read() if self._leaves.pending else b""

    def shake_hands(self, data: memoryview | bytes = b"") -> None:
        """Take bytes that came while there is no agreement.

        Raises:
            ssl.SSLError: there will be none; what is leaving says so to the service.
        """
        self._came.write(data)
        with suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
            self.is_agreed = True

    def seal(self, data: bytes) -> bytes:
        """Return the bytes that carry data to the service."""
        self._tls.write(data)
        return self._leaves.read()

    def open(self, data: memoryview, room: memoryview) -> Iterator[memoryview]:
        """Take bytes that came; give what they say, as often as the room is full, and at the end.

        Raises:
            ssl.SSLError: they were damaged on the way.
        """
        for start in range(0, len(data) or 1, SLICE):
            self._came.write(data[start : start + SLICE])
            yield from self._read(room)

    def _read(self, room: memoryview) -> Iterator[memoryview]:
        """Give what was said so far; one record, of at most 16 KiB, follows the other."""
        read: Callable[[int, memoryview], int] = self._tls.read  # pyright: ignore[reportAssignmentType] - of a buffer it tells how much
        size, end = len(room), 0
        with suppress(ssl.SSLWantReadError):
            while count := read(size - end, room[end:]):
                end += count
                if end == size:
                    yield room
                    end = 0
            self.has_ended = True
        if end:
            yield room[:end]
