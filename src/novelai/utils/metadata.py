"""What is embedded in a picture; `novelai.metadata` has more."""

from novelai.metadata import ImageMeta, erase_metadata, extract_metadata

__all__ = ["ImageMeta", "erase_metadata", "extract_metadata"]
