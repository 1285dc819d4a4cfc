"""Everything embedded in a picture that somebody hands in."""

from collections.abc import Callable, Mapping
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

from novelai._images import ImageInput, file_bytes, open_image, picture_size
from novelai._metadata.png import SIGNATURE
from novelai._metadata.reading import hidden_texts, open_texts
from novelai._metadata.value import ImageMetadata
from novelai._metadata.webp import block_texts, is_webp

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ImageMeta", "extract_metadata"]


class ImageMeta:
    """What is embedded in a picture; it is read when it is asked for.

    Reading the open texts takes a tenth of a millisecond; the hidden ones, for which the picture
    is decoded, some 25 ms at 832x1216.

    Attributes:
        webp: it came in a WebP file, the open texts in its EXIF.
    """

    def __init__(
        self,
        texts: Mapping[str, Any],
        pixels: "Callable[[], Image]",
        *,
        webp: bool,
        data: bytes = b"",
    ) -> None:
        self._texts = texts
        self._pixels = pixels
        self._data = data
        self.webp = webp

    @property
    def png_info(self) -> dict[str, Any] | None:
        """The open texts by NovelAI's names, from PNG chunks or WebP EXIF; ``None`` without any."""
        return dict(self._texts) or None

    @cached_property
    def alpha_info(self) -> dict[str, Any] | None:
        """The texts hidden in the alpha channel; ``None`` when there are none."""
        return hidden_texts(self._pixels, self._data) or None

    @cached_property
    def settings(self) -> ImageMetadata | None:
        """The settings as a typed value, from the open texts if they hold any, else the hidden."""
        found = ImageMetadata.from_fields(self._texts, "exif" if self.webp else "png")
        if found is not None and found.comment:
            return found
        return ImageMetadata.from_fields(self.alpha_info or {}, "stealth") or found

    def __repr__(self) -> str:
        return f"ImageMeta(png_info={sorted(self._texts)})"


def extract_metadata(image: ImageInput) -> ImageMeta:
    """Extract what is embedded in a picture, in the open and hidden.

    Args:
        image: a path, bytes, an open file, or a Pillow image with what it was opened with.

    Raises:
        InvalidParamsError: there is no such file, or it is not a picture. A PNG or WebP file that
            is damaged is read as far as it goes.
    """
    data = file_bytes(image, "image")
    if data is None:
        return _of_pixels(open_image(image, "image"), getattr(image, "format", None))
    if not data.startswith(SIGNATURE) and not is_webp(data):
        picture_size(data, "image")  # raises for what is no picture at all
        return ImageMeta({}, lambda: open_image(data, "image"), webp=False)
    return ImageMeta(open_texts(data), lambda: _open(data), webp=is_webp(data), data=data)


def _of_pixels(image: "Image", file_format: str | None) -> ImageMeta:
    info = cast("Mapping[Any, Any]", image.info)
    block = info.get("exif")
    texts = block_texts(block) if isinstance(block, bytes) else {}
    chunks = {str(name): text for name, text in info.items() if isinstance(text, str)}
    return ImageMeta({**texts, **chunks}, lambda: image, webp=file_format == "WEBP")


def _open(data: bytes) -> "Image":
    from PIL.Image import open as open_file

    return open_file(BytesIO(data), formats=("PNG", "WEBP"))
