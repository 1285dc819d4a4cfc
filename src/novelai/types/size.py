"""The size of a generation."""

from math import sqrt
from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import BeforeValidator

from novelai._images import ImageInput, picture_size
from novelai.catalogue import SIZE_STEP, nearest_size, size_presets
from novelai.errors import InvalidParamsError
from novelai.types.annotations import CheckedAs
from novelai.types.base import Kind, one_of

__all__ = ["PORTRAIT", "ImageSize", "SizeField", "SizeName", "source_size"]

PORTRAIT = (832, 1216)
"""In pixels; `GenerateImageParams` begins with it."""

STANDARD_AREA = 1_048_576
"""In pixels: what Opus may generate for free, and where NovelAI's "large" sizes begin."""

SizeName: TypeAlias = Literal[
    "portrait",
    "landscape",
    "square",
    "small_portrait",
    "small_landscape",
    "small_square",
    "large_portrait",
    "large_landscape",
    "large_square",
    "wallpaper_portrait",
    "wallpaper_landscape",
]
ImageSize: TypeAlias = SizeName | tuple[int, int]
"""A name, or width and height in pixels: multiples of 64, at most 3,145,728 pixels in all."""

SIZE_KINDS = f"WIDTHxHEIGHT in pixels or {one_of(SizeName)}"


def _size(value: Any) -> Any:
    """Turn a name, or ``"832x1216"`` as query strings and shells write it, into a pair."""
    if isinstance(value, str) and value in size_presets():
        return size_presets()[value]
    if isinstance(value, str):
        width, _, height = value.lower().replace("*", "x").partition("x")
        if width.strip().isdecimal() and height.strip().isdecimal():
            return int(width), int(height)
    return value


SizeField: TypeAlias = Annotated[
    ImageSize | str, CheckedAs(ImageSize), BeforeValidator(_size), Kind(SIZE_KINDS)
]


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
    near = nearest_size(width * scale, height * scale)
    if near[0] * near[1] <= STANDARD_AREA:
        return near
    return _whole_steps(width * scale), _whole_steps(height * scale)


def _whole_steps(side: float) -> int:
    return max(int(side / SIZE_STEP), 1) * SIZE_STEP
