"""Previews: the same picture, seen through less and less noise."""

import random
from io import BytesIO

from PIL import Image

# The service's previews are JPEGs of 9 to 18 kB; a third of the picture's size gives about that.
SHRINK = 3


class Previews:
    """Makes the previews of one sample.

    Args:
        image: The finished picture.
        seed: Decides the noise.
        fast: Smaller previews.
    """

    def __init__(self, picture: Image.Image, seed: int, *, fast: bool) -> None:
        shrink = SHRINK * 2 if fast else SHRINK
        size = (max(picture.width // shrink, 8), max(picture.height // shrink, 8))
        # Fast pictures are made of blocks: every pixel of a block is as good as its average.
        kind = Image.Resampling.NEAREST if fast else Image.Resampling.BILINEAR
        self._image = picture.resize(size, kind).convert("RGB")
        # Coarse, pale noise: what the service's first previews look like, and how small they are.
        grain = (max(size[0] // 6, 1), max(size[1] // 6, 1))
        dots = random.Random(f"noise:{seed}").randbytes(grain[0] * grain[1] * 3)
        noise = Image.frombytes("RGB", grain, dots).point(
            [64 + value // 2 for value in range(256)] * 3
        )
        self._noise = noise.resize(size, Image.Resampling.BILINEAR)

    def at(self, progress: float) -> bytes:
        """Return the preview at `progress` (0 all noise, 1 the picture) as a JPEG."""
        mixed = Image.blend(self._noise, self._image, min(max(progress, 0.0), 1.0) ** 0.7)
        file = BytesIO()
        mixed.save(file, "JPEG", quality=78)
        return file.getvalue()
