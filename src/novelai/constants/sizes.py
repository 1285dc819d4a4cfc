"""Named picture sizes."""

from typing import Final, get_args

from novelai.catalogue import size_presets
from novelai.types.size import ImageSize, SizeName

__all__ = ["PRESET_MAP", "ImageSize", "ImageSizePreset"]

ImageSizePreset = SizeName

PRESET_MAP: Final[dict[ImageSizePreset, tuple[int, int]]] = {
    name: size_presets()[name] for name in get_args(ImageSizePreset)
}
"""Width and height in pixels by name."""
