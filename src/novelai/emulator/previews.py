"""Previews: the same picture, seen through less and less noise."""

import random
from io import BytesIO

from PIL import Image

# The service's previews are JPEGs of 9 to 18 kB; a quarter of the size gives about that.
SHRINK = 3


class Previews:
    """Makes the previews of one sample.

    Args:
        picture: The finished picture.
        seed: Decides the noise.
        fast: Smaller previews.
    """

    def __init__(self, picture: Image.Image, seed: int, *, fast: bool) -> None:
        shrink = SHRINK * 2 if fast else SHRINK
        size = (max(picture.width // shrink, 8), max(picture.height // shrink, 8))
        self._picture = picture.convert("RGB").resize(size, reducing_gap=1.0)
        noise = random.Random(f"noise:{seed}").randbytes(size[0] * size[1] * 3 // 16)
        grain = (max(size[0] // 4, 1), max(size[1] // 4, 1))
        small = Image.frombytes("RGB", grain, noise[: grain[0] * grain[1] * 3])
        self._noise = small.resize(size, Image.Resampling.BICUBIC)

    def at(self, progress: float) -> bytes:
        """The preview at `progress` (0 all noise, 1 the picture) as a JPEG."""
        mixed = Image.blend(self._noise, self._picture, min(max(progress, 0.0), 1.0) ** 0.7)
        file = BytesIO()
        mixed.save(file, "JPEG", quality=72)
        return file.getvalue()
