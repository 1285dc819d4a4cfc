"""The picture for whoever asked for one and has to wait longer than it takes to answer."""

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

__all__ = ["busy_image"]

SIZE = 512, 512
TEXT = "Still in the queue.\nAsk again in a minute:\nnothing is paid twice."


@cache
def busy_image() -> bytes:
    """Return a PNG that says so."""
    image = Image.new("RGB", SIZE, (29, 29, 38))
    draw = ImageDraw.Draw(image)
    middle = SIZE[0] // 2, SIZE[1] // 2
    draw.multiline_text(
        middle, TEXT, fill=(230, 227, 216), anchor="mm", align="center", font_size=28
    )
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
