"""Settings hidden in the alpha channel, where text chunks do not survive but pixels do.

Least significant alpha bit, column by column from the left, most significant bit first: a 15-byte
signature, the length of the payload in bits (32 bits, big-endian), the gzipped JSON, and a length
of error correction (all ones: none). Used pixels hold 254 or 255, the rest 255.
"""

import gzip
import json
from typing import Any

from PIL import Image

_SIGNATURE = b"stealth_pngcomp"
_NO_CORRECTION = b"\xff\xff\xff\xff"


def alpha_plane(size: tuple[int, int], record: dict[str, Any]) -> Image.Image | None:
    """Return an alpha channel that carries `record`.

    Args:
        size: Width and height in pixels.
        record: What to hide, JSON-serialisable.

    Returns:
        The channel, or None when the picture is too small to hold the record.
    """
    width, height = size
    # A fixed time stamp keeps equal pictures equal to the byte.
    payload = gzip.compress(json.dumps(record).encode(), mtime=0)
    message = _SIGNATURE + (len(payload) * 8).to_bytes(4, "big") + payload + _NO_CORRECTION
    if len(message) * 8 > width * height:
        return None
    # Pillow unpacks the bits; a transposed plane turns rows into the columns the format wants.
    bits = Image.frombytes("1", (len(message) * 8, 1), message).convert("L").tobytes()
    plane = bits.replace(b"\x00", b"\xfe").ljust(width * height, b"\xff")
    return Image.frombytes("L", (height, width), plane).transpose(Image.Transpose.TRANSPOSE)
