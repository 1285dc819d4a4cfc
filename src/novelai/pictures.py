"""The picture value: a Pillow image that keeps the bytes it came in."""

import zlib
from functools import cached_property
from io import BytesIO
from os import PathLike, fspath
from pathlib import PurePath
from typing import IO, Any, Literal

from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from novelai.errors import InvalidResponseError
from novelai.metadata import ImageMetadata, read_metadata
from novelai.metadata.png import text_chunks

__all__ = ["GeneratedImage", "media_type_of"]

MediaType = Literal["image/png", "image/webp", "image/jpeg"]
FORMATS: dict[str, tuple[MediaType, frozenset[str]]] = {
    "PNG": ("image/png", frozenset({".png"})),
    "WEBP": ("image/webp", frozenset({".webp"})),
    "JPEG": ("image/jpeg", frozenset({".jpg", ".jpeg"})),
}


def media_type_of(data: bytes) -> MediaType | None:
    """PNG, WebP or JPEG, told by the first bytes; ``None`` for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/jpeg" if data.startswith(b"\xff\xd8\xff") else None


class GeneratedImage(Image.Image):
    """A picture from NovelAI, as a Pillow image.

    Saved in its own format and untouched, it is written byte for byte, with the settings NovelAI
    embedded and without decoding. It is decoded when somebody asks for pixels; from then on a
    checksum tells whether they were changed.

    Attributes:
        data: the bytes as received.
        media_type: ``"image/png"`` or ``"image/webp"``.
        seed: the seed it was made with, or ``None`` if unknown.
        metadata: the embedded settings, or ``None`` if there are none.
    """

    def __init__(self, data: bytes, *, seed: int | None = None) -> None:
        super().__init__()
        self.data = data
        self.seed = seed
        try:
            source = Image.open(BytesIO(data), formats=list(FORMATS))
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
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
        self.info = source.info
        self.format = source.format

    @property
    def media_type(self) -> MediaType:
        """The media type of `data`."""
        return FORMATS[self.format or "PNG"][0]

    @cached_property
    def metadata(self) -> ImageMetadata | None:
        """The embedded settings: prompt, seed and all others."""
        return read_metadata(self.data, lambda: Image.open(BytesIO(self.data)))

    def load(self) -> Any:
        """Decode the picture, if that has not happened yet, and give access to its pixels."""
        if self._source is not None:
            source, self._source = self._source, None
            source.load()
            self.im = source.im
            self._mode, self._size = source.mode, source.size
            self.palette = source.palette
            self.info = source.info
            self._fingerprint = self._pixel_checksum()
        return super().load()

    @property
    def touched(self) -> bool:
        """Whether pixels were changed since the picture was received."""
        return self._source is None and self._fingerprint != self._pixel_checksum()

    def save(
        self,
        fp: "str | bytes | PathLike[str] | PathLike[bytes] | IO[bytes]",
        format: str | None = None,
        **params: Any,
    ) -> None:
        """Save the picture, as `PIL.Image.Image.save` does.

        Untouched and in its own format, the received bytes are written unchanged. Untouched and as
        PNG from WebP, the settings are carried over into text chunks.
        """
        wanted = (format or _format_of(fp) or "").upper()
        if params or self.touched:
            super().save(fp, format, **params)
        elif wanted == self.format:
            _write(fp, self.data)
        elif wanted == "PNG":
            super().save(fp, format, pnginfo=self._text_chunks())
        else:
            super().save(fp, format)

    def _text_chunks(self) -> PngInfo:
        chunks = PngInfo()
        for keyword, text in text_chunks(self.data).items() or self._texts().items():
            chunks.add_text(keyword, text)
        return chunks

    def _texts(self) -> dict[str, str]:
        from novelai.metadata.webp import exif_texts

        texts = exif_texts(self.data)
        return {"Software": "NovelAI", **texts} if texts else {}

    def _pixel_checksum(self) -> int:
        self.load()
        return zlib.crc32(repr((self._mode, self._size)).encode(), zlib.crc32(self.tobytes()))

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled as what was received; a changed picture is better sent as a plain `copy()`.
        return _restored, (self.data, self.seed)


def _restored(data: bytes, seed: int | None) -> GeneratedImage:
    return GeneratedImage(data, seed=seed)


def _format_of(fp: Any) -> str | None:
    name = fp if isinstance(fp, (str, bytes, PathLike)) else getattr(fp, "name", None)
    if not isinstance(name, (str, bytes, PathLike)):
        return None
    path = fspath(name)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    suffix = PurePath(path if isinstance(path, str) else path.decode(errors="replace")).suffix
    for known, (_, suffixes) in FORMATS.items():
        if suffix.lower() in suffixes:
            return known
    return None


def _write(fp: Any, data: bytes) -> None:
    if isinstance(fp, (str, bytes, PathLike)):
        with open(fp, "wb") as file:  # pyright: ignore[reportUnknownArgumentType]
            file.write(data)
    else:
        fp.write(data)
        if hasattr(fp, "flush"):
            fp.flush()
