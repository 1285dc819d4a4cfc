"""Server-sent events, as the WHATWG HTML standard defines them."""

from dataclasses import dataclass, field

from novelai._codecs.cut import broken_stream, cut_stream

__all__ = ["SSEDecoder", "ServerSentEvent"]

CARRIAGE_RETURN = ord("\r")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_PENDING = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event: its name (``message`` when none was given) and its data."""

    event: str
    data: str = field(repr=False)
    id: str = ""


class SSEDecoder:
    """Turns the bytes of an event stream into events, however they were cut.

    Bytes are kept until their line is complete, so a character cut in two is never decoded by
    halves, and each byte is searched for a line's end once.

    Args:
        paid: what the stream brings may have cost Anlas; errors say so.
    """

    def __init__(self, *, paid: bool = True) -> None:
        self._paid = paid
        self._buffer = bytearray()
        self._searched = 0
        self._started = False
        self._event = ""
        self._data: list[bytes] = []
        self._id = ""

    def completing(self, data: bytes) -> int:
        """Return how many bytes would be decoded if these were fed; 0 if they complete no line."""
        ends = b"\n" in data or b"\r" in data or self._buffer.endswith(b"\r")
        return len(self._buffer) + len(data) if ends else 0

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """Take the next bytes; return the events they complete."""
        self._buffer += data
        if len(self._buffer) > MAX_PENDING:
            raise broken_stream("a line is implausibly long", paid=self._paid)
        if not self._started:
            if len(self._buffer) < len(BYTE_ORDER_MARK) and BYTE_ORDER_MARK.startswith(
                self._buffer
            ):
                return []
            self._started = True
            if self._buffer.startswith(BYTE_ORDER_MARK):
                del self._buffer[: len(BYTE_ORDER_MARK)]
        return self._take_lines()

    def finish(self) -> list[ServerSentEvent]:
        """Say that the stream ended; raise if it ended inside an event.

        The standard discards an unfinished event; here it may be the picture, so it is an error.
        """
        events: list[ServerSentEvent] = []
        if self._buffer.endswith(b"\r"):
            line = bytes(self._buffer[:-1])
            self._buffer.clear()
            events = [event for event in (self._line(line),) if event]
        if self._buffer.strip() or self._data:
            raise cut_stream(paid=self._paid)
        return events

    def _take_lines(self) -> list[ServerSentEvent]:
        events: list[ServerSentEvent] = []
        start = 0
        while (end := self._end_of_line(max(start, self._searched))) >= 0:
            if self._buffer[end] == CARRIAGE_RETURN and end + 1 == len(self._buffer):
                break  # the line feed that belongs to it may still come
            after = end + (2 if self._buffer.startswith(b"\r\n", end) else 1)
            with memoryview(self._buffer) as view:
                line = bytes(view[start:end])
            event = self._line(line)
            start = after
            if event:
                events.append(event)
        del self._buffer[:start]
        self._searched = max(len(self._buffer) - 1, 0)
        return events

    def _end_of_line(self, start: int) -> int:
        # Twice `find` is many times as fast as a regular expression, and a picture is one line.
        feed = self._buffer.find(b"\n", start)
        back = self._buffer.find(b"\r", start, len(self._buffer) if feed < 0 else feed)
        return feed if back < 0 else back

    def _line(self, line: bytes) -> ServerSentEvent | None:
        if not line:
            return self._dispatch()
        colon = line.find(b":")
        name = line if colon < 0 else line[:colon]
        # One slice: a value may be a picture of megabytes.
        value = (
            b"" if colon < 0 else line[colon + (2 if line[colon + 1 : colon + 2] == b" " else 1) :]
        )
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._event = value.decode("utf-8", errors="replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", errors="replace")
        return None

    def _dispatch(self) -> ServerSentEvent | None:
        data, self._data = self._data, []
        event, self._event = self._event, ""
        if not data:
            return None
        text = b"\n".join(data).decode("utf-8", errors="replace")
        return ServerSentEvent(event or "message", text, self._id)
