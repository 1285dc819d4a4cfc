"""Pictures that clients hand in: read, and fitted to a size."""

from io import BytesIO

import anyio.to_thread
from PIL import Image, ImageOps

from novelai._images import open_image
from novelai.server.http.error_handlers import invalid
from novelai.server.jobs.request_pictures import decode_base64
from novelai.server.storage.image_info import ImageInfo, read_image_info

__all__ = ["crop", "decode_bytes", "decode_image", "encode_png", "extend", "inspect"]

REMOTE = ("http://", "https://", "ftp://", "file://")


async def decode_bytes(text: str, *, field: str) -> bytes:
    """Return the bytes in base64 text or a data URL.

    Raises:
        ProblemError: 422; it is an address, or no base64. Nothing is fetched.
    """
    if text[:16].lstrip().lower().startswith(REMOTE):
        raise invalid([(field, "is an address: nothing is fetched; send the picture itself")])
    return await decode_base64(text, field)


async def inspect(data: bytes, *, pixel_limit: int, field: str) -> ImageInfo:
    """Find out what a picture is, off the event loop.

    Raises:
        ProblemError: 422; it is no picture, or has too many pixels.
    """
    return await anyio.to_thread.run_sync(
        lambda: read_image_info(data, pixel_limit=pixel_limit, field=field)
    )


async def decode_image(text: str, *, pixel_limit: int, field: str) -> bytes:
    """Return the picture in base64 text or a data URL.

    Raises:
        ProblemError: 422; it is an address, or no picture. Nothing is fetched.
    """
    data = await decode_bytes(text, field=field)
    await inspect(data, pixel_limit=pixel_limit, field=field)
    return data


def crop(data: bytes, size: tuple[int, int], field: str) -> bytes:
    """Return the middle of a picture in the form of a size.

    Raises:
        InvalidParamsError: it cannot be read to its end.
    """
    return encode_png(ImageOps.fit(open_image(data, field), size, Image.Resampling.LANCZOS))


def extend(data: bytes, size: tuple[int, int], field: str) -> bytes:
    """All of a picture in the form of a size; its edges are drawn out to the borders.

    Raises:
        InvalidParamsError: it cannot be read to its end.
    """
    whole = open_image(data, field).convert("RGB")
    inner = ImageOps.contain(whole, size, Image.Resampling.LANCZOS)
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
    return encode_png(canvas)


def encode_png(image: Image.Image) -> bytes:
    """Return a picture as a PNG file."""
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
