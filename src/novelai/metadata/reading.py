"""Finding the settings of a picture, wherever they are."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from novelai.metadata.png import text_chunks
from novelai.metadata.stealth import read_stealth
from novelai.metadata.value import ImageMetadata
from novelai.metadata.webp import exif_texts, is_webp

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["read_metadata"]


def read_metadata(data: bytes, open_image: "Callable[[], Image]") -> ImageMetadata | None:
    """The settings embedded in a PNG or WebP file.

    Args:
        data: the file.
        open_image: gives the decoded picture; called only when the file names no settings openly,
            to look for them in the alpha channel; one that cannot be decoded hides nothing.
    """
    if is_webp(data):
        found = ImageMetadata.from_fields(exif_texts(data), "exif")
    else:
        found = ImageMetadata.from_fields(text_chunks(data), "png")
    if found is not None and found.comment:
        return found
    from PIL.Image import DecompressionBombError

    try:
        hidden = read_stealth(open_image())
    except (OSError, SyntaxError, ValueError, DecompressionBombError):  # damaged, Pillow says
        return found
    return ImageMetadata.from_fields(hidden, "stealth") or found
