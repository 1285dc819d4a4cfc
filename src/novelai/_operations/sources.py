"""Pictures handed in, made ready to be sent: fitted and encoded."""

from io import BytesIO
from typing import TYPE_CHECKING

from novelai._images import open_image
from novelai.errors import InvalidParamsError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "fit_base",
    "fit_mask",
    "fit_reference",
    "fit_vibe",
    "opaque",
    "open_image",
    "png_bytes",
]

GRID = 8
"""Edge of the cells of the latent grid in pixels; a mask's edges lie on it."""

MASK_THRESHOLD = 155
"""A grid cell brighter than this is repainted; the web client's value."""

REFERENCE_CANVASES = ((1024, 1536), (1536, 1024), (1472, 1472))
"""The only sizes the service's reference encoder takes."""

RAW_VIBE_EDGE = 448
"""V3 takes vibes as square pictures of this edge in pixels, letterboxed in black."""


def fit_base(image: "Image", size: tuple[int, int], *, keep_alpha: bool) -> "Image":
    """Return the base picture at exactly the size asked for, as the web client makes it.

    Args:
        image: the picture.
        size: width and height in pixels.
        keep_alpha: keep transparency (V5); otherwise it is flattened on white.
    """
    from PIL.Image import Resampling

    image = image.convert("RGBA")
    if image.size != size:
        image = image.resize(size, Resampling.LANCZOS)
    return image if keep_alpha else _flatten(image, (255, 255, 255))


def fit_mask(mask: "Image", image_size: tuple[int, int], size: tuple[int, int]) -> "Image":
    """Return the mask at the size asked for, its edges on the 8-pixel grid: white = repaint.

    Raises:
        InvalidParamsError: it is not as large as the picture, or nothing of it is white.
    """
    from PIL.Image import Resampling

    if mask.size != image_size:
        got, want = (f"{width}x{height}" for width, height in (mask.size, image_size))
        raise InvalidParamsError(
            [("inpaint.mask", f"must be as large as the picture, {want}, got {got}")]
        )
    grey = _flatten(mask.convert("RGBA"), (0, 0, 0)).convert("L")
    cells = grey.resize((size[0] // GRID, size[1] // GRID), Resampling.NEAREST)
    cells = cells.point([255 * (value > MASK_THRESHOLD) for value in range(256)])
    if cells.getextrema() == (0, 0):
        raise InvalidParamsError([("inpaint.mask", "nothing is white, so nothing is repainted")])
    return cells.resize(size, Resampling.NEAREST)


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


def png_bytes(image: "Image") -> bytes:
    """Return the picture as a PNG file, without whatever was embedded in the original."""
    buffer = BytesIO()
    image.info = {}
    # Level 1: the upload is short-lived, and a higher level costs more time than it saves.
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


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
