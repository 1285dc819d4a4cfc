"""The settings NovelAI embeds in its pictures.

They are in up to two places: PNG text chunks or WebP EXIF, and, hidden in the lowest bit of the
alpha channel, once more ("stealth"), so that they survive tools which drop the first. What other
programs wrote there, or into the EXIF of a JPEG, is read along.
"""

from novelai._metadata.extraction import ImageMeta, extract_metadata
from novelai._metadata.others import OtherSettings
from novelai._metadata.reading import read_metadata
from novelai._metadata.value import ImageMetadata
from novelai._metadata.writing import erase_metadata, write_metadata
from novelai.metadata.recovery import RecoveredParams, params_from_image, recover_params
from novelai.metadata.signature import NOVELAI_PUBLIC_KEY, verify_signature

__all__ = [
    "NOVELAI_PUBLIC_KEY",
    "ImageMeta",
    "ImageMetadata",
    "OtherSettings",
    "RecoveredParams",
    "erase_metadata",
    "extract_metadata",
    "params_from_image",
    "read_metadata",
    "recover_params",
    "verify_signature",
    "write_metadata",
]
