"""The seeds of several images that one request asks for."""

from novelai.types.generation import GenerateImageParams

__all__ = ["SEEDS", "seed_each"]

SEEDS = 2**32


def seed_each(params: GenerateImageParams, count: int) -> list[GenerateImageParams]:
    """Return the parameters of each image: seed, seed + 1 and so on; drawn where none is stated."""
    if params.seed is None:
        return [params] * count
    first = params.seed
    return [params.replace(seed=(first + place) % SEEDS) for place in range(count)]
