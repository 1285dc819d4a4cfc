"""The words shared by the core, which decides, and the drivers, which do.

An operation is a *flow*: a generator written once, for sync and async alike. It yields what it
wants done and is sent what came of it:

    reply = yield from send(Request("GET", "image", "/user/subscription"))  # a Reply, status 2xx
    value = yield from work(partial(read_archive, reply.content))  # run off the event loop
    return value

A flow touches no socket, clock or thread. It never sees a failure: the driver settles those.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

__all__ = [
    "Cut",
    "Decoder",
    "Flow",
    "Host",
    "Outcome",
    "Reply",
    "Request",
    "Streaming",
    "Tariff",
    "Unreachable",
    "WaitReason",
    "Work",
    "ready",
    "send",
    "work",
]

T = TypeVar("T")
E_co = TypeVar("E_co", covariant=True)

Host = Literal["image", "text", "api"]

WaitReason: TypeAlias = Literal["turn", "locked", "rate_limited", "server_error", "unreachable"]
"""Why a call waits: for its turn among the calls of this client, or before it is tried again."""
Tariff = Callable[[bool, bool], int | None]
"""Gives the price of a request in Anlas, ``None`` when it is unknown: for an account with Opus or
without, whose V5 allowance is used up or not."""
Cut = Callable[[memoryview], tuple[int, float]]
"""Is shown the beginning of a body that is not whole; returns how many of the bytes can be used,
and where none can, how many it takes until some can."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, before the driver adds base URL, token and identification.

    ``paid`` marks a call that may cost Anlas: it is repeated only when it surely did not run.
    ``generation`` marks a call that NovelAI runs one at a time per account. ``main`` is false for a
    request on the way to the one that was asked for, as for the encoding of a vibe: what a caller
    adds to the body is not for it. ``tariff`` is what one that is paid costs, ``follows`` what the
    same call pays after it, and ``pictures`` how many pictures it brings. With ``borrows`` the body
    of the answer may come as ``lent``: who asks reads `Reply.body`, and copies what it keeps.
    ``cut`` is of a stream that borrows: where pieces of it may end. Its decoder is fed a
    ``memoryview`` then, and what it gives shares no memory with that.
    """

    method: str
    host: Host
    path: str
    content: bytes | None = field(default=None, repr=False)
    content_type: str | None = None
    accept: str | None = None
    query: Mapping[str, str] | None = field(default=None, repr=False)
    paid: bool = False
    generation: bool = False
    authorized: bool = True
    main: bool = True
    tariff: Tariff | None = field(default=None, repr=False, compare=False)
    follows: Tariff | None = field(default=None, repr=False, compare=False)
    pictures: int = 1
    borrows: bool = False
    cut: Cut | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer.

    Attributes:
        status: the HTTP status.
        headers: by names in lower case.
        content: the body.
        origin: who gave it.
        request_id: the ``x-correlation-id`` the request carried.
        received: when it came, unix time in seconds, if that is known.
        lent: the body instead of ``content``, in memory that is used again once nobody looks at it.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    origin: str = ""
    request_id: str | None = None
    received: float | None = None
    lent: memoryview | None = field(default=None, repr=False)

    @property
    def body(self) -> bytes | memoryview:
        """The body, wherever it is."""
        return self.content if self.lent is None else self.lent


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No complete answer. ``sent`` is ``False`` only when the request surely did not arrive."""

    sent: bool
    kind: Literal["connect", "timeout", "lost"]
    reason: str
    cause: Exception | None = field(default=None, repr=False, compare=False)


Outcome = Reply | Unreachable


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """A computation of milliseconds; an async driver runs it in a thread."""

    run: Callable[[], T]


Flow = Generator[Request | Work[Any], Any, T]


class Decoder(Protocol[E_co]):
    """Turns the bytes of a stream into events, however they were cut."""

    def begin(self, request_id: str) -> None:
        """Take the id of the request that is answered; events and pictures carry it."""
        ...

    def completing(self, data: bytes) -> int:
        """Return how many bytes would be decoded if these were fed; 0 if they complete no event."""
        ...

    def feed(self, data: bytes) -> Iterable[E_co]:
        """Take the next bytes; return the events they complete."""
        ...

    def finish(self) -> Iterable[E_co]:
        """Say that the stream ended; raise if it ended too early."""
        ...


@dataclass(frozen=True, slots=True)
class Streaming(Generic[T]):
    """A request whose answer is a stream, with a fresh decoder for it."""

    request: Request
    decoder: Decoder[T]


def ready(value: T) -> Flow[T]:
    """Return a flow that wants nothing more: all was decided before a turn is waited for."""
    yield from ()
    return value


def send(request: Request) -> Generator[Request, Reply, Reply]:
    """Ask the driver for a reply; typed, for ``yield from``."""
    reply = yield request
    return reply


def work(run: Callable[[], T]) -> Generator[Work[T], T, T]:
    """Ask the driver for a computation off the event loop; typed, for ``yield from``."""
    result = yield Work(run)
    return result
