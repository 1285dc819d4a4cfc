"""A generation that is watched while it runs."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from inspect import isawaitable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar, overload

from novelai._notebook import PictureList
from novelai._operations.chat_events import join_events
from novelai.errors import InvalidResponseError
from novelai.types.events import FinalEvent, ImageEvent, PreviewEvent
from novelai.types.text_results import ChatEvent, ChatResult, TextEvent, TextResult

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["AsyncEventStream", "EventStream", "PreviewCallback"]

E = TypeVar("E")

PreviewCallback: TypeAlias = Callable[[PreviewEvent], Awaitable[None] | None]
"""Is handed each preview; on an event loop it may be a coroutine function."""

log = logging.getLogger("novelai")


class Gathering:
    """What a stream has brought, put together as the call without a stream gives it."""

    def __init__(self) -> None:
        self._pictures: dict[int, GeneratedImage] = {}
        self._story: list[TextEvent] = []
        self._chat: list[ChatEvent] = []

    def add(self, event: Any) -> None:
        """Take one more event."""
        if isinstance(event, FinalEvent):
            self._pictures[event.sample] = event.picture
        elif isinstance(event, TextEvent):
            self._story.append(event)
        elif isinstance(event, ChatEvent):
            self._chat.append(event)

    @property
    def text(self) -> str:
        """The text so far; of several answers that of the first."""
        answer = (event for event in self._chat if event.index == 0)
        return "".join(event.text for event in (*self._story, *answer))

    def result(self) -> Any:
        """Return the whole.

        Raises:
            InvalidResponseError: nothing came.
        """
        if self._pictures:
            return PictureList(picture for _, picture in sorted(self._pictures.items()))
        if self._story:
            return TextResult(
                text=self.text,
                token_ids=tuple(number for event in self._story for number in event.token_ids),
                logprobs=tuple(chance for event in self._story for chance in event.logprobs),
                request_id=self._story[-1].request_id,
            )
        if self._chat:
            return join_events(self._chat)
        raise InvalidResponseError(
            "The stream ended, or was closed, before anything was complete. Whether it was charged "
            "is unknown; check the balance before sending it again.",
            charged="unknown",
        )


class EventStream(Generic[E]):
    """Events as they come. Iterate it; use it as a context manager to be sure it is closed.

    Nothing is sent before the first event is asked for. Closing early ends the connection and
    gives the turn to the next caller; the service still finishes, and charges for, what it began.
    """

    def __init__(self, events: Generator[E]) -> None:
        self._events = events
        self._gathering = Gathering()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> E:
        event = next(self._events)
        self._gathering.add(event)
        return event

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def text(self) -> str:
        """The text that has come so far; of several answers that of the first."""
        return self._gathering.text

    @overload
    def final(
        self: "EventStream[ImageEvent]", on_preview: PreviewCallback | None = None
    ) -> "list[GeneratedImage]": ...
    @overload
    def final(self: "EventStream[TextEvent]") -> TextResult: ...
    @overload
    def final(self: "EventStream[ChatEvent]") -> ChatResult: ...
    def final(self, on_preview: PreviewCallback | None = None) -> Any:
        """Read to the end and return the whole: what the call without a stream returns.

        Events that were read before count in.

        Args:
            on_preview: is handed each preview of a picture. If it fails, that is logged and no
                further preview is handed out: a picture that is paid for is not given up for it.

        Raises:
            NovelAIError: the stream failed; ``charged`` says whether it may have cost something.
        """
        for event in self:
            if on_preview is not None and isinstance(event, PreviewEvent):
                try:
                    on_preview(event)
                except Exception:
                    log.exception("on_preview failed; no further previews are handed to it")
                    on_preview = None
        return self._gathering.result()

    def close(self) -> None:
        """End the stream."""
        self._events.close()


class AsyncEventStream(Generic[E]):
    """Events as they come. Iterate it; use it as a context manager to be sure it is closed.

    Nothing is sent before the first event is asked for. Closing early ends the connection and
    gives the turn to the next caller; the service still finishes, and charges for, what it began.
    """

    def __init__(self, events: AsyncGenerator[E]) -> None:
        self._events = events
        self._gathering = Gathering()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        event = await anext(self._events)
        self._gathering.add(event)
        return event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def text(self) -> str:
        """The text that has come so far; of several answers that of the first."""
        return self._gathering.text

    @overload
    async def final(
        self: "AsyncEventStream[ImageEvent]", on_preview: PreviewCallback | None = None
    ) -> "list[GeneratedImage]": ...
    @overload
    async def final(self: "AsyncEventStream[TextEvent]") -> TextResult: ...
    @overload
    async def final(self: "AsyncEventStream[ChatEvent]") -> ChatResult: ...
    async def final(self, on_preview: PreviewCallback | None = None) -> Any:
        """Read to the end and return the whole: what the call without a stream returns.

        Events that were read before count in.

        Args:
            on_preview: is handed each preview of a picture; it may be a coroutine function. If it
                fails, that is logged and no further preview is handed out: a picture that is paid
                for is not given up for it.

        Raises:
            NovelAIError: the stream failed; ``charged`` says whether it may have cost something.
        """
        async for event in self:
            if on_preview is not None and isinstance(event, PreviewEvent):
                try:
                    waited_for = on_preview(event)
                    if isawaitable(waited_for):
                        await waited_for
                except Exception:
                    log.exception("on_preview failed; no further previews are handed to it")
                    on_preview = None
        return self._gathering.result()

    async def close(self) -> None:
        """End the stream."""
        await self._events.aclose()
