"""What is changed of a picture's settings to vary or to enhance it, as the page offers both."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from novelai._operations.refine import MAGNITUDES, SCALES, VARIATION, snap_size
from novelai.catalogue import MAX_AREA, model_spec
from novelai.cost import OPUS_FREE_AREA
from novelai.prompt import enhanced_prompt
from novelai.server.model.image import Image

__all__ = ["Enhancement", "enhancements_of", "variation_of"]

DRAWN = "generate"
VARIATIONS = 3
"""Pictures of one order, as long as each may be free: one of a large picture costs enough."""


class Enhancement(BaseModel):
    """A way to draw a picture again, cleaner.

    Attributes:
        magnitude: how free it is, from 1.
        scale: how much wider and higher it gets, about.
        size: width and height in pixels.
        changes: parameters by name, to take in place of those in its settings.
    """

    magnitude: int
    scale: float
    size: tuple[int, int]
    changes: dict[str, Any]


def variation_of(image: Image) -> dict[str, Any] | None:
    """Return the parameters to change for pictures that resemble one; ``None`` if not drawn."""
    if image.kind != DRAWN:
        return None
    size = snap_size(_size(image), 1)
    few = size[0] * size[1] > OPUS_FREE_AREA
    return _changes(image, size, VARIATION) | {"n_samples": 1 if few else VARIATIONS}


def enhancements_of(image: Image, settings: Mapping[str, Any]) -> list[Enhancement]:
    """Return the ways to enhance a picture, without those that would be too large."""
    if image.kind != DRAWN:
        return []
    words: dict[str, Any] = {}
    if isinstance(prompt := settings.get("prompt"), str):
        words["prompt"] = enhanced_prompt(prompt, model_spec(image.model or ""))
    return [
        Enhancement(
            magnitude=magnitude,
            scale=scale,
            size=size,
            changes=_changes(image, size, amount) | words | {"n_samples": 1},
        )
        for magnitude, amount in enumerate(MAGNITUDES, start=1)
        for scale in SCALES
        if (size := snap_size(_size(image), scale))[0] * size[1] <= MAX_AREA
    ]


def _size(image: Image) -> tuple[int, int]:
    return image.width, image.height


def _changes(image: Image, size: tuple[int, int], amount: tuple[float, float]) -> dict[str, Any]:
    strength, noise = amount
    base = {"image": {"image": image.id}, "strength": strength, "noise": noise}
    # SMEA is for pictures that start from nothing.
    return {"i2i": base, "size": list(size), "smea": False, "smea_dyn": False}
