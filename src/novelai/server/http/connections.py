"""How long a connection may take to say what it wants, and how many of one address may do so.

A program that sends half of a request and waits costs a file and a task for as long as it likes.
Who has sent the whole of it may wait for an answer as long as that takes.
"""

from asyncio import BaseTransport, TimerHandle
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["ConnectionLimits", "careful_protocol"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """What unfinished requests get.

    Attributes:
        head: seconds for the first line and the headers.
        silence: seconds without a byte of a body that is not complete.
        unfinished: requests of one address that are not complete, at once. A proxy mostly passes on
            what it has read to the end.
    """

    head: float = 20.0
    silence: float = 60.0
    unfinished: int = 128


def careful_protocol(limits: ConnectionLimits) -> type[HttpToolsProtocol]:
    """Return the protocol of a server whose connections share one count."""
    unfinished: Counter[str] = Counter()

    class Protocol(_Careful):
        allowed = limits
        waiting = unfinished

    return Protocol


TOO_MANY = b"Too many unfinished requests come from your address. Not taken."
REFUSAL = (
    b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 5\r\nconnection: close\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n\r\n%s"
) % (len(TOO_MANY), TOO_MANY)


class _Careful(HttpToolsProtocol):
    allowed: ClassVar[ConnectionLimits]
    waiting: ClassVar[Counter[str]]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.parser = cast("Any", _Steadfast(self, self.parser))
        self._timer: TimerHandle | None = None
        self._counted: str | None = None
        self._is_refused = False  # what came along with it is read to its end, and not done

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(cast("Any", transport))
        self._begin()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._counted is None:  # the first of a connection is waited for from its beginning
            self._begin()

    @property
    def offers_other(self) -> bool:
        """Whether the request offers to go on in a protocol that is not spoken here."""
        offered = dict(self.headers).get(b"upgrade")
        if offered is None or not self.parser.should_upgrade():
            return False
        return offered.lower() != b"websocket" or self.ws_protocol_class is None

    def on_headers_complete(self) -> None:
        if self._is_refused or self.offers_other:  # which is read once more
            return
        self._wait(self.allowed.silence)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._is_refused:
            return
        if not self.cycle.response_complete:
            self._wait(self.allowed.silence)
        super().on_body(body)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._counted is not None and self.cycle.response_complete:
            self._wait(self.allowed.head)  # it was refused, and its body still comes

    def on_message_complete(self) -> None:
        if self._is_refused or self.offers_other:
            return
        self._end()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._end()
        super().handle_websocket_upgrade()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        address = self.client[0] if self.client else ""
        if self.waiting[address] >= self.allowed.unfinished:
            self._is_refused = True
            self.transport.write(REFUSAL)
            self.transport.close()
            return
        self._counted = address
        self.waiting[address] += 1
        self._wait(self.allowed.head)

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._counted is not None:
            self.waiting[self._counted] -= 1
            if not self.waiting[self._counted]:
                del self.waiting[self._counted]
            self._counted = None

    def _wait(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        if self.flow.read_paused:  # it is this side that does not read
            self._wait(self.allowed.silence)
        else:
            self.transport.abort()


class _Steadfast:
    """A parser that passes over offers of other protocols, and keeps the body behind them.

    Some programs offer HTTP/2 in each request. httptools stops there, as if the offer were taken.
    """

    def __init__(self, protocol: _Careful, parser: httptools.HttpRequestParser) -> None:
        self._protocol = protocol
        self._parser = parser

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            if not self._protocol.offers_other:
                raise
            rest = memoryview(data)[offer.args[0] :]
            head = self._head()
            self._parser = httptools.HttpRequestParser(self._protocol)
            self._parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
            self._parser.feed_data(head)
            self.feed_data(bytes(rest))

    def _head(self) -> bytes:
        """Return the head of the request without the offer."""
        parser = self._parser
        version = parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (parser.get_method(), self._protocol.url, version)]
        lines += [b"%s: %s" % one for one in self._protocol.headers if one[0] != b"upgrade"]
        return b"\r\n".join((*lines, b"", b""))
