"""The picture value: a Pillow image that keeps the bytes it came in."""

import zlib
from collections.abc import Mapping
from functools import cached_property
from io import BytesIO
from os import PathLike, fsdecode
from pathlib import Path, PurePath
from typing import IO, Any, Literal, cast

from PIL import Image
from PIL.ImagePalette import ImagePalette

from novelai._images import on_white
from novelai._metadata.reading import read_metadata
from novelai._metadata.value import ImageMetadata
from novelai._metadata.writing import carry_settings
from novelai.errors import InvalidResponseError

__all__ = ["GeneratedImage"]

MediaType = Literal["image/png", "image/webp", "image/jpeg"]
FORMATS: dict[str, tuple[MediaType, frozenset[str]]] = {
    "PNG": ("image/png", frozenset({".png"})),
    "WEBP": ("image/webp", frozenset({".webp"})),
    "JPEG": ("image/jpeg", frozenset({".jpg", ".jpeg"})),
}

DAMAGE = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)
"""What Pillow raises for bytes that are no picture, or half of one."""


class GeneratedImage(Image.Image):
    """A picture from NovelAI, as a Pillow image.

    Saved in its own format and untouched, it is written byte for byte, with the settings NovelAI
    embedded and without decoding. It is decoded when somebody asks for pixels; from then on a
    checksum tells whether they were changed.

    An inpainting result is laid over the picture that was handed in, with the same settings inside
    (`novelai.types.InpaintParams`, ``compose``); what NovelAI sent is kept beside it.

    Attributes:
        data: the bytes of its file: those received, or where it was composed, the composed ones.
        received: the bytes as NovelAI sent them; NovelAI's signature is for these.
        note: why an inpainting result is as received all the same; else ``None``.
        media_type: ``"image/png"`` or ``"image/webp"``.
        seed: the seed it was made with, or ``None`` if unknown.
        request_id: the id of the request that it answers; quote it when asking for help.
        cost: Anlas it was charged with: its part of the call's price. ``None`` if that is not
            known: it is with a `novelai.Budget`, and in a batch.
        metadata: the embedded settings, or ``None`` if there are none.
    """

    def __init__(
        self,
        data: bytes,
        *,
        seed: int | None = None,
        received: bytes | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__()
        self.data = data
        self.received: bytes = data if received is None else received
        self.note: str | None = None
        self.seed = seed
        self.request_id = request_id
        self.cost: int | None = None
        try:
            source = Image.open(BytesIO(data), formats=list(FORMATS))
        except DAMAGE as error:
            raise InvalidResponseError(
                "NovelAI's answer holds something that is not a picture. Whether it was charged "
                "is unknown; check the balance before sending it again.",
                status=200,
                charged="unknown",
            ) from error
        self._source: Image.Image | None = source
        self._fingerprint: int | None = None
        self._mode = source.mode
        self._size = source.size
        self.info: dict[str | tuple[int, int], Any] = source.info
        self.format: str | None = source.format

    @property
    def media_type(self) -> MediaType:
        """The media type of `data`."""
        return FORMATS[self.format or "PNG"][0]

    @cached_property
    def metadata(self) -> ImageMetadata | None:
        """The embedded settings: prompt, seed and all others."""
        return read_metadata(self.data, lambda: Image.open(BytesIO(self.data)))

    def load(self) -> Any:
        """Decode the picture, if that has not happened yet, and give access to its pixels.

        Raises:
            InvalidResponseError: the picture is damaged. `data` still holds what arrived.
        """
        source = self._source
        if source is not None:
            try:
                source.load()
            except DAMAGE as error:
                raise InvalidResponseError(
                    "The picture NovelAI sent is damaged and cannot be decoded.",
                    status=200,
                    charged="unknown",
                ) from error
            self._source = None
            self.im = source.im
            self._mode, self._size = source.mode, source.size
            self.palette: ImagePalette | None = source.palette
            self.info = source.info
            self._fingerprint = self._pixel_checksum()
        return super().load()

    @property
    def touched(self) -> bool:
        """Return whether pixels were changed since the picture was received."""
        return self._source is None and self._fingerprint != self._pixel_checksum()

    def save(
        self,
        fp: "str | bytes | PathLike[str] | PathLike[bytes] | IO[bytes]",
        format: str | None = None,
        **params: Any,
    ) -> None:
        """Save the picture, as `PIL.Image.Image.save` does.

        Untouched, in its own format and without options, the bytes of `data` are written unchanged.
        Untouched and as another PNG, WebP or JPEG, or with options (``optimize=True``), the
        settings are carried over: into text chunks of a PNG, into EXIF of the others; options of
        yours (``pnginfo``, ``exif``) go before. What is hidden in the alpha channel stays in PNG
        and WebP.

        A JPEG has no transparency: what is transparent becomes white. It has room for 65,533 bytes
        of settings; longer ones are left out.

        Args:
            fp: path or open file.
            format: ``"PNG"``, ``"WEBP"``, ``"JPEG"`` or another of Pillow's; by default the suffix
                says it.
            **params: Pillow's options for the format. Without ``lossless=True`` WebP is lossy.

        Raises:
            InvalidResponseError: the picture is damaged; `data` still holds what arrived.
            OSError: it cannot be written.
        """
        wanted = (format or _format_of(fp) or "").upper()
        if wanted == self.format and not params and not self.touched:
            _write(fp, self.data)
            return
        if wanted in FORMATS and not self.touched:
            params = {**carry_settings(self.data, wanted), **params}
        if wanted == "JPEG":
            self.load()
            on_white(self.copy()).save(fp, wanted, **params)
        else:
            super().save(fp, format, **params)

    def _repr_png_(self) -> bytes | None:
        """Return what notebooks show: the file, or the same picture and settings as PNG."""
        if self.format == "PNG" and not self.touched:
            return self.data
        buffer = BytesIO()
        try:
            self.save(buffer, "PNG")
        except InvalidResponseError:
            return None
        return buffer.getvalue()

    def _repr_jpeg_(self) -> None:
        """Show no JPEG beside the PNG: a notebook would keep the picture twice."""

    def _pixel_checksum(self) -> int:
        self.load()
        return zlib.crc32(repr((self._mode, self._size)).encode(), zlib.crc32(self.tobytes()))

    def __reduce__(self) -> tuple[Any, ...]:
        # The files say it all, unless pixels were changed since.
        if self.touched:
            return _plain, (self.mode, self.size, self.tobytes(), self.getpalette())
        names = ("seed", "received", "request_id", "note", "cost")
        return _restore, (self.data, {name: getattr(self, name) for name in names})


def _restore(data: bytes, known: Mapping[str, Any]) -> GeneratedImage:
    image = GeneratedImage(data)
    for name, value in known.items():
        setattr(image, name, value)
    return image


def _plain(mode: str, size: tuple[int, int], data: bytes, palette: list[int] | None) -> Image.Image:
    image = Image.frombytes(mode, size, data)
    if palette is not None:
        image.putpalette(palette)
    return image


def _format_of(fp: Any) -> str | None:
    name = getattr(fp, "name", None) if hasattr(fp, "write") else fp
    try:
        suffix = PurePath(fsdecode(cast("str", name))).suffix
    except TypeError:  # a file opened by its number has a number for a name
        return None
    for known, (_, suffixes) in FORMATS.items():
        if suffix.lower() in suffixes:
            return known
    return None


def _write(fp: Any, data: bytes) -> None:
    if isinstance(fp, (str, bytes, PathLike)):
        Path(fsdecode(cast("str", fp))).write_bytes(data)
    else:
        fp.write(data)
        if hasattr(fp, "flush"):
            fp.flush()
