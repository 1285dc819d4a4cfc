"""Inpainting: repaint a part of a picture."""

from typing import Annotated

from pydantic import Field

from novelai.types.base import SEEDS, Between, Params
from novelai.types.source import ImageSource

__all__ = ["InpaintParams"]


class InpaintParams(Params):
    """Repaint the white part of a mask.

    Args:
        image: the picture; it is resized to the size asked for.
        mask: a picture of the same size as ``image``: white = repaint, black = keep. The model
            works on a grid of 8 pixels: a cell of it is repainted when any of its pixels is white
            (brighter than 155 of 255, as on the web).
        strength: 0.01 to 1; below 1 the repainted part stays close to what is there (V4 and
            later). It also scales the price.
        seed: seed of the added noise; by default the picture's seed minus one, as on the web: -1
            for seed 0, which the service takes.
        compose: lay the result over the picture, as the web page does: NovelAI's answer is a
            little different everywhere. Beyond 72 pixels from the mask the picture then stays
            exactly what it was, and the edge fades. ``received`` of a result is what NovelAI sent.
    """

    image: ImageSource = Field(repr=False)
    mask: ImageSource = Field(repr=False)
    strength: Annotated[float, Between(0.01, 1)] = 1.0
    seed: Annotated[int, Between(-1, SEEDS - 1)] | None = None
    compose: bool = True
