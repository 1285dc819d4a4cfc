"""Archives of pictures, as every picture endpoint answers, to the pictures in them."""

from typing import TYPE_CHECKING

from novelai._codecs.archive import read_archive
from novelai.errors import InvalidResponseError

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["read_pictures"]

SEEDS = 2**32


def read_pictures(content: bytes, *, seed: int | None = None) -> "list[GeneratedImage]":
    """Return the pictures of an archive in order.

    Args:
        content: the archive.
        seed: of the first picture; each further one has the next.

    Raises:
        InvalidResponseError: it cannot be read, or holds no picture.
    """
    from novelai.pictures import GeneratedImage

    entries = read_archive(content)
    if not entries:
        raise InvalidResponseError(
            "NovelAI's answer is an archive without a picture. Whether it was charged is unknown.",
            status=200,
            charged="unknown",
        )
    return [
        GeneratedImage(entry.data, seed=None if seed is None else (seed + index) % SEEDS)
        for index, entry in enumerate(entries)
    ]
