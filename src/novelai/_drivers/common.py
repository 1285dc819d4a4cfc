"""What both drivers have in common: options, decisions between attempts, the log."""

from collections import deque
from collections.abc import Generator, Mapping, MutableSequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, ClassVar, Generic, Self, TypeVar

from novelai._codecs.body import add_to_body
from novelai._http import Exchange
from novelai._logs import INFO, LOG, StreamSize, follow_stream, log_outcome, log_request
from novelai._options import CALL_OPTIONS, Options
from novelai._responses import settle
from novelai._slots import Slots
from novelai._wire import Outcome, Reply, Request
from novelai.errors import InvalidParamsError
from novelai.types.findings import meant

__all__ = ["Driver", "Recording"]

S = TypeVar("S")


@dataclass(slots=True)
class Recording:
    """What a call received.

    Attributes:
        request_id: of all its requests.
        replies: each request, and the answer to it.
    """

    request_id: str = ""
    replies: list[tuple[Request, Reply]] = field(default_factory=list[tuple[Request, Reply]])


class Driver(Generic[S]):
    """Sends as its options say.

    Args:
        slots: connections and turns.
        exchange: adds address, token and identification.
        options: how to send.
    """

    awaits: ClassVar[bool]
    """Functions that are given may be async."""

    def __init__(self, slots: Slots[S], exchange: Exchange, options: Options) -> None:
        self._slots = slots
        self._exchange = exchange
        self._recording: Recording | None = None
        self.options = options

    def with_options(self, **changes: object) -> Self:
        """Return a driver over the same connections and turns that sends in another way."""
        return self.copy_with(self.options.change(awaits=self.awaits, **changes))  # pyright: ignore[reportArgumentType] - names and values are checked there

    def using(self, options: Mapping[str, Any]) -> Self:
        """Return the driver for a call: this one, if the call has no options of its own.

        Args:
            options: `CallOptions`, and nothing else.

        Raises:
            ConfigurationError: one has a value that cannot work.
            InvalidParamsError: there is no such option.
        """
        if not options:
            return self
        unknown = [name for name in options if name not in CALL_OPTIONS]
        if unknown:
            raise InvalidParamsError(
                [
                    (name, f"is no argument of this call{meant(name, CALL_OPTIONS)}")
                    for name in unknown
                ]
            )
        return self.copy_with(self.options.of_call(options, awaits=self.awaits))

    def take(self, keywords: Mapping[str, Any]) -> tuple[Self, Mapping[str, Any]]:
        """Return the driver for a call, and the keywords that are no options of it."""
        if CALL_OPTIONS.isdisjoint(keywords):
            return self, keywords
        options = {name: value for name, value in keywords.items() if name in CALL_OPTIONS}
        rest = {name: value for name, value in keywords.items() if name not in CALL_OPTIONS}
        return self.using(options), rest

    def record(self, recording: Recording | None) -> Self:
        """Return a driver that notes the answers it gets; or does so no more."""
        driver = copy(self)
        driver._recording = recording  # noqa: SLF001 - of this very class
        return driver

    def copy_with(self, options: Options) -> Self:
        """Return a driver over the same connections and turns with these options."""
        driver = copy(self)
        driver.options = options
        return driver

    def _attempts(self, request: Request, request_id: str) -> "Attempts":
        return Attempts(self._exchange, self.options, request, request_id, self._recording)

    def _follow(self, request: Request, request_id: str) -> AbstractContextManager[StreamSize]:
        if not LOG.isEnabledFor(INFO):
            return nullcontext(StreamSize())
        return follow_stream(self._exchange.place(request), request_id)

    @contextmanager
    def _noting(self) -> Generator[MutableSequence[bytes]]:
        """Give a place for the pieces of a stream; it keeps them if somebody wants to see them."""
        if self._recording is None:
            yield deque(maxlen=0)
            return
        pieces: list[bytes] = []
        try:
            yield pieces
        finally:
            request, reply = self._recording.replies[-1]
            whole = replace(reply, content=b"".join(pieces))
            self._recording.replies[-1] = request, whole

    @property
    def _tells(self) -> bool:
        """Return whether anybody is told of waiting."""
        return self.options.on_wait is not None or LOG.isEnabledFor(INFO)


class Attempts:
    """The attempts at one request.

    Args:
        exchange: tells of places and chances.
        options: how to send.
        request: what is sent.
        request_id: its id.
        recording: notes the answer.
    """

    __slots__ = (
        "_exchange",
        "_number",
        "_options",
        "_recording",
        "_started",
        "_waited",
        "request",
        "request_id",
    )

    def __init__(
        self,
        exchange: Exchange,
        options: Options,
        request: Request,
        request_id: str,
        recording: Recording | None,
    ) -> None:
        self._exchange = exchange
        self._options = options
        self._recording = recording
        self._number = 0
        self._waited = 0.0
        self._started = 0.0
        self.request = request
        self.request_id = request_id

    @property
    def extends(self) -> bool:
        """Return whether `extend` would change the request."""
        return bool(self._options.body) and self.request.main and bool(self.request.content)

    def extend(self) -> None:
        """Put what the caller adds into the body; takes milliseconds for a large one."""
        content, kind = self.request.content or b"", self.request.content_type or ""
        added = add_to_body(content, kind, self._options.body)
        self.request = replace(self.request, content=added)

    def begin(self) -> None:
        """Take note that an attempt begins."""
        self._number += 1
        if LOG.isEnabledFor(INFO):
            self._started = perf_counter()
            log_request(self._place, self.request, self.request_id, self._number)

    def note(self, outcome: Outcome) -> None:
        """Take note of what came of an attempt."""
        if LOG.isEnabledFor(INFO):
            log_outcome(
                self._place,
                self.request,
                self.request_id,
                self._number,
                outcome=outcome,
                seconds=perf_counter() - self._started,
            )

    def pause_after(self, outcome: Outcome) -> float | None:
        """Return how long to pause before the next attempt; ``None`` when there is none."""
        self.note(outcome)
        if isinstance(outcome, Reply) and 200 <= outcome.status < 300:
            return None
        pause = self._options.retry.delay(
            self._number,
            self.request,
            outcome,
            waited=self._waited,
            chance=self._exchange.chance(),
        )
        self._waited += pause or 0.0
        return pause

    def settle(self, outcome: Outcome) -> Reply:
        """Return the answer of a request that succeeded; raise the error of one that did not."""
        reply = settle(outcome, self.request, self.request_id, waited=self._waited)
        if self._recording is not None:
            self._recording.request_id = self.request_id
            self._recording.replies.append((self.request, reply))
        return reply

    @property
    def _place(self) -> str:
        return self._exchange.place(self.request)
