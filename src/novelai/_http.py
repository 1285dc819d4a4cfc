"""What both drivers do alike: requests to httpx2's terms, its failures to ours."""

import os
import string
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import cache
from random import Random
from typing import Any, TypeVar

import httpx2

from novelai._codecs.cut import stakes
from novelai._config import Config
from novelai._options import Options
from novelai._wire import Reply, Request, Unreachable
from novelai.errors import ConnectionLostError, NovelAIError, RequestTimeoutError

__all__ = [
    "LARGE",
    "Exchange",
    "Trail",
    "attach_request_id",
    "drain",
    "interruption_error",
    "private",
    "unreachable",
]

E = TypeVar("E")
M = TypeVar("M")

LARGE = 128 * 1024
"""From this many bytes on, decoding is worth a thread."""

CORRELATION_ALPHABET = string.ascii_letters + string.digits

BEFORE_ALL = (httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
"""What httpx2's own transports raise before the first step that they tell of."""

SILENCE = (httpx2.ReadTimeout, httpx2.WriteTimeout)


class Trail:
    """The steps that a transport told of, for one request: evidence of whether any of it left.

    The class of an exception is none: a foreign transport may say that it could not connect when
    an answer was lost. httpcore2 tells of each step (request extension ``trace``); of a transport
    that tells nothing, it is not known.
    """

    def __init__(self) -> None:
        self._steps = 0
        self._heads = 0

    def record(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of a step."""
        self._steps += 1
        step = event.partition(".")[2]
        # What is said to a proxy so that it opens a tunnel is no part of the request.
        if step == "send_request_headers.started" and info["request"].method != b"CONNECT":
            self._heads += 1
        # A head that HTTP/1.1 does not allow is found before it is written.
        if (
            event == "http11.send_request_headers.failed"
            and "Local" in type(info["exception"]).__name__
        ):
            self._heads -= 1

    async def record_async(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of a step; httpcore2 awaits it on an event loop."""
        self.record(event, info)

    @property
    def shows_unsent(self) -> bool:
        """Nothing of the request can have left."""
        return self._steps > 0 and self._heads == 0


class Exchange:
    """Adds address, token and identification to requests.

    Args:
        config: where the service is, and who asks.
        rng: gives ids and chances.
        clock: tells unix time in seconds.
    """

    def __init__(self, config: Config, rng: Random, clock: Callable[[], float] = time.time) -> None:
        self._config = config
        self._rng = rng
        self._clock = clock

    def request_id(self) -> str:
        """Six characters, as the web client makes them for ``x-correlation-id``."""
        return "".join(self._rng.choices(CORRELATION_ALPHABET, k=6))

    def chance(self) -> float:
        """Return a random number from 0 to 1."""
        return self._rng.random()

    def place(self, request: Request) -> str:
        """Return the host and the path of a request as they may be logged.

        A path in front of it, as of a proxy, may hold a key; the query may hold a prompt.
        """
        return httpx2.URL(self._config.bases[request.host]).netloc.decode("ascii") + request.path

    def reply(
        self,
        response: httpx2.Response,
        content: bytes,
        request_id: str,
        lent: memoryview | None = None,
    ) -> Reply:
        """Return a response, with its body as far as it was read, or as it was lent."""
        return Reply(
            response.status_code,
            response.headers,
            content,
            origin(response),
            request_id,
            self._clock(),
            lent,
        )

    def arguments(
        self, request: Request, request_id: str, options: Options, trace: Any = None
    ) -> dict[str, Any]:
        """Arguments for `httpx2.Client.build_request`; ``trace`` is told of each step."""
        headers = {
            "User-Agent": options.user_agent,
            "x-correlation-id": request_id,
            **options.headers,
        }
        if request.authorized:
            headers["Authorization"] = f"Bearer {self._config.api_key}"
        if request.content_type:
            headers["Content-Type"] = request.content_type
        if request.accept:
            headers["Accept"] = request.accept
        return {
            "method": request.method,
            "url": f"{self._config.bases[request.host]}{request.path}",
            "headers": headers,
            "content": request.content,
            "params": dict(request.query) if request.query else None,
            "timeout": options.timeout,
            "extensions": None if trace is None else {"trace": trace},
        }


@cache
def _private_kind(kind: type[Any]) -> type[Any]:
    """Make a kind of address that does not show its query when it is printed.

    httpx2 writes the address of every request into its log, and a query may hold a prompt.
    """

    def show(url: Any) -> str:
        return str(url.copy_with(query=None))

    return type("PrivateURL", (kind,), {"__str__": show, "__repr__": show})


def private(message: M) -> M:
    """Return the same request, of httpx2 or a relative, whose query is sent and never logged."""
    request: Any = message
    if request.url.query:
        request.url = _private_kind(request.url.__class__)(request.url)
    return message


def origin(response: httpx2.Response) -> str:
    """Scheme, host and port that answered."""
    return f"{response.url.scheme}://{response.url.netloc.decode('ascii')}"


def unreachable(error: Exception, trail: Trail, *, trusted: bool) -> Unreachable:
    """Return a failure of the transport as a value.

    Args:
        error: what it raised: httpx2's exceptions, or with a foreign transport whatever it likes.
        trail: what it told of.
        trusted: it was chosen here: httpx2's own, or ours.
    """
    reason = type(error).__name__
    if trail.shows_unsent or (trusted and isinstance(error, BEFORE_ALL)):
        return Unreachable(False, "connect", f"{reason}{_cause(error)}", cause=error)
    kind = "timeout" if isinstance(error, SILENCE) else "lost"
    return Unreachable(True, kind, reason, cause=error)


def interruption_error(error: Exception, request_id: str, *, paid: bool) -> NovelAIError:
    """Return a failure of the transport after a stream had begun."""
    timeout = isinstance(error, SILENCE)
    cls = RequestTimeoutError if timeout else ConnectionLostError
    happened = "The stream fell silent" if timeout else "The stream broke"
    what, charged, note = stakes(paid=paid)
    return cls(
        f"{happened} before the {what} was complete ({type(error).__name__}).{note}",
        status=200,
        request_id=request_id,
        charged=charged,
    )


@contextmanager
def attach_request_id(request_id: str) -> Generator[None]:
    """Give errors raised inside the id of the request they belong to."""
    try:
        yield
    except NovelAIError as error:
        error.request_id = error.request_id or request_id
        raise


def drain(events: Iterable[E]) -> tuple[list[E], NovelAIError | None]:
    """All events, and the error that came after them, if one did."""
    found: list[E] = []
    try:
        found.extend(events)
    except NovelAIError as error:
        return found, error
    return found, None


def _cause(error: BaseException) -> str:
    """Return the operating system's words, for example "Connection refused"; never a URL."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno:
            return f", {os.strerror(seen.errno)}"  # asyncio's own words hold the address
        seen = seen.__cause__ or seen.__context__
    return ""
