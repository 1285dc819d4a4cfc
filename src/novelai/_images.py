"""Pictures handed in, opened."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from novelai.errors import InvalidParamsError

if TYPE_CHECKING:
    from PIL.Image import Image

    from novelai.types.source import ImageInput

__all__ = ["MAX_PIXELS", "file_bytes", "open_image", "picture_size"]

MAX_FILE = 256 * 1024 * 1024
"""In bytes; a picture of the largest size that is read is smaller, even uncompressed."""

MAX_PIXELS = 64_000_000
"""Larger pictures are refused before they are decoded."""

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "PPM", "TGA", "ICO")
"""What is read. Pillow knows more, but some start other programs to decode (PostScript)."""

ORIENTATION = 0x0112
"""The EXIF tag that says how a camera was held; from 5 on it lay on its side."""


def open_image(source: "ImageInput", field: str) -> "Image":
    """Open a picture that was handed in, turned upright as its EXIF says.

    Args:
        source: a path, a data URL, bytes, an open file, a Pillow image, or an array of 8-bit
            values in OpenCV's order: blue, green, red, alpha.
        field: dotted name of the parameter, for the error.

    Raises:
        InvalidParamsError: there is no such file, or it is not a picture, or it is too large.
    """
    from PIL.ImageOps import exif_transpose

    image = _header(source, field)
    # A file that was opened here is closed again, whatever becomes of it.
    with nullcontext() if image is source else image, _refusals(field):
        return _eight_bit(exif_transpose(image))


def picture_size(source: "ImageInput", field: str) -> tuple[int, int]:
    """Width and height of a picture that was handed in, upright, without decoding it.

    Raises:
        InvalidParamsError: as for `open_image`.
    """
    image = _header(source, field)
    # A file that was opened here is closed again; somebody else's picture is left as it is.
    with nullcontext() if image is source else image, _refusals(field):
        lies = image.getexif().get(ORIENTATION, 1) >= 5
        return (image.height, image.width) if lies else image.size


def file_bytes(source: "ImageInput", field: str) -> bytes | None:
    """Return the file a picture came in, byte for byte; ``None`` for pixels that are in no file.

    Raises:
        InvalidParamsError: there is no such file, or it is too large.
    """
    from PIL import Image

    if isinstance(source, Image.Image):
        # A generated picture keeps what was received; once painted over, that is another picture.
        return None if getattr(source, "touched", True) else getattr(source, "data", None)
    if hasattr(source, "__array_interface__"):
        return None
    with _refusals(field):
        if isinstance(source, bytes):
            return source
        file = _file(source)
        if isinstance(file, (str, PathLike)):
            with Path(cast("str", file)).open("rb") as opened:
                data = opened.read(MAX_FILE + 1)
        else:
            data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise InvalidParamsError([(field, f"must be at most {MAX_FILE} bytes")])
    return data


def _header(source: "ImageInput", field: str) -> "Image":
    from PIL import Image

    if isinstance(source, Image.Image):
        image = source
    else:
        with _refusals(field):
            image = _array(source) or Image.open(_file(source), formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:
        size = f"{image.width}x{image.height}"
        with nullcontext() if image is source else image:
            raise InvalidParamsError([(field, f"must be at most {MAX_PIXELS} pixels, got {size}")])
    return image


def _array(source: Any) -> "Image | None":
    """Return a picture from OpenCV or NumPy, without importing either."""
    from PIL import Image

    if not hasattr(source, "__array_interface__"):
        return None
    image = Image.fromarray(source)
    if image.mode in ("RGB", "RGBA"):
        blue, green, red, *alpha = image.split()
        image = Image.merge(image.mode, (red, green, blue, *alpha))
    return image


def _file(source: Any) -> Any:
    if isinstance(source, bytes):
        return BytesIO(source)
    if isinstance(source, str) and source.startswith("data:"):
        return BytesIO(b64decode(source.partition(",")[2], validate=True))
    if isinstance(source, (str, PathLike)):
        return source  # pyright: ignore[reportUnknownVariableType]
    if hasattr(source, "seekable") and source.seekable():
        source.seek(0)  # the same file may have been read for an earlier call
    return source


@contextmanager
def _refusals(field: str) -> Generator[None]:
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except FileNotFoundError:
        raise InvalidParamsError([(field, "there is no such file")]) from None
    except (UnidentifiedImageError, Base64Error):
        raise InvalidParamsError([(field, "is not a picture that can be read")]) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidParamsError([(field, f"must be at most {MAX_PIXELS} pixels")]) from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise InvalidParamsError([(field, f"cannot be read: {type(error).__name__}")]) from None


def _eight_bit(image: "Image") -> "Image":
    """Grey of 16 bits scaled to 8; Pillow's own conversion makes everything above 255 white."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value * (1 / 257)).convert("L")
    image.load()
    return image
