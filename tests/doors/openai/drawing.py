"""Pictures to hand in, and pictures that came back."""

import base64
import struct
import zlib
from io import BytesIO
from urllib.parse import unquote

from PIL import Image

SIZE = "512x512"
PAID = {"steps": 40}
"""So that it costs Anlas on Opus, too."""


def png(colour="navy", size=(512, 512), mode="RGB"):
    buffer = BytesIO()
    Image.new(mode, size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def hole(size=(512, 512), *, form="alpha"):
    """A mask whose left half is to be repainted, drawn in one of the ways clients draw it."""
    left = (0, 0, size[0] // 2, size[1])
    if form == "alpha":
        mask = Image.new("RGBA", size, (0, 0, 0, 255))
        mask.paste((0, 0, 0, 0), left)
    elif form == "opaque":  # an alpha channel that says nothing; white repaints
        mask = Image.new("RGBA", size, (0, 0, 0, 255))
        mask.paste((255, 255, 255, 255), left)
    else:
        mask = Image.new("L", size, 0)
        mask.paste(255, left)
    buffer = BytesIO()
    mask.save(buffer, "PNG")
    return buffer.getvalue()


def opened(text):
    """The picture in base64 text or a data URL."""
    return Image.open(BytesIO(base64.b64decode(text.partition("base64,")[2] or text)))


def data_url(data, kind="image/png"):
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def animated():
    """A WebP of two pictures."""
    buffer = BytesIO()
    first, second = (Image.new("RGB", (512, 512), colour) for colour in ("navy", "teal"))
    first.save(buffer, "WEBP", save_all=True, append_images=[second], duration=100)
    return buffer.getvalue()


def giant():
    """A PNG of few bytes and 400 million pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + chunk


def told_in_header(headers):
    """The notes of an answer, as its header has them: one behind the other."""
    return unquote(headers.get("x-novelai-notes", ""))
