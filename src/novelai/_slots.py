"""Connections and turns: each process, and each event loop, has its own.

A connection that another process or loop opened must not be used: its answers would reach the wrong
caller, or nobody. So a client keeps a *slot* for each owner, made at the owner's first call. The
slots of other processes, which a fork leaves behind, are never touched again.
"""

import os
import ssl
import sys
from collections.abc import AsyncGenerator, Callable, Hashable
from typing import Generic, Protocol, TypeAlias, TypeVar
from urllib.request import getproxies
from weakref import ref

import anyio
import httpx2
from anyio.lowlevel import current_token

from novelai._limiter import AsyncLane, SyncLane
from novelai._transport import IS_TRIED
from novelai.errors import ConfigurationError

__all__ = [
    "AsyncSlot",
    "Owner",
    "Slots",
    "SyncSlot",
    "check_open",
    "check_owner",
    "library_loop",
    "loop_here",
    "make_slots",
    "owner_here",
    "running_loop",
]

H = TypeVar("H")
S = TypeVar("S")
H_contra = TypeVar("H_contra", contravariant=True)
S_co = TypeVar("S_co", covariant=True)

Owner: TypeAlias = tuple[int, "ref[object] | None"]
"""Process id, and the event loop if there is one."""

DECODING_THREADS = 4
"""Enough to keep the event loop free; more would only hold more pictures in memory at once."""

WITHOUT_CONNECTIONS = (httpx2.ASGITransport, httpx2.MockTransport, httpx2.WSGITransport)
"""Transports that any number of owners may share."""

FOREIGN = (
    "The http_client or transport of this client is in use by another process or event loop. "
    "Nothing was sent, nothing was charged. Make one client, with an http_client or transport of "
    "its own, for each process and event loop."
)
ELSEWHERE = (
    "A stream can be read only in the process and on the event loop where it was begun. Whether it "
    "was charged is unknown; check the balance before sending it again."
)
CLOSED = "This client was closed. Nothing was sent, nothing was charged. Make a new client."


class SyncSlot:
    """What one process needs.

    Args:
        http: sends.
        width: generations in flight at once.
        trusted: the transports were chosen here: httpx2's own, or ours.
        closes: the connections are closed with the client.

    Attributes:
        lane: whose turn it is.
    """

    def __init__(self, http: httpx2.Client, width: int, *, trusted: bool, closes: bool) -> None:
        self.http = http
        self.lane = SyncLane(width)
        self.trusted = trusted
        self._closes = closes

    def close(self) -> None:
        """Close the connections, if they are the client's."""
        if self._closes:
            self.http.close()


class AsyncSlot:
    """What one event loop needs.

    Args:
        http: sends.
        width: generations in flight at once.
        trusted: the transports were chosen here: httpx2's own, or ours.
        closes: the connections are closed with the client, or with the loop.

    Attributes:
        lane: whose turn it is.
        threads: limits what is computed at once.
    """

    def __init__(
        self, http: httpx2.AsyncClient, width: int, *, trusted: bool, closes: bool
    ) -> None:
        self.http = http
        self.lane = AsyncLane(width)
        self.threads = anyio.CapacityLimiter(DECODING_THREADS)
        self.trusted = trusted
        self._closer = _close_at_the_end(http) if closes else None
        self._begun = False

    async def begin(self) -> None:
        """See to it that the connections are closed with the loop, if nobody does so before."""
        if self._closer is not None and not self._begun:
            self._begun = True
            await anext(self._closer)

    async def close(self) -> None:
        """Close the connections, if they are the client's."""
        if self._closer is not None:
            await self.begin()
            await self._closer.aclose()


async def _close_at_the_end(http: httpx2.AsyncClient) -> AsyncGenerator[None]:
    """Wait for the end of the loop: loops close generators that are not exhausted."""
    try:
        yield
    finally:
        await http.aclose()


