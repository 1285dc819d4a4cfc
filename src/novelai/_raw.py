"""Calls that give the answer as it came, beside what was made of it."""

from collections.abc import Callable, Coroutine
from copy import copy
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from novelai._drivers.common import Recording
from novelai.errors import InvalidResponseError
from novelai.types.raw import RawReply, RawResponse

__all__ = ["async_raw", "raw"]


class Resource(Protocol):
    """Methods around a driver."""

    _driver: Any


S = TypeVar("S", bound=Resource)
P = ParamSpec("P")
R = TypeVar("R")


def raw(resource: S, method: Callable[Concatenate[S, P], R]) -> Callable[P, RawResponse[R]]:
    """Return a method of a resource as one that gives a `RawResponse`."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> RawResponse[R]:
        recorded, recording = _record(resource)
        try:
            return _response(recording, method(recorded, *args, **kwargs))
        except InvalidResponseError as error:
            return _unreadable(recording, error)

    return call


def async_raw(
    resource: S, method: Callable[Concatenate[S, P], Coroutine[Any, Any, R]]
) -> Callable[P, Coroutine[Any, Any, RawResponse[R]]]:
    """Return a method of a resource as one that gives a `RawResponse`."""

    @wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> RawResponse[R]:
        recorded, recording = _record(resource)
        try:
            return _response(recording, await method(recorded, *args, **kwargs))
        except InvalidResponseError as error:
            return _unreadable(recording, error)

    return call


def _record(resource: S) -> tuple[S, Recording]:
    recording = Recording()
    recorded = copy(resource)
    driver = resource._driver  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    recorded._driver = driver.record(recording)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return recorded, recording


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
