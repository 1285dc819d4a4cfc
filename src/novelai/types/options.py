"""Options of a single call, and what callers are told while it waits."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, TypedDict

from novelai._wire import WaitReason

__all__ = ["AsyncOnWait", "CallOptions", "OnWait", "WaitReason"]


class CallOptions(TypedDict, total=False):
    """Options that every method which sends takes as keywords, for this call alone.

    A value that cannot work raises `ConfigurationError`; nothing is sent then.
    """

    timeout: float
    """Seconds to wait for the next bytes of an answer, above 0 and at most 86,400."""

    extra_headers: Mapping[str, str]
    """Headers to send beside the client's own; one of the same name is replaced."""

    extra_body: Mapping[str, Any]
    """Merged into the JSON of the request: objects are merged, other values replaced.

    For what this package does not know yet. It is sent unchecked: prices, seeds and framing that
    are told here are those of the parameters. Requests that have no JSON take none of it.
    """


OnWait: TypeAlias = Callable[[WaitReason, float | None, int | None], None]
"""Is called with reason, seconds and place when a call has to wait."""

AsyncOnWait: TypeAlias = Callable[[WaitReason, float | None, int | None], Awaitable[None] | None]
"""The same for `AsyncNovelAI`, where it may also be an async function."""
