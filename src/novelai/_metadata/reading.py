"""Finding the settings of a picture, wherever they are."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from novelai._metadata.png import is_plausible, text_chunks
from novelai._metadata.stealth import read_stealth
from novelai._metadata.value import ImageMetadata
from novelai._metadata.webp import exif_texts, is_webp

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["hidden_texts", "open_texts", "read_metadata"]


def read_metadata(data: bytes, open_image: "Callable[[], Image]") -> ImageMetadata | None:
    """Return the settings embedded in a PNG or WebP file.

    Args:
        data: the file.
        open_image: gives the decoded picture; called only when the file names no settings openly,
            to look for them in the alpha channel; one that cannot be decoded hides nothing.
    """
    found = ImageMetadata.from_fields(open_texts(data), "exif" if is_webp(data) else "png")
    if found is not None and found.comment:
        return found
    return ImageMetadata.from_fields(hidden_texts(open_image, data), "stealth") or found


def open_texts(data: bytes) -> dict[str, str]:
    """Read the texts that a PNG or WebP file carries in the open."""
    return exif_texts(data) if is_webp(data) else text_chunks(data)


def hidden_texts(open_image: "Callable[[], Image]", data: bytes = b"") -> dict[str, Any]:
    """Read the texts that are hidden in a picture's alpha channel.

    Args:
        open_image: gives the picture.
        data: the file it comes from, if any; one that would take long to decode hides nothing.
    """
    if not is_plausible(data):
        return {}
    try:
        return read_stealth(open_image())
    except Exception:  # noqa: BLE001 - damage makes Pillow raise anything; it hides nothing then
        return {}
