"""Texts hidden in the lowest bits of the pixels, column by column."""

import json
import zlib
from typing import TYPE_CHECKING, Any, Literal, cast

from novelai._marker import MAGIC, MAX_PIXELS
from novelai._metadata.others import is_a1111

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["read_stealth"]

Place = Literal["A", "RGB"]
KINDS: tuple[tuple[Place, dict[bytes, bool]], ...] = (
    ("A", {MAGIC: True, b"stealth_pnginfo": False}),
    ("RGB", {b"stealth_rgbcomp": True, b"stealth_rgbinfo": False}),
)
"""Where a text may be, what it begins with there, and whether it is packed."""

HEADER = len(MAGIC) + 4
MAX_TEXT = 4 * 1024 * 1024
LOWEST_BIT = [255 * (value & 1) for value in range(256)]


def read_stealth(image: "Image") -> dict[str, Any]:
    """Return the hidden document of a picture, or an empty one.

    NovelAI hides a document, A1111's relatives hide their text: it is called ``parameters``, as
    in their PNG files. Only as many columns are read as the text needs, so a picture without one
    costs the first columns beside its decoding.
    """
    for place, kinds in KINDS:
        found = _read(image, place, kinds)
        if found:
            return found
    return {}


def _read(image: "Image", place: Place, kinds: dict[bytes, bool]) -> dict[str, Any]:
    pixels = image.width * image.height
    room = pixels * len(place) // 8
    if image.mode not in ("RGBA", place) or pixels > MAX_PIXELS or room < HEADER:
        return {}
    head = _hidden_bytes(image, place, HEADER)
    packed = kinds.get(head[: len(MAGIC)])
    length = int.from_bytes(head[len(MAGIC) :], "big") // 8
    if packed is None or not 0 < length <= room - HEADER:
        return {}
    body = _hidden_bytes(image, place, HEADER + length)[HEADER:]
    try:
        if packed:
            body = zlib.decompressobj(wbits=31).decompress(body, MAX_TEXT)
        return _document(body[:MAX_TEXT].decode("utf-8"))
    except (zlib.error, ValueError, RecursionError):
        return {}


def _document(text: str) -> dict[str, Any]:
    try:
        document: object = json.loads(text)
    except ValueError:
        return {"parameters": text} if is_a1111(text) else {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}


def _hidden_bytes(image: "Image", place: Place, count: int) -> bytes:
    from PIL.Image import Dither, Transpose, frombytes

    columns = -(-count * 8 // (image.height * len(place)))
    strip = image.crop((0, 0, columns, image.height))
    strip = strip.getchannel("A") if place == "A" else strip.convert("RGB")
    # A row of the transposed strip is a column of the picture: the order of the format.
    values = strip.transpose(Transpose.TRANSPOSE).tobytes()[: count * 8]
    bits = frombytes("L", (8, count), values).point(LOWEST_BIT)
    return bits.convert("1", dither=Dither.NONE).tobytes()
