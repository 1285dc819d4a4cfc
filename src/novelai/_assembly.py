"""What both clients are put together from."""

from functools import partial
from os import PathLike
from random import Random

from novelai._codecs.body import Upload
from novelai._operations.image import ImageContext
from novelai._operations.vibe import VibeCache
from novelai._vibe_folder import VibeFolder
from novelai.errors import ConfigurationError
from novelai.types.base import SEEDS

__all__ = ["NOT_SENT", "check_options", "image_context"]


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


def check_options(concurrency: int, http_client: object, transport: object, budget: object) -> None:
    """Raise `ConfigurationError` for options that cannot work."""
    if concurrency < 1:
        raise ConfigurationError(f"concurrency must be at least 1, got {concurrency}.")
    if http_client is not None and transport is not None:
        raise ConfigurationError("Give http_client or transport, not both.")
    if budget is not None and not _is_budget(budget):
        raise ConfigurationError("budget must be a novelai.Budget.")


def _is_budget(value: object) -> bool:
    from novelai.budget import Budget

    return isinstance(value, Budget)
