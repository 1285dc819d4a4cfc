"""The size of a generation."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator

from novelai.catalogue import size_presets
from novelai.types.limits import Kind, one_of

__all__ = ["ImageSize", "SizeField", "SizeName"]

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
    """Accept ``"832x1216"`` beside the names and pairs, as query strings and shells write it."""
    if isinstance(value, str) and value not in size_presets():
        width, _, height = value.lower().replace("*", "x").partition("x")
        if width.strip().isdecimal() and height.strip().isdecimal():
            return int(width), int(height)
    return value


SizeField: TypeAlias = Annotated[ImageSize, BeforeValidator(_size), Kind(SIZE_KINDS)]
