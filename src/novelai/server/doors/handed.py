"""Pictures that clients hand in: fitted to a size, and masks as NovelAI takes them."""

from io import BytesIO

import anyio.to_thread
from PIL import Image, ImageOps

from novelai.server.doors.failures import invalid
from novelai.server.intake.opening import look_at
from novelai.server.intake.pictures import decoded

__all__ = ["cropped", "filled", "picture_in", "white_repaints"]

HALF = 128


async def picture_in(text: str, *, pixel_limit: int, field: str) -> bytes:
    """The picture in base64 text or a data URL.

    Raises:
        ProblemError: 422; it is an address, or no picture. Nothing is fetched.
    """
    if text[:8].lower().startswith(("http://", "https://")):
        raise invalid([(field, "is an address: send the picture itself, in base64")])
    data = await decoded(text, field)
    await anyio.to_thread.run_sync(lambda: look_at(data, pixel_limit=pixel_limit, field=field))
    return data


def white_repaints(mask: bytes, picture: bytes, *, invert: bool = False) -> bytes:
    """A mask of the picture's size in black and white: white is repainted.

    One with transparency tells by that: what is opaque is repainted. Any other by how bright it
    is.

    Args:
        mask: as the client drew it, of any size.
        picture: what is repainted.
        invert: repaint what is black instead.
    """
    with Image.open(BytesIO(mask)) as opened, Image.open(BytesIO(picture)) as painted:
        size = painted.size
        drawn = opened.convert("RGBA") if "transparency" in opened.info else opened
        grey = drawn.convert("L")
        if drawn.mode in ("RGBA", "LA"):
            alpha = drawn.getchannel("A")
            if alpha.getextrema() != (255, 255):
                grey = alpha
    grey = grey.resize(size, Image.Resampling.NEAREST) if grey.size != size else grey
    if invert:
        grey = ImageOps.invert(grey)
    return _png(grey.point([0] * HALF + [255] * (256 - HALF)))


def cropped(data: bytes, size: tuple[int, int]) -> bytes:
    """The middle of a picture in the form of a size."""
    with Image.open(BytesIO(data)) as opened:
        return _png(ImageOps.fit(opened, size, Image.Resampling.LANCZOS))


def filled(data: bytes, size: tuple[int, int]) -> bytes:
    """All of a picture in the form of a size; its edges are drawn out to the borders."""
    with Image.open(BytesIO(data)) as opened:
        inner = ImageOps.contain(opened.convert("RGB"), size, Image.Resampling.LANCZOS)
    canvas = inner.resize(size, Image.Resampling.BOX)
    left, top = (size[0] - inner.width) // 2, (size[1] - inner.height) // 2
    if left:
        edge = inner.crop((0, 0, 1, inner.height)).resize((left, size[1]))
        canvas.paste(edge, (0, 0))
        edge = inner.crop((inner.width - 1, 0, inner.width, inner.height))
        canvas.paste(edge.resize((size[0] - left - inner.width, size[1])), (left + inner.width, 0))
    if top:
        edge = inner.crop((0, 0, inner.width, 1)).resize((size[0], top))
        canvas.paste(edge, (0, 0))
        edge = inner.crop((0, inner.height - 1, inner.width, inner.height))
        canvas.paste(edge.resize((size[0], size[1] - top - inner.height)), (0, top + inner.height))
    canvas.paste(inner, (left, top))
    return _png(canvas)


def _png(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
