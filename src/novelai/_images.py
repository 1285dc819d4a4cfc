"""Pictures handed in: opened, then fitted and encoded to be sent."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from novelai._marker import clear_marker
from novelai._resampling import resize
from novelai.errors import InvalidParamsError

if TYPE_CHECKING:
    from typing import BinaryIO, Protocol

    from PIL.Image import Image

    class Array(Protocol):
        """What NumPy's arrays have."""

        @property
        def __array_interface__(self) -> dict[str, Any]: ...

    ImageInput: TypeAlias = str | bytes | PathLike[str] | BinaryIO | Image | Array
else:
    ImageInput = Any  # Pillow is loaded only when a picture is there

__all__ = [
    "ImageInput",
    "file_bytes",
    "fit_base",
    "fit_mask",
    "fit_original",
    "fit_reference",
    "fit_vibe",
    "opaque",
    "open_image",
    "picture_size",
    "png_bytes",
    "scale_mask",
]

MAX_FILE = 256 * 1024 * 1024
"""In bytes; a picture of the largest size that is read is smaller, even uncompressed."""

MAX_PIXELS = 64_000_000
"""Larger pictures are refused before they are decoded."""

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "PPM", "TGA", "ICO")
"""What is read. Pillow knows more, but some start other programs to decode (PostScript)."""

ORIENTATION = 0x0112
"""The EXIF tag that says how a camera was held; from 5 on it lay on its side."""

GRID = 8
"""Edge of the cells of the latent grid in pixels; a mask's edges lie on it."""

MASK_THRESHOLD = 155
"""A grid cell brighter than this is repainted; the web client's value."""

FAR_TOO_MUCH = 1e12
"""Makes white of whatever is not quite black: one pixel's share of the largest mask is 4e-6."""

REFERENCE_CANVASES = ((1024, 1536), (1536, 1024), (1472, 1472))
"""The only sizes the service's reference encoder takes."""

RAW_VIBE_EDGE = 448
"""V3 takes vibes as square pictures of this edge in pixels, letterboxed in black."""


def open_image(source: ImageInput, field: str) -> "Image":
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


def picture_size(source: ImageInput, field: str) -> tuple[int, int]:
    """Width and height of a picture that was handed in, upright, without decoding it.

    Raises:
        InvalidParamsError: as for `open_image`.
    """
    image = _header(source, field)
    # A file that was opened here is closed again; somebody else's picture is left as it is.
    with nullcontext() if image is source else image, _refusals(field):
        lies = image.getexif().get(ORIENTATION, 1) >= 5
        return (image.height, image.width) if lies else image.size


def file_bytes(source: ImageInput, field: str) -> bytes | None:
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


def fit_original(image: "Image", size: tuple[int, int]) -> "Image":
    """Return a picture to start from at the size asked for, RGBA, without hidden settings.

    Resized as the web client does it, to within one of 255 levels.

    Args:
        image: the picture.
        size: width and height in pixels.
    """
    return resize(clear_marker(image.convert("RGBA")), size)


def fit_base(image: "Image", size: tuple[int, int], *, keep_alpha: bool) -> "Image":
    """Return the base picture as it is sent: as `fit_original` makes it, or flattened on white.

    Args:
        image: the picture.
        size: width and height in pixels.
        keep_alpha: keep transparency (V5); otherwise it is flattened.
    """
    original = fit_original(image, size)
    return original if keep_alpha else _flatten(original, (255, 255, 255))


def fit_mask(mask: "Image", image_size: tuple[int, int], size: tuple[int, int]) -> "Image":
    """Return the mask at the size asked for, its edges on the 8-pixel grid: white = repaint.

    A cell of the grid is repainted when any of its pixels is white, so a thin stroke is, too. A
    mask that is drawn on the grid, as the web client's are, stays as it is.

    Raises:
        InvalidParamsError: it is not as large as the picture, or nothing of it is white.
    """
    if mask.size != image_size:
        got, want = (f"{width}x{height}" for width, height in (mask.size, image_size))
        raise InvalidParamsError(
            [("inpaint.mask", f"must be as large as the picture, {want}, got {got}")]
        )
    grey = opaque(mask).convert("L")
    white = grey.point([255 * (value > MASK_THRESHOLD) for value in range(256)])
    cells = scale_mask(scale_mask(white, size), (size[0] // GRID, size[1] // GRID))
    if cells.getextrema() == (0, 0):
        raise InvalidParamsError([("inpaint.mask", "nothing is white, so nothing is repainted")])
    return scale_nearest(cells, size)


def scale_nearest(image: "Image", size: tuple[int, int]) -> "Image":
    """Return a picture at another size, each pixel that of the original at its middle."""
    from PIL.Image import Resampling

    return image.resize(size, Resampling.NEAREST)


def scale_mask(white: "Image", size: tuple[int, int]) -> "Image":
    """Return a black and white picture at another size: white where any pixel of it is.

    Where it gets larger, it is scaled as by `scale_nearest`.

    Args:
        white: 8 bits, 0 or 255.
        size: width and height in pixels.
    """
    from PIL.Image import Resampling

    # In floating-point numbers: rounded, one pixel of many would be lost.
    shares = white.convert("F").resize(size, Resampling.BOX)
    return shares.point(lambda share: share * FAR_TOO_MUCH + 0).convert("L")


def fit_reference(image: "Image") -> "Image":
    """Return a precise reference on the black canvas of the nearest shape."""
    shape = image.width / image.height
    canvas = min(REFERENCE_CANVASES, key=lambda size: abs(size[0] / size[1] - shape))
    return _letterbox(image, canvas)


def fit_vibe(image: "Image") -> "Image":
    """Return a raw vibe picture as V3 takes it."""
    return _letterbox(image, (RAW_VIBE_EDGE, RAW_VIBE_EDGE))


def opaque(image: "Image") -> "Image":
    """Return a picture without transparency, on black, in its own size.

    As vibes are encoded from.
    """
    return _flatten(image.convert("RGBA"), (0, 0, 0))


def on_white(image: "Image") -> "Image":
    """Return a picture without transparency, on white.

    Where nothing is transparent by more than one of 255 levels, which is how settings are hidden,
    its colours stay exactly what they are.
    """
    if not image.has_transparency_data:
        return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")
    image = image.convert("RGBA")
    lowest, _ = cast("tuple[int, int]", image.getchannel("A").getextrema())
    return image.convert("RGB") if lowest >= 254 else _flatten(image, (255, 255, 255))


def png_bytes(image: "Image") -> bytes:
    """Return the picture as a PNG file, without whatever was embedded in the original."""
    buffer = BytesIO()
    image.info = {}
    # Level 1: the upload is short-lived, and a higher level costs more time than it saves.
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _header(source: ImageInput, field: str) -> "Image":
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


def _letterbox(image: "Image", canvas: tuple[int, int]) -> "Image":
    from PIL.Image import Resampling, new

    image = _flatten(image.convert("RGBA"), (0, 0, 0))
    scale = min(canvas[0] / image.width, canvas[1] / image.height)
    size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    board = new("RGB", canvas)
    corner = ((canvas[0] - size[0]) // 2, (canvas[1] - size[1]) // 2)
    board.paste(image.resize(size, Resampling.LANCZOS), corner)
    return board


def _flatten(image: "Image", colour: tuple[int, int, int]) -> "Image":
    from PIL.Image import new

    board = new("RGB", image.size, colour)
    board.paste(image, mask=image.getchannel("A"))
    return board
