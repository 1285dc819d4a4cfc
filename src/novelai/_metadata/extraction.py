"""Everything embedded in a picture that somebody hands in."""

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

from novelai._images import ImageInput, file_bytes, open_image, picture_size
from novelai._metadata.exif import block_texts, is_jpeg, is_webp
from novelai._metadata.others import OtherSettings, read_other
from novelai._metadata.png import SIGNATURE
from novelai._metadata.reading import choose_texts, find_settings, hidden_texts, open_texts
from novelai._metadata.value import ImageMetadata, Origin

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
        file_format: str | None,
        data: bytes = b"",
    ) -> None:
        self._texts = texts
        self._pixels = pixels
        self._data = data
        self.webp: bool = file_format == "WEBP"
        self._origin: Origin = "exif" if file_format in ("WEBP", "JPEG") else "png"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels, upright.

        Raises:
            InvalidParamsError: the file is too damaged to tell.
        """
        return picture_size(self._data or self._pixels(), "image")

    @property
    def png_info(self) -> dict[str, Any] | None:
        """The open texts by NovelAI's names, from PNG chunks or EXIF; ``None`` without any.

        A1111's text is called ``parameters`` wherever it stood.
        """
        return dict(self._texts) or None

    @cached_property
    def alpha_info(self) -> dict[str, Any] | None:
        """The texts hidden in the pixels; ``None`` when there are none.

        NovelAI hides them in the alpha channel; other programs there or in the colours.
        """
        return hidden_texts(self._pixels, self._data) or None

    @cached_property
    def settings(self) -> ImageMetadata | None:
        """NovelAI's settings, from the open texts if they hold any, else the hidden."""
        return find_settings(self._texts, self._origin, lambda: self.alpha_info or {})

    @cached_property
    def other(self) -> OtherSettings | None:
        """What another program wrote, beside NovelAI's settings or without them.

        Where the file tells NovelAI's settings openly, nobody else's are looked for in the pixels.
        """
        own = self.settings
        told = own is not None and own.origin != "stealth" and bool(own.comment)
        return read_other(self._texts) or (None if told else read_other(self.alpha_info or {}))

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
    known = _format(data)
    opened = partial(_open, data)
    if known not in ("PNG", "WEBP"):
        picture_size(data, "image")  # raises for what is no picture at all
        opened = partial(open_image, data, "image")
    return ImageMeta(open_texts(data), opened, file_format=known, data=data)


def _format(data: bytes) -> str | None:
    if data.startswith(SIGNATURE):
        return "PNG"
    if is_webp(data):
        return "WEBP"
    return "JPEG" if is_jpeg(data) else None


def _of_pixels(image: "Image", file_format: str | None) -> ImageMeta:
    info = cast("Mapping[Any, Any]", image.info)
    block = info.get("exif")
    chunks = [(str(name), text) for name, text in info.items() if isinstance(text, str)]
    below = block_texts(block) if isinstance(block, bytes) else []
    return ImageMeta(choose_texts([*chunks, *below]), lambda: image, file_format=file_format)


def _open(data: bytes) -> "Image":
    from PIL.Image import open as open_file

    return open_file(BytesIO(data), formats=("PNG", "WEBP"))