class Slots(Generic[S]):
    """A slot for each owner.

    There is no lock: one that another thread holds while the process forks would never be free in
    the child. `dict.setdefault` decides between threads.

    Args:
        make: makes a slot; it does no I/O.
        renewable: a second slot can be made; else the first owner is the only one.
    """

    def __init__(self, make: Callable[[], S], *, renewable: bool) -> None:
        self._make = make
        self._renewable = renewable
        self._closed = False
        self._entries: dict[Hashable, tuple[Owner, S]] = {}

    def find(self, loop: object | None = None) -> S:
        """Return the slot of this process and a loop; make it at the first call.

        Raises:
            ConfigurationError: there can be none.
        """
        if self._closed:
            raise ConfigurationError(CLOSED)
        owner = owner_here(loop)
        key = owner if self._renewable else None
        entry = self._entries.get(key)
        if entry is None:
            self._let_go(_has_ended)
            entry = self._entries.setdefault(key, (owner, self._make()))
        if entry[0] != owner:
            raise ConfigurationError(FOREIGN)
        return entry[1]

    def close(self, loop: object | None = None) -> S | None:
        """Give no slots any more; return the caller's own, which is to be closed.

        Slots of other loops are let go, and are closed on these loops.
        """
        try:
            slot = self.find(loop)
        except ConfigurationError:
            slot = None
        self._closed = True
        self._let_go(lambda _: True)
        return slot

    def _let_go(self, unwanted: Callable[[Owner], bool]) -> None:
        for key, (owner, _) in list(self._entries.items()):
            if owner[0] == os.getpid() and unwanted(owner):
                self._entries.pop(key, None)


def check_open(http: httpx2.Client | httpx2.AsyncClient) -> None:
    """Raise `ConfigurationError` before httpx2 raises an error of its own."""
    if http.is_closed:
        raise ConfigurationError(CLOSED)


def check_owner(here: Owner, owner: Owner) -> None:
    """Raise `ConfigurationError` where somebody else's stream would be read."""
    if here != owner:
        raise ConfigurationError(ELSEWHERE, charged="unknown")


def owner_here(loop: object | None = None) -> Owner:
    """Return who asks: this process, and the loop if one is named."""
    return os.getpid(), None if loop is None else ref(loop)


def loop_here() -> object | None:
    """Return the event loop that runs here, if one does."""
    try:
        return running_loop()
    except RuntimeError:
        return None


def running_loop() -> object:
    """Return the event loop that runs here: asyncio's loop, or trio's token."""
    asyncio = sys.modules.get("asyncio")  # where it is not loaded, it does not run
    if asyncio is not None:
        try:
            return asyncio.get_running_loop()
        except RuntimeError:
            pass
    return library_loop()


def library_loop() -> object:
    """Return the loop of the library that runs this very task; trio may be asyncio's guest."""
    token = current_token()
    return getattr(token, "native_token", token)  # anyio 4.10 gives it bare


def _open_own(client: Callable[..., H], context: ssl.SSLContext) -> H:
    """Make a client with the transport that suits this place: ours on asyncio, else httpx2's."""
    if client is httpx2.AsyncClient and _is_direct():
        from novelai._transport.direct import DirectTransport

        return client(transport=DirectTransport(context))
    return client(verify=context)


def _is_direct() -> bool:
    """Return whether requests from here go straight to the service, on a loop of asyncio's kind.

    Where the environment names a proxy, httpx2's own transports decide which hosts it is for.
    """
    if not IS_TRIED or getproxies().keys() & {"http", "https", "all"}:
        return False
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or loop_here() is None:
        return False
    return isinstance(library_loop(), asyncio.AbstractEventLoop)


def _has_ended(owner: Owner) -> bool:
    if owner[1] is None:
        return False
    loop = owner[1]()
    is_closed: Callable[[], bool] | None = getattr(loop, "is_closed", None)
    return loop is None or (is_closed is not None and is_closed())


class SlotType(Protocol[H_contra, S_co]):
    """`SyncSlot` or `AsyncSlot`."""

    def __call__(self, http: H_contra, width: int, *, trusted: bool, closes: bool) -> S_co:
        """Make a slot."""
        ...


def make_slots(
    slot: SlotType[H, S],
    client: Callable[..., H],
    http_client: H | None,
    transport: httpx2.BaseTransport | httpx2.AsyncBaseTransport | None,
    width: int,
    *,
    closes: bool = False,
) -> Slots[S]:
    """Make slots of what a client was given, if anything.

    Args:
        slot: `SyncSlot` or `AsyncSlot`.
        client: httpx2's client of that kind.
        http_client: such a client, to be used for every request.
        transport: a transport for a client of its own.
        width: generations in flight at once.
        closes: close such a client, too, with this one.
    """
    trusted = http_client is None and transport is None
    context = httpx2.create_ssl_context() if trusted else None

    def make() -> S:
        if context is not None:
            http = _open_own(client, context)
        else:
            http = http_client or client(transport=transport)
        return slot(http, width, trusted=trusted, closes=closes or http_client is None)

    return Slots(make, renewable=trusted or isinstance(transport, WITHOUT_CONNECTIONS))
