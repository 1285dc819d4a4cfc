"""Calls that give the answer as it came, beside what was made of it."""

from collections.abc import Callable, Coroutine
from copy import copy
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from novelai._drivers.common import Recording
from novelai.errors import InvalidResponseError
from novelai.types.raw import RawReply, RawResponse

__all__ = ["RawCalls", "async_raw", "raw"]


class Resource(Protocol):
    """Methods around a driver."""

    _driver: Any


S = TypeVar("S", bound=Resource)
P = ParamSpec("P")
R = TypeVar("R")


class RawCalls(Generic[S]):
    """Methods of a resource that give a `RawResponse`."""

    def __init__(self, resource: S) -> None:
        self._resource = resource

    def _record(self) -> tuple[S, Recording]:
        """Return the resource as one that notes what it receives, and where."""
        recording = Recording()
        recorded = copy(self._resource)
        driver = recorded._driver  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        recorded._driver = driver.record(recording)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return recorded, recording


def raw(
    method: Callable[Concatenate[S, P], R],
) -> Callable[[Callable[[Any], None]], Callable[Concatenate[RawCalls[S], P], RawResponse[R]]]:
    """Make of a method's place the same as a method of the resource, for a `RawResponse`."""

    def fill(place: Callable[[Any], None]) -> Callable[Concatenate[RawCalls[S], P], RawResponse[R]]:
        @wraps(method)
        def call(self: RawCalls[S], *args: P.args, **kwargs: P.kwargs) -> RawResponse[R]:
            recorded, recording = self._record()  # pyright: ignore[reportPrivateUsage]
            try:
                return _response(recording, method(recorded, *args, **kwargs))
            except InvalidResponseError as error:
                return _unreadable(recording, error)

        call.__name__, call.__doc__ = place.__name__, place.__doc__
        return call

    return fill


def async_raw(
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, R]],
) -> Callable[
    [Callable[[Any], Any]],
    Callable[Concatenate[RawCalls[S], P], Coroutine[Any, Any, RawResponse[R]]],
]:
    """Make the same of a coroutine method."""

    def fill(
        place: Callable[[Any], Any],
    ) -> Callable[Concatenate[RawCalls[S], P], Coroutine[Any, Any, RawResponse[R]]]:
        @wraps(method)
        async def call(self: RawCalls[S], *args: P.args, **kwargs: P.kwargs) -> RawResponse[R]:
            recorded, recording = self._record()  # pyright: ignore[reportPrivateUsage]
            try:
                return _response(recording, await method(recorded, *args, **kwargs))
            except InvalidResponseError as error:
                return _unreadable(recording, error)

        call.__name__, call.__doc__ = place.__name__, place.__doc__
        return call

    return fill


def _response(
    recording: Recording, result: R | None, failure: InvalidResponseError | None = None
) -> RawResponse[R]:
    replies = tuple(
        RawReply(
            method=request.method,
            path=request.path,
            status=reply.status,
            headers=reply.headers,
            content=reply.content,
        )
        for request, reply in recording.replies
    )
    return RawResponse(
        request_id=recording.request_id, responses=replies, _result=result, _failure=failure
    )


def _unreadable(recording: Recording, error: InvalidResponseError) -> RawResponse[Any]:
    """Return the answer that an error is about; raise the error where there is none.

    It may be paid for: nobody else can look into it.
    """
    answered = error.status is None or 200 <= error.status < 300
    if not answered or not recording.replies:
        raise error
    return _response(recording, None, error)
