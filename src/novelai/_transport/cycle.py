"""One request and its answer in HTTP/1.1, without I/O.

Heads are h11's to write and to read. Only the bytes of a body go another way: each is copied once,
out of the buffer that it was received in.
"""

import re
from collections.abc import Callable, Sequence
from io import BytesIO

import h11

from novelai._wire import Cut

__all__ = ["Cycle"]

MAX_HEAD = 100 * 1024
"""Bytes of all heads of an answer together, and of its trailers; as httpx2 has it."""

HEAD_PIECE = 4096
"""Heads are short: what follows one in the same buffer should not be copied through h11."""

MAX_LINE = 1024
"""Bytes of the line before a chunk, or of a trailer."""

SIZE = re.compile(rb"([0-9a-fA-F]{1,16})[ \t]*(?:;[^\x00\r\n]*)?\r\n")

NEXT = re.compile(rb"\r\n([0-9a-fA-F]{1,16})\r\n")
"""The end of a chunk, and the beginning of the next: mostly they come together."""

Step = Callable[["Cycle", memoryview], memoryview]
"""Takes bytes of a body from the front of what came; returns the rest.

A function, not a method of its object: that would keep itself, and a picture, until the collector
comes by.
"""


class Cycle:
    """A request and its answer: bytes to send come out, bytes that came go in.

    Args:
        room: where the body is written, at its beginning.

    Attributes:
        answer: the head of the answer, once it came; informational ones are passed over.
        is_complete: the whole answer came.
    """

    def __init__(self, room: BytesIO | None = None) -> None:
        self.answer: h11.Response | None = None
        self.is_complete = False
        # It grows in place and gives its bytes away without a copy. Pieces and their sum would take
        # twice the memory, and asking the system for that costs more than reading.
        self._body = BytesIO() if room is None else room
        self._http = h11.Connection(h11.CLIENT)
        self._method = b""
        self._read = 0  # bytes of heads, then of trailers
        self._step: Step = Cycle._take_surplus
        self._left = 0
        self._line = b""
        self._surplus = False

    def begin(
        self, method: bytes, target: bytes, headers: Sequence[tuple[bytes, bytes]]
    ) -> list[bytes]:
        """Return the bytes of a request's head.

        Raises:
            h11.LocalProtocolError: HTTP does not allow it.
        """
        self._method = method
        return self._send(h11.Request(method=method, target=target, headers=list(headers)))

    def add(self, data: bytes) -> list[bytes]:
        """Return the bytes of a piece of the request's body.

        Raises:
            h11.LocalProtocolError: it is more than the head said.
        """
        return self._send(h11.Data(data=data))

    def end(self) -> list[bytes]:
        """Return the bytes that end the request.

        Raises:
            h11.LocalProtocolError: it is less than the head said.
        """
        return self._send(h11.EndOfMessage())

    @property
    def is_reusable(self) -> bool:
        """Both sides said all, nothing else, and neither wishes to close the connection."""
        return self.is_complete and not self._surplus and self._http.our_state is h11.DONE

    def receive(self, data: memoryview) -> None:
        """Take bytes that came.

        Raises:
            h11.RemoteProtocolError: they are no answer in HTTP/1.1.
        """
        if self.answer is None:
            rest, data = self._take_head(data)
            self._take_body(memoryview(rest))
        self._take_body(data)

    @property
    def held(self) -> int:
        """How many bytes of the body came and were not taken away."""
        return self._body.tell()

    def take(self) -> bytes:
        """Take away what came of the body."""
        body, self._body = self._body, BytesIO()
        body.truncate()
        return body.getvalue()

    def move(self, room: BytesIO, length: int) -> None:
        """Go on in another room; what came behind so many bytes of the body moves there."""
        body, self._body = self._body, room
        with body.getbuffer() as came:
            room.write(came[length : body.tell()])

    def look(self, cut: Cut) -> tuple[int, float]:
        """Return what is said of the bytes of the body that are held."""
        with self._body.getbuffer() as came, came[: self.held] as held:
            return cut(held)

    def receive_end(self) -> None:
        """Take note that no bytes will come any more.

        Raises:
            h11.RemoteProtocolError: the answer is not whole.
        """
        if self.answer is None:
            raise h11.RemoteProtocolError("Server disconnected without sending a response.")
        if self._step == Cycle._take_all:
            self.is_complete = True
        if not self.is_complete:
            raise h11.RemoteProtocolError("The connection ended before the body was complete.")
        self._surplus = True

    def _send(self, event: h11.Event) -> list[bytes]:
        return self._http.send_with_data_passthrough(event) or []

    def _take_head(self, data: memoryview) -> tuple[bytes, memoryview]:
        """Give h11 bytes until it has read a head; return what it did not need, and the rest."""
        while data and self.answer is None:
            piece, data = data[:HEAD_PIECE], data[HEAD_PIECE:]
            self._read += len(piece)
            self._http.receive_data(bytes(piece))
            event = self._http.next_event()
            while isinstance(event, h11.InformationalResponse):
                event = self._http.next_event()
            rest = b""
            if isinstance(event, h11.Response):
                rest, _ = self._http.trailing_data
                self._begin_body(event)
            if self._read - len(rest) > MAX_HEAD:
                raise h11.RemoteProtocolError("The head of the answer is too long.")
            if self.answer is not None:
                return rest, data
        return b"", data

    def _begin_body(self, answer: h11.Response) -> None:
        self.answer = answer
        named = dict(answer.headers)  # h11 refuses lengths that differ, and other codings
        is_chunked, length = b"transfer-encoding" in named, named.get(b"content-length")
        if is_chunked and length is not None:
            raise h11.RemoteProtocolError("The answer has two lengths.")
        if self._method == b"HEAD" or answer.status_code in (204, 304):
            self._finish()
        elif is_chunked:
            self._step = Cycle._take_size
        elif length is None:
            self._step = Cycle._take_all
        else:
            self._left = int(length)
            self._step = Cycle._take_known
            if not self._left:
                self._finish()

    def _take_body(self, data: memoryview) -> None:
        while data:
            data = self._step(self, data)

    def _take_known(self, data: memoryview) -> memoryview:
        data = self._take_piece(data)
        if not self._left:
            self._finish()
        return data

    def _take_all(self, data: memoryview) -> memoryview:
        self._left = len(data)
        return self._take_piece(data)

    def _take_size(self, data: memoryview) -> memoryview:
        line, data = self._take_line(data)
        if line:
            size = SIZE.fullmatch(line)
            if size is None:
                raise h11.RemoteProtocolError("The size of a chunk cannot be read.")
            self._left = int(size[1], 16)
            self._step = Cycle._take_chunk if self._left else Cycle._take_trailer
            self._read = 0
        return data

    def _take_chunk(self, data: memoryview) -> memoryview:
        data = self._take_piece(data)
        while not self._left:
            following = NEXT.match(data)
            if following is None or not (size := int(following[1], 16)):
                self._step = Cycle._take_chunk_end
                break
            self._left = size
            data = self._take_piece(data[following.end() :])
        return data

    def _take_chunk_end(self, data: memoryview) -> memoryview:
        line, data = self._take_line(data)
        if line:
            if line != b"\r\n":
                raise h11.RemoteProtocolError("A chunk is not as long as it says.")
            self._step = Cycle._take_size
        return data

    def _take_trailer(self, data: memoryview) -> memoryview:
        line, data = self._take_line(data)
        self._read += len(line)
        if self._read > MAX_HEAD:
            raise h11.RemoteProtocolError("The trailers of the answer are too long.")
        if line == b"\r\n":
            self._finish()
        return data

    def _take_surplus(self, _: memoryview) -> memoryview:
        self._surplus = True
        return memoryview(b"")

    def _take_piece(self, data: memoryview) -> memoryview:
        piece, rest = data[: self._left], data[self._left :]
        self._left -= len(piece)
        self._body.write(piece)
        return rest

    def _take_line(self, data: memoryview) -> tuple[bytes, memoryview]:
        """Return a line with its end, empty while it is not whole, and what follows it."""
        window = self._line + bytes(data[:MAX_LINE])
        end = window.find(b"\n") + 1 or len(window)
        if end > MAX_LINE:
            raise h11.RemoteProtocolError("A line between chunks is too long.")
        rest = data[end - len(self._line) :]
        if window[end - 1] != ord("\n"):
            self._line = window
            return b"", rest
        self._line = b""
        return window[:end], rest

    def _finish(self) -> None:
        self.is_complete = True
        self._step = Cycle._take_surplus
