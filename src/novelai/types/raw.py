"""Answers as they came, beside what was made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from novelai.errors import InvalidResponseError

__all__ = ["RawReply", "RawResponse"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """One answer of the service.

    Attributes:
        method: of the request.
        path: of the request, without its query.
        status: the HTTP status, 200 to 299.
        headers: the answer's headers; letter case does not matter where httpx2 gave them.
        content: the body.
    """

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResponse(Generic[T]):
    """What a call of ``with_raw_response`` gives: the answer, and what the call would have given.

    A call that sends several requests, as one that encodes vibes first, shows the last answer.

    Attributes:
        request_id: the ``x-correlation-id`` that all requests of the call carried; empty if none
            was sent.
        responses: all answers in order; none if the answer was known without asking.
    """

    request_id: str
    responses: tuple[RawReply, ...] = field(repr=False)
    _result: T | None = field(repr=False)
    _failure: InvalidResponseError | None = field(default=None, repr=False)

    @property
    def status(self) -> int:
        """The HTTP status, 200 to 299: other answers are raised as errors."""
        return self._last.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's headers."""
        return self._last.headers

    @property
    def content(self) -> bytes:
        """The answer's body as it came."""
        return self._last.content

    @property
    def parsed(self) -> T:
        """The same as `parse` returns."""
        return self.parse()

    def parse(self) -> T:
        """Return what the call gives without ``with_raw_response``.

        Raises:
            InvalidResponseError: the answer cannot be understood; ``content`` holds it.
        """
        if self._failure is not None:
            raise self._failure
        return self._result  # pyright: ignore[reportReturnType] - `None` only after a failure

    @property
    def _last(self) -> RawReply:
        if not self.responses:
            raise InvalidResponseError("Nothing was sent: the answer was known already.")
        return self.responses[-1]
