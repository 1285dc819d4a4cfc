"""The settings NovelAI embeds in its pictures.

They are in up to two places: PNG text chunks or WebP EXIF, and, hidden in the lowest bit of the
alpha channel, once more ("stealth"), so that they survive tools which drop the first.
"""

from novelai.metadata.reading import read_metadata
from novelai.metadata.value import ImageMetadata

__all__ = ["ImageMetadata", "read_metadata"]
