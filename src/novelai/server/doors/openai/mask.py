"""Masks: OpenAI's clients mark what to repaint by transparency, NovelAI's by white."""

from io import BytesIO

from PIL import Image

from novelai.server.doors.openai.errors import refused

__all__ = ["repaint_mask"]

MIDDLE = 128


def repaint_mask(mask: bytes, size: tuple[int, int]) -> bytes:
    """A black and white PNG, white where to repaint.

    Where the mask is transparent it repaints. A mask without transparency, also one whose alpha
    channel is opaque everywhere, is read by brightness: white repaints.

    Args:
        mask: a picture that was looked at before.
        size: of the picture to edit.

    Raises:
        ProblemError: 400; the mask has another size, cannot be read, or repaints nothing.
    """
    try:
        with Image.open(BytesIO(mask), formats=["PNG", "WEBP", "JPEG"]) as opened:
            picture = opened.convert("RGBA" if opened.has_transparency_data else "L")
    except (OSError, ValueError, SyntaxError):
        raise refused("mask", "cannot be read") from None
    if picture.size != size:
        shown = f"{picture.width}x{picture.height}, the image {size[0]}x{size[1]}"
        raise refused("mask", f"must be as large as the image: it has {shown} pixels")
    if picture.mode == "RGBA" and _lowest(alpha := picture.getchannel("A")) < MIDDLE:
        white = alpha.point([255] * MIDDLE + [0] * MIDDLE)
    else:
        white = picture.convert("L").point([0] * MIDDLE + [255] * MIDDLE)
    if white.getbbox() is None:
        raise refused("mask", "marks nothing: make transparent, or white, what is to change")
    buffer = BytesIO()
    white.save(buffer, "PNG")
    return buffer.getvalue()


def _lowest(channel: Image.Image) -> int:
    return next(value for value, count in enumerate(channel.histogram()) if count)
