"""The size of a generation that starts from a picture."""

from math import sqrt
from typing import Any, cast

from novelai._images import picture_size
from novelai.errors import InvalidParamsError
from novelai.types.source import ImageInput

__all__ = ["source_size"]

STEP = 64
STANDARD_AREA = 1_048_576
"""In pixels: what Opus may generate for free, and where NovelAI's "large" sizes begin."""


def source_size(image: ImageInput) -> tuple[int, int] | None:
    """Return the size nearest to a picture's own.

    Multiples of 64, not larger than 1,048,576 pixels.

    Returns:
        width and height in pixels. ``None`` for a file that can be read only once, and for what
        is no picture: that is found, and named, when it is about to be sent.
    """
    if not getattr(cast("Any", image), "seekable", lambda: True)():
        return None
    try:
        width, height = picture_size(image, "image")
    except InvalidParamsError:
        return None
    scale = min(1.0, sqrt(STANDARD_AREA / (width * height)))
    near = _steps(width * scale, 0.5), _steps(height * scale, 0.5)
    if near[0] * near[1] <= STANDARD_AREA:
        return near
    return _steps(width * scale, 0.0), _steps(height * scale, 0.0)


def _steps(side: float, round_up: float) -> int:
    return max(int(side / STEP + round_up), 1) * STEP
