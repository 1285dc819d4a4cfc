"""Memory that all connections of an event loop share.

Megabytes that come from the system and go back for each picture cost more than all the reading.
"""

from io import BytesIO

__all__ = ["Memory"]

BUFFER = 256 * 1024
"""Bytes that one read may bring."""

SPARES = 20
"""Bodies that are kept for the next answers: as many as connections are."""

MOST = 4 * 1024 * 1024
"""Bytes of the largest body that is kept."""


class Memory:
    """Where bytes arrive, and where bodies are gathered.

    Attributes:
        came: bytes from the socket. They are taken out before the loop does anything else.
        said: the same of what TLS held inside.
    """

    def __init__(self) -> None:
        self.came = memoryview(bytearray(BUFFER))
        self.said = memoryview(bytearray(BUFFER))
        self._spares: list[BytesIO] = []

    def take(self) -> BytesIO:
        """Return room for a body that nobody looks into; what it held is overwritten."""
        for place, spare in enumerate(self._spares):
            spare.seek(0)
            try:
                spare.write(b"")
            except BufferError:
                continue  # somebody looks into it
            del self._spares[place]
            return spare
        return BytesIO()

    def lend(self, room: BytesIO) -> memoryview:
        """Return what was written; once nobody looks into it, it serves again."""
        length = room.tell()
        self.keep(room)
        return room.getbuffer()[:length]

    def keep(self, room: BytesIO) -> None:
        """Let room serve again that nothing is written to any more."""
        if room.tell() <= MOST and len(self._spares) < SPARES:
            self._spares.append(room)

    def give_back(self) -> None:
        """Keep nothing for later."""
        self._spares.clear()
