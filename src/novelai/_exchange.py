"""What both drivers do alike: requests to httpx2's terms, its failures to ours."""

import string
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from random import Random
from typing import Any, TypeVar

import httpx2

from novelai._codecs.cut import stakes
from novelai._config import Config
from novelai._version import __version__
from novelai._wire import Outcome, Reply, Request, Unreachable
from novelai.errors import ConnectionLostError, NovelAIError, RequestTimeoutError

__all__ = [
    "LARGE",
    "Exchange",
    "drain",
    "identified",
    "interrupted",
    "origin",
    "private",
    "reply",
    "unreachable",
]

E = TypeVar("E")

LARGE = 128 * 1024
"""From this many bytes on, decoding is worth a thread."""

USER_AGENT = f"novelai-fastapi/{__version__}"
CORRELATION_ALPHABET = string.ascii_letters + string.digits
CONNECT_SECONDS = 15.0

NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.ProxyError,
)


class Exchange:
    """Adds address, token and identification to requests."""

    def __init__(self, config: Config, rng: Random) -> None:
        self._config = config
        self._rng = rng
        self.timeout = httpx2.Timeout(config.timeout, connect=min(CONNECT_SECONDS, config.timeout))

    def request_id(self) -> str:
        """Six characters, as the web client makes them for ``x-correlation-id``."""
        return "".join(self._rng.choices(CORRELATION_ALPHABET, k=6))

    def chance(self) -> float:
        """A random number from 0 to 1."""
        return self._rng.random()

    def arguments(self, request: Request, request_id: str) -> dict[str, Any]:
        """Arguments for `httpx2.Client.build_request`."""
        headers = {"User-Agent": USER_AGENT, "x-correlation-id": request_id}
        if request.authorized:
            headers["Authorization"] = f"Bearer {self._config.api_key}"
        if request.content_type:
            headers["Content-Type"] = request.content_type
        if request.accept:
            headers["Accept"] = request.accept
        return {
            "method": request.method,
            "url": self._config.url(request.host, request.path),
            "headers": headers,
            "content": request.content,
            "params": dict(request.query) if request.query else None,
            "timeout": self.timeout,
        }


class PrivateURL(httpx2.URL):
    """An address that does not show its query when it is printed.

    httpx2 writes the address of every request into its log, and a query may hold a prompt.
    """

    def __str__(self) -> str:
        return str(self.copy_with(query=None))

    def __repr__(self) -> str:
        return f"PrivateURL({str(self)!r})"


def private(message: httpx2.Request) -> httpx2.Request:
    """The same request, whose query is sent and never logged."""
    if message.url.query:
        message.url = PrivateURL(message.url)
    return message


def reply(response: httpx2.Response) -> Reply:
    """A response whose body was read."""
    return Reply(response.status_code, response.headers, response.content, origin(response))


def origin(response: httpx2.Response) -> str:
    """Scheme, host and port that answered."""
    return str(response.url.copy_with(raw_path=b"/", fragment=None)).rstrip("/")


def unreachable(error: httpx2.RequestError) -> Outcome:
    """A failure of the transport as a value."""
    reason = type(error).__name__
    if isinstance(error, NEVER_SENT):
        return Unreachable(sent=False, kind="connect", reason=f"{reason}{_cause(error)}")
    if isinstance(error, httpx2.TimeoutException):
        return Unreachable(sent=True, kind="timeout", reason=reason)
    return Unreachable(sent=True, kind="lost", reason=reason)


def interrupted(error: httpx2.RequestError, request_id: str, *, paid: bool) -> NovelAIError:
    """A failure of the transport after a stream had begun."""
    timeout = isinstance(error, httpx2.TimeoutException)
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
def identified(request_id: str) -> Generator[None]:
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
    """The operating system's words, for example "Connection refused"; never a URL."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            return f", {seen.strerror}"
        seen = seen.__cause__ or seen.__context__
    return ""
