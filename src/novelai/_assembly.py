"""What both clients are put together from."""

from collections.abc import Callable, Mapping
from functools import partial
from os import PathLike
from random import Random
from typing import Any, get_args

import httpx2

from novelai._codecs.body import Upload
from novelai._foreign import as_async_client, as_client
from novelai._operations.image import ImageContext
from novelai._operations.vibe import VibeCache
from novelai._options import Options
from novelai._retry import RetryPolicy
from novelai._vibe_folder import VibeFolder
from novelai.errors import ConfigurationError
from novelai.types.base import SEEDS

__all__ = [
    "NOT_SENT",
    "check_async_client",
    "check_client",
    "check_options",
    "first_options",
    "image_context",
]


NOT_SENT = "login"
"""Stands where a token will be; signing in sends none."""


def image_context(
    chance: Random,
    upload: Upload,
    vibe_cache: str | PathLike[str] | None,
    concurrency: int,
) -> ImageContext:
    """Collect what image operations need beside their parameters."""
    vibes = VibeCache(store=None if vibe_cache is None else VibeFolder(vibe_cache))
    return ImageContext(
        draw_seed=partial(chance.randrange, SEEDS),
        upload=upload,
        vibes=vibes,
        concurrency=concurrency,
    )


def first_options(
    timeout: float,
    retry: RetryPolicy | None,
    headers: Mapping[str, str] | None,
    user_agent: str | None,
    on_wait: Callable[..., Any] | None,
    *,
    awaits: bool,
) -> Options:
    """Return the options a client begins with.

    Raises:
        ConfigurationError: one cannot work; the message names it.
    """
    return Options.of(timeout).change(
        awaits=awaits, retry=retry, headers=headers, user_agent=user_agent, on_wait=on_wait
    )


def check_options(
    concurrency: object, upload: object, vibe_cache: object, rng: object, budget: object
) -> None:
    """Raise `ConfigurationError` for options that cannot work."""
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
        raise ConfigurationError(
            f"concurrency must be a whole number of at least 1, got {concurrency!r:.40}."
        )
    if upload not in get_args(Upload):
        raise ConfigurationError(
            f"upload must be one of {', '.join(get_args(Upload))}, got {upload!r:.40}."
        )
    if vibe_cache is not None and not isinstance(vibe_cache, (str, PathLike)):
        raise ConfigurationError(
            f"vibe_cache must be the path of a folder, got a {type(vibe_cache).__name__}."
        )
    if rng is not None and not isinstance(rng, Random):
        raise ConfigurationError(f"rng must be a random.Random, got a {type(rng).__name__}.")
    if budget is not None and not _is_budget(budget):
        raise ConfigurationError(f"budget must be a novelai.Budget, got a {type(budget).__name__}.")


def _is_budget(value: object) -> bool:
    from novelai.budget import Budget

    return isinstance(value, Budget)


def check_client(http_client: object, transport: object) -> httpx2.Client | None:
    """Return the HTTP client that was given, as one of httpx2's.

    Raises:
        ConfigurationError: it cannot be used, or the transport cannot.
    """
    _check_transport(http_client, transport, "handle_request", "NovelAI")
    return None if http_client is None else as_client(http_client)


def check_async_client(http_client: object, transport: object) -> httpx2.AsyncClient | None:
    """Return the same for programs on an event loop."""
    _check_transport(http_client, transport, "handle_async_request", "AsyncNovelAI")
    return None if http_client is None else as_async_client(http_client)


def _check_transport(http_client: object, transport: object, method: str, client: str) -> None:
    if http_client is not None and transport is not None:
        raise ConfigurationError("Give http_client or transport, not both.")
    if transport is not None and not hasattr(transport, method):
        raise ConfigurationError(
            f"transport: a {type(transport).__name__} is no httpx2 transport for {client}."
        )
