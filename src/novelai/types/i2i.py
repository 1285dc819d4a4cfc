"""Image to image: start from a picture."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from novelai.catalogue import MAX_AREA
from novelai.types.base import SEEDS, Between, Kind, Params
from novelai.types.source import ImageSource

__all__ = ["I2iParams"]

PIXELS = f"width and height in pixels, at most {MAX_AREA} in all"


def _check_area(size: tuple[int, int]) -> tuple[int, int]:
    if min(size) >= 1 and size[0] * size[1] <= MAX_AREA:
        return size
    raise ValueError


SourceSize: TypeAlias = Annotated[tuple[int, int], AfterValidator(_check_area), Kind(PIXELS)]


class I2iParams(Params):
    """Start from a picture instead of from noise.

    Args:
        image: the base picture; it is resized to the size asked for.
        strength: 0.01 to 0.99; how far to move away from it. It also scales the price.
        noise: 0 to 0.99; noise added to it first.
        seed: seed of that noise; by default the picture's seed minus one, as on the web: -1 for
            seed 0, which the service takes.
        size: width and height in pixels that the picture is resized to, at most 3,145,728 in
            all; by default those asked for.
        enhance: this enhances a picture: ``"plain"`` adds the words of NovelAI's page to the prompt
            (V4.5 and V5), ``"max"`` has NovelAI enlarge the result to up to twice the size and
            3,145,728 pixels (V5), which sets the price.
    """

    image: ImageSource = Field(repr=False)
    strength: Annotated[float, Between(0.01, 0.99)] = 0.7
    noise: Annotated[float, Between(0, 0.99)] = 0.0
    seed: Annotated[int, Between(-1, SEEDS - 1)] | None = None
    size: SourceSize | None = None
    enhance: Annotated[Literal["plain", "max"], Kind("plain or max")] | None = None
