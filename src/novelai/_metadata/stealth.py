"""Settings hidden in the lowest bit of the alpha channel, column by column."""

import json
import zlib
from typing import TYPE_CHECKING, Any, cast

from novelai._marker import MAGIC, MAX_PIXELS

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["read_stealth"]

HEADER = len(MAGIC) + 4
MAX_JSON = 4 * 1024 * 1024
LOWEST_BIT = [255 * (value & 1) for value in range(256)]


def read_stealth(image: "Image") -> dict[str, Any]:
    """Return the hidden document of a picture, or an empty one.

    Only as many columns are read as the document needs, so a picture without one costs the first
    column beside its decoding.
    """
    if image.mode != "RGBA" or not HEADER * 8 <= image.width * image.height <= MAX_PIXELS:
        return {}
    head = _hidden_bytes(image, HEADER)
    if not head.startswith(MAGIC):
        return {}
    length = int.from_bytes(head[len(MAGIC) :], "big") // 8
    if not 0 < length <= image.width * image.height // 8 - HEADER:
        return {}
    packed = _hidden_bytes(image, HEADER + length)[HEADER:]
    try:
        text = zlib.decompressobj(wbits=31).decompress(packed, MAX_JSON)
        document: object = json.loads(text)
    except (zlib.error, ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}


def _hidden_bytes(image: "Image", count: int) -> bytes:
    from PIL.Image import Dither, Transpose, frombytes

    columns = -(-count * 8 // image.height)
    strip = image.crop((0, 0, columns, image.height)).getchannel("A")
    alpha = strip.transpose(Transpose.TRANSPOSE).tobytes()[: count * 8]
    bits = frombytes("L", (8, count), alpha).point(LOWEST_BIT)
    return bits.convert("1", dither=Dither.NONE).tobytes()
