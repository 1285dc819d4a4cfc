"""Small pictures. Making one takes tens of milliseconds: not for the loop."""

from io import BytesIO

from PIL import Image

__all__ = ["EDGE", "reduce"]

EDGE = 384
"""Pixels: the longer side at most."""


def reduce(data: bytes) -> bytes:
    """Return a WebP of at most 384 pixels of a picture."""
    with Image.open(BytesIO(data)) as image:
        image.thumbnail((EDGE, EDGE))
        buffer = BytesIO()
        image.save(buffer, "WEBP", quality=80, method=4)
    return buffer.getvalue()
