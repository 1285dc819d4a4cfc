"""The parameters of several images that one request asks for."""

from typing import TypeVar

from novelai.types.base import seed_at
from novelai.types.generation import GenerateImageParams

__all__ = ["seed_each"]

P = TypeVar("P", bound=GenerateImageParams)


def seed_each(params: P, count: int) -> list[P]:
    """Return the parameters of each image: seed, seed + 1 and so on; drawn where none is stated."""
    if params.seed is None:
        return [params] * count
    return [params.replace(seed=seed_at(params.seed, place)) for place in range(count)]
