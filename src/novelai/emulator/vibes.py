"""Vibe encodings: opaque bytes that remember the mood of a picture.

The service's own encodings are about 48.9 kB of unreadable bytes (48 916 observed). These have the
same size and hold the average colour of the picture, so that a vibe visibly tints what is drawn.
"""

import hashlib
import random
from string import ascii_letters, digits
from typing import cast

from PIL import Image

from novelai.emulator.colours import Colour
from novelai.emulator.pictures import fit, looks_like_image, open_image

LENGTH = 48_916
_MARK = b"\x8aDraw"


def encode(image: bytes, model: str, information: float) -> bytes:
    """Encode a picture for `model`; the same arguments give the same bytes.

    Args:
        image: The picture file.
        model: The model id, part of the encoding.
        information: `information_extracted`, 0 to 1.

    Raises:
        Refusal: 500 when the bytes are no picture.
    """
    colour = average(open_image(image))
    material = image + f"|{model}|{information:g}".encode()
    head = _MARK + bytes(colour)
    return head + hashlib.shake_256(material).digest(LENGTH - len(head))


def colour_of(data: bytes) -> Colour:
    """Return the tint of a reference.

    An encoding's memory, a picture's average, else a fixed guess.
    """
    if data.startswith(_MARK):
        red, green, blue = data[len(_MARK) : len(_MARK) + 3]
        return red, green, blue
    if looks_like_image(data):
        return average(open_image(data))
    chooser = random.Random(data)
    return chooser.randrange(256), chooser.randrange(256), chooser.randrange(256)


def average(image: Image.Image) -> Colour:
    """Return the mean colour of a picture."""
    pixel = fit(image, image.size).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    red, green, blue = cast("Colour", pixel)
    return red, green, blue


def file_name(image: bytes) -> str:
    """Return the name an encoding is delivered under: eight characters and `.vibe40`."""
    letters = ascii_letters + digits
    digest = hashlib.sha256(image).digest()
    return "".join(letters[byte % len(letters)] for byte in digest[:8]) + ".vibe40"
