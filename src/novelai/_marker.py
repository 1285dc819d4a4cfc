"""The marker of settings hidden in an alpha channel, and taking it away."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MAGIC", "MAX_PIXELS", "clear_marker"]

MAGIC = b"stealth_pngcomp"
"""What hidden settings begin with: lowest alpha bits, column by column."""

MAX_PIXELS = 16_777_216
"""NovelAI's largest pictures, upscaled, have 12,582,912; more would take long to decode."""

CLEARED = [0, 0, *range(2, 254), 255, 255]


def has_marker(image: "Image") -> bool:
    """Return whether settings are hidden in a picture's alpha channel, as the web client looks.

    Args:
        image: RGBA; one of more than 16,777,216 pixels is not looked at.
    """
    from PIL.Image import Dither, Transpose, frombytes

    count = len(MAGIC) * 8
    if not count <= image.width * image.height <= MAX_PIXELS:
        return False
    columns = -(-count // image.height)
    strip = image.crop((0, 0, columns, image.height)).getchannel("A")
    alpha = strip.transpose(Transpose.TRANSPOSE).tobytes()[:count]
    bits = frombytes("L", (8, len(MAGIC)), alpha).point([0, 255] * 128)
    return bits.convert("1", dither=Dither.NONE).tobytes() == MAGIC


def clear_marker(image: "Image") -> "Image":
    """Return an RGBA picture without settings hidden in it: alpha 254 becomes 255, and 1 becomes 0.

    As the web client does since September 2026, so all other transparency stays as it is. Without
    the marker the picture is returned unchanged.
    """
    if not has_marker(image):
        return image
    cleared = image.copy()
    cleared.putalpha(image.getchannel("A").point(CLEARED))
    return cleared
