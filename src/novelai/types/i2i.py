"""Image to image: start from a picture."""

from typing import Annotated

from pydantic import Field

from novelai.types.base import SEEDS, Between, Params
from novelai.types.source import ImageSource

__all__ = ["I2iParams"]


class I2iParams(Params):
    """Start from a picture instead of from noise.

    Args:
        image: the base picture; it is resized to the size asked for.
        strength: 0.01 to 0.99; how far to move away from it. It also scales the price.
        noise: 0 to 0.99; noise added to it first.
        seed: seed of that noise; by default the picture's seed minus one, as on the web.
    """

    image: ImageSource = Field(repr=False)
    strength: Annotated[float, Between(0.01, 0.99)] = 0.7
    noise: Annotated[float, Between(0, 0.99)] = 0.0
    seed: Annotated[int, Between(0, SEEDS - 1)] | None = None
