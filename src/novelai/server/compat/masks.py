"""Masks: clients mark in different ways what to repaint; NovelAI takes white."""

from io import BytesIO

from PIL import Image, ImageOps

from novelai._images import open_image, picture_size, scale_mask
from novelai.server.compat.input_images import encode_png
from novelai.server.http.error_handlers import invalid

__all__ = [
    "black_and_white",
    "mask_like",
    "split_transparency",
    "transparent_repaints",
    "white_repaints",
]

HALF = 128
FORMATS = ["PNG", "WEBP", "JPEG"]
EIGHTH = 8


def transparent_repaints(mask: bytes, size: tuple[int, int]) -> bytes:
    """Get a black and white PNG from a mask that repaints where it is transparent, as OpenAI's do.

    A mask without transparency, also one whose alpha channel is opaque everywhere, is read by
    brightness: white repaints.

    Args:
        mask: a picture that was looked at before.
        size: of the picture to edit.

    Raises:
        ProblemError: 422; the mask has another size, cannot be read, or repaints nothing.
    """
    try:
        with Image.open(BytesIO(mask), formats=FORMATS) as opened:
            upright = ImageOps.exif_transpose(opened)
            image = upright.convert("RGBA" if upright.has_transparency_data else "L")
    except (OSError, ValueError, SyntaxError):
        raise invalid([("mask", "cannot be read")]) from None
    if image.size != size:
        shown = f"{image.width}x{image.height}, the image {size[0]}x{size[1]}"
        raise invalid([("mask", f"must be as large as the image: it has {shown} pixels")])
    alpha = _alpha(image)
    if alpha is not None and any(alpha.histogram()[:HALF]):
        white = black_and_white(ImageOps.invert(alpha))
    else:
        white = black_and_white(image.convert("L"))
    if white.getbbox() is None:
        nothing = "marks nothing: make transparent, or white, what is to change"
        raise invalid([("mask", nothing)])
    return encode_png(white)


def split_transparency(picture: bytes) -> tuple[bytes, bytes] | None:
    """Return a picture without transparency, and a mask that is white where it was transparent.

    Both are PNGs. ``None`` for a picture that is opaque, or nearly so, everywhere.

    Args:
        picture: that was looked at before.

    Raises:
        ProblemError: 422; it cannot be read.
    """
    try:
        with Image.open(BytesIO(picture), formats=FORMATS) as opened:
            if not opened.has_transparency_data:
                return None
            image = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, SyntaxError):
        raise invalid([("image", "cannot be read")]) from None
    alpha = image.getchannel("A")
    if not any(alpha.histogram()[:HALF]):
        return None
    return encode_png(image.convert("RGB")), encode_png(black_and_white(ImageOps.invert(alpha)))


def white_repaints(mask: bytes, image: bytes, *, invert: bool = False) -> bytes:
    """Return a mask of the picture's size in black and white: white is repainted.

    One with transparency tells by that: what is opaque is repainted. Any other by how bright it
    is.

    Args:
        mask: as the client drew it, of any size.
        image: what is repainted.
        invert: repaint what is black instead.

    Raises:
        InvalidParamsError: one of them cannot be read.
    """
    size = picture_size(image, "image")
    opened = open_image(mask, "mask")
    drawn = opened.convert("RGBA") if "transparency" in opened.info else opened
    alpha = _alpha(drawn)
    grey = drawn.convert("L") if alpha is None else alpha
    white = black_and_white(ImageOps.invert(grey) if invert else grey)
    return encode_png(white if white.size == size else scale_mask(white, size))


def mask_like(mask: bytes, image: bytes) -> bytes:
    """Get a mask as large as its picture, also from older clients, whose masks are an eighth of it.

    Args:
        mask: white = paint anew; it keeps its edges.
        image: the picture.

    Raises:
        InvalidParamsError: one of them cannot be read.
    """
    size = picture_size(image, "image")
    painted = open_image(mask, "mask")
    width, height = painted.size
    if painted.size == size or (width * EIGHTH, height * EIGHTH) != size:
        return mask
    return encode_png(painted.resize(size, Image.Resampling.NEAREST))


def _alpha(image: Image.Image) -> Image.Image | None:
    """Return the opacity of each pixel; ``None`` if all are opaque."""
    if image.mode not in ("RGBA", "LA"):
        return None
    alpha = image.getchannel("A")
    return None if alpha.getextrema() == (255, 255) else alpha


def black_and_white(grey: Image.Image) -> Image.Image:
    """Return white where a picture is bright, and black elsewhere."""
    return grey.point([0] * HALF + [255] * (256 - HALF))
