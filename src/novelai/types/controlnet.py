"""Vibes under the names novelai-sdk gives them."""

from typing import Annotated

from pydantic import Field

from novelai.types.base import Params
from novelai.types.limits import Between
from novelai.types.vibe import Vibe

__all__ = ["ControlNet", "ControlNetImage"]


class ControlNetImage(Vibe):
    """A vibe.

    Args:
        image: as for `Vibe`, and so are the others.
        encoding: as for `Vibe`.
        info_extracted: 0.01 to 1.
        strength: -1 to 1.
        encodings: as for `Vibe`.
        name: as for `Vibe`.
        controlnet_model: accepted and not used: a vibe is encoded for the model it is used with.
    """

    controlnet_model: str | None = None


class ControlNet(Params):
    """Several vibes: another way to give ``vibes``.

    Args:
        images: the vibes.
        strength: 0 to 1; sent as ``controlnet_strength``, which only V1 and V2 read.
    """

    images: tuple[ControlNetImage, ...] = Field(min_length=1)
    strength: Annotated[float, Between(0, 1)] = 1.0
